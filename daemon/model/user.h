// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/runtime/clock.h"

namespace userd {

struct Rights;  // daemon/model/rights.h

// The random internal id of a user or a group, 1 … 2^63−1. Never reused: credentials, tickets and audit rows
// hang on it, so a new user of an old name inherits nothing. 0 is nobody.
struct ObjectId {
    std::int64_t value = 0;
    bool operator==(const ObjectId&) const = default;
    auto operator<=>(const ObjectId&) const = default;
    explicit operator bool() const { return value != 0; }
};

enum class UserState { pending, active, suspended };  // zero does not let anybody in
enum class MfaPolicy { inherit, off, optional, required };
enum class UserKind { person, service, sftp };

// The `state_reason` of an account that suspended itself.
inline constexpr const char* closed_by_itself = "self-closed";

// One account, as the store keeps it. Texts have passed the directory's parsers; empty = not set.
struct User {
    ObjectId id;
    std::string name;
    std::uint32_t uid = 0;   // never a reserved id
    ObjectId primary_group;  // none: the private group, of the user's own name and number
    std::uint32_t gid = 0;   // the primary group's number; == uid for a private group
    std::string first_name, last_name, display_name;
    std::string email, phone;  // phone in the form +440123456789
    std::string shell, home;
    UserKind kind = UserKind::person;
    UserState state = UserState::pending;
    std::string state_reason;  // why suspended or rejected, as the admin said
    std::optional<Time> suspended_until;
    bool collides = false;  // a local account has this name or id: withdrawn
    MfaPolicy mfa = MfaPolicy::inherit;
    std::optional<Time> enrol_until;
    std::optional<Time> not_before, expires;
    std::optional<Time> expires_there;  // by its directory server, which knows only of its own
    bool must_change = false;           // password
    std::string user_class, notify, source, set, created_by;
    std::string metadata;  // JSON object, "{}" when there is none
    Time created_at, updated_at;
    std::optional<Time> last_login;
    std::uint64_t generation = 0;  // of the last change of this row
};

// From when on it lets nobody in.
inline std::optional<Time> end_of(const User& user) {
    if (!user.expires || !user.expires_there) return user.expires ? user.expires : user.expires_there;
    return *user.expires < *user.expires_there ? user.expires : user.expires_there;
}
inline bool has_ended(const User& user, Time now) {
    const auto end = end_of(user);
    return end && *end <= now;
}

struct Group {
    ObjectId id;
    std::string name;
    std::uint32_t gid = 0;
    std::string description, source, set;
    MfaPolicy mfa = MfaPolicy::inherit;
    bool collides = false;  // a local group has this name or number: withdrawn
    Time created_at, updated_at;
    std::uint64_t generation = 0;
};

// Who asks for a change, as the kernel or the bus said: never a field of a message.
struct Actor {
    std::uint32_t uid = 0xFFFFFFFF;  // the kernel's; −1: nobody, never allowed anything
    std::string name;                // for the audit trail: "alice", "root", "uid 1000"
    std::string origin;              // "bus", "admin socket", "login"
    ObjectId user;                   // the account of ours behind it, if there is one
    // Acts by the grants of roles: what it may do and hand out. Null: nothing limits it but the rules that
    // bind everybody (root, the account itself, whom polkit lets).
    std::shared_ptr<const Rights> limit = {};
    bool is_root() const { return uid == 0; }
};

}  // namespace userd
