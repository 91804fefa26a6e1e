// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "common/base/secret.h"
#include "daemon/login/remote_passwords.h"
#include "daemon/login/turn_queue.h"
#include "daemon/runtime/loop.h"

namespace userd {

// Questions to directory servers: few at once for each source, the rest in turn, so that neither a flood nor
// a silent server keeps anybody else from being heard; and each has an end. Main thread only.
class RemoteQueue {
 public:
    using Lane = TurnQueue::Lane;
    using Done = RemotePasswords::Done;

    static constexpr std::size_t most_asked = 4;  // of one source at once: userd-ldap has eight askers

    explicit RemoteQueue(Loop& loop) : loop_(loop) {}
    // Whom to ask, until it is told otherwise; null, as in the beginning: nobody, and each answer is
    // `unreachable`.
    void use(RemotePasswords* passwords) { passwords_ = passwords; }

    // `done` once, never inside this call: the server's word, or `unreachable` when `at_most` is over, or too
    // many wait. It is dropped with the queue.
    void check(Lane lane, const User& user, Secret password, Duration at_most, Done done);
    void change(Lane lane, const User& user, Secret old_password, Secret new_password, Duration at_most,
                Done done);
    std::optional<Time> away_since(const User& user) const;

 private:
    struct Desk {  // of one source
        Desk(Loop& loop, Duration longest_wait)
            : turns(loop, longest_wait, [this] { return asked < most_asked; }) {}
        std::size_t asked = 0;  // and not answered
        TurnQueue turns;
    };
    struct Question {
        Done done;  // empty: it has ended
        Watch timer;
    };
    using Shared = std::shared_ptr<Question>;
    using Put = std::function<void(RemotePasswords&, Done)>;
    void ask(Lane lane, const std::string& source, Put put, Duration at_most, Done done);
    void start(Desk& desk, const Shared& question, const Put& put);
    void end_soon(const Shared& question);
    void end(const Shared& question, const RemotePasswords::Told& told);

    Loop& loop_;
    RemotePasswords* passwords_ = nullptr;
    std::map<std::string, std::unique_ptr<Desk>> desks_;
    std::set<Shared> open_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace userd
