// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <mutex>
#include <random>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/ldap/connection.h"
#include "daemon/ldap/server.h"

namespace userd::ldap {

// The servers of a source, in the order of the configuration. One that failed a short while ago is asked
// after the others, so that it costs the next login nothing. For any thread.
class Servers {
 public:
    static Result<Servers> of(const LdapSource& source);
    explicit Servers(std::vector<Server> list) : list_(std::move(list)), failed_at_(list_.size()) {}
    Servers(Servers&& other) noexcept
        : list_(std::move(other.list_)), failed_at_(std::move(other.failed_at_)) {}

    const Server& operator[](std::size_t index) const { return list_[index]; }
    std::size_t size() const { return list_.size(); }
    std::vector<std::size_t> order(SteadyTime now) const;
    void failed(std::size_t index, SteadyTime now);
    void answered(std::size_t index);

    struct Connected {
        Connection connection;
        std::size_t index;
    };
    // The first that can be reached, bound as the source itself. A refused credential is final.
    Result<Connected> connect(const LdapSource& source, std::chrono::milliseconds each);

 private:
    std::vector<Server> list_;
    mutable std::mutex mutex_;
    std::vector<SteadyTime> failed_at_;  // epoch: never
};

// How long to wait after a failure: twice as long each time, from a second to a minute, less up to half of it
// by chance, so that hosts which lost the same server do not come back together.
class Backoff {
 public:
    explicit Backoff(std::uint32_t seed) : random_(seed) {}
    std::chrono::milliseconds next();
    void reset() { ceiling_ = first; }

 private:
    static constexpr std::chrono::milliseconds first{1000}, longest{60'000};
    std::chrono::milliseconds ceiling_ = first;
    std::minstd_rand random_;
};

}  // namespace userd::ldap
