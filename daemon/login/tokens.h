// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/base/secret.h"
#include "common/wire/login.h"
#include "daemon/model/user.h"
#include "daemon/runtime/clock.h"

namespace userd {

// The process at the other end of a login socket, by the kernel's word.
struct Peer {
    std::uint32_t uid = 0xFFFFFFFF;
    std::int32_t pid = 0;
    bool operator==(const Peer&) const = default;
};

// What one phase has proved for the next one in the same PAM handle.
struct Proof {
    enum class Purpose { account, change_password };
    Purpose purpose = Purpose::account;
    ObjectId user;
    std::string service;
    Peer peer;
    std::optional<BootTime> code;  // account: when the one-time code was given that counted
    std::uint32_t parent = 0;      // of the peer
    std::uint32_t audit_session = wire::no_audit_session;
    std::optional<Time> password_set;  // change_password: when the password was set that was right
    // change_password: that password, where a directory server wants it for the change.
    std::shared_ptr<const Secret> old_password = {};
    bool operator==(const Proof&) const = default;
};

// Tokens: 32 random bytes, good for five minutes on the clock that nobody can set, for one user, service and
// process. In memory only: a restart ends them. The table is bounded; the oldest go first.
class Tokens {
 public:
    static constexpr Duration lifetime = std::chrono::minutes(5);
    Secret issue(Proof proof, BootTime now);
    // The proof behind a token; none unless purpose, user, service and peer are those of `asked`.
    std::optional<Proof> find(const Secret& token, const Proof& asked, BootTime now);
    // The newest such proof of a child of the asked peer, once.
    std::optional<Proof> take_of_child(const Proof& asked, BootTime now);

 private:
    struct Entry {
        Proof proof;
        BootTime ends;
    };
    void sweep(BootTime now);
    std::map<std::string, Entry, std::less<>> entries_;
    BootTime next_sweep_{};
};

}  // namespace userd
