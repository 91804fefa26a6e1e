// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/secret.h"
#include "common/wire/ldap.h"
#include "daemon/model/user.h"

namespace userd {

// The passwords of users whose source is a directory server: only it knows them.
class RemotePasswords {
 public:
    struct Told {
        wire::LdapAnswer answer = wire::LdapAnswer::unreachable;
        std::string text;                // the server's, for a person; may be empty
        Duration expires_in{};           // until the password ends; 0: not told
        std::uint32_t grace_logins = 0;  // left; 0: not told
    };
    // Called once, on the loop's thread, not before the asking call returned; `unreachable` at the latest
    // when the source's timeout and a second are over.
    using Done = std::function<void(const Told&)>;

    virtual ~RemotePasswords() = default;
    virtual void check(const User& user, Secret password, Done done) = 0;
    virtual void change(const User& user, Secret old_password, Secret new_password, Done done) = 0;
    // Since when no server of the user's source answers; none: one does, or it is not known.
    virtual std::optional<Time> away_since(const User&) const { return std::nullopt; }
};

}  // namespace userd
