// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace userd::ldap {

using SteadyTime = std::chrono::steady_clock::time_point;

// libldap may loop on what a hostile server sends, or wait where its timeouts do not reach. So each thread
// says until when it means to be back from libldap, and the main thread, which never calls it, ends the
// program when one is late: it remembers nothing, and systemd starts it again.
class Overseer {
 public:
    class Post {
     public:
        explicit Post(std::string whose) : whose_(std::move(whose)) {}
        const std::string& whose() const { return whose_; }

     private:
        friend class Overseer;
        friend class InLibldap;
        std::string whose_;
        std::atomic<SteadyTime::rep> back_at_{0};  // 0: not in libldap
    };

    // One for each thread that calls libldap; from any thread. A post that nobody holds is forgotten.
    std::shared_ptr<Post> enlist(std::string whose);
    // Whose call is late; empty: nobody's.
    std::string late(SteadyTime now);

 private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<Post>> posts_;
};

// The time between construction and destruction is spent in libldap, and ought to be no longer than
// `at_most`.
class InLibldap {
 public:
    InLibldap(Overseer::Post& post, std::chrono::milliseconds at_most);
    ~InLibldap() { post_.back_at_.store(0, std::memory_order_relaxed); }
    InLibldap(const InLibldap&) = delete;
    InLibldap& operator=(const InLibldap&) = delete;

 private:
    Overseer::Post& post_;
};

}  // namespace userd::ldap
