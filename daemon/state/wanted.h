// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/model/user.h"
#include "daemon/model/value.h"

// What state files ask for, as the daemon gets it: the state stream of org.userd1(5), one JSON object a line.
namespace userd::state {

class FleetKey;

using Names = std::vector<std::string>;

struct WantedKey {
    std::string line;  // of authorized_keys, its options in front
    Fields options;    // from, expires: as Credentials::add_ssh_key takes them
};

struct WantedPassword {
    enum class Kind { none, hash, generate };
    Kind kind = Kind::none;
    Secret hash;
    bool always = false;  // else only when the user is created
};

struct WantedTotp {
    Secret base32;  // empty: none
};

// pending: a new user waits for approval; of one that exists nothing is asked.
enum class WantedState { unmanaged, pending, active, suspended, absent };

// What is not set is not managed.
struct WantedUser {
    std::string name, was, transfer_to;
    WantedState state = WantedState::unmanaged;
    Fields fields;  // by the directory's names; null clears
    std::optional<Names> groups, local_groups, roles;
    std::optional<std::vector<WantedKey>> ssh_keys;
    std::optional<WantedPassword> password;
    std::optional<WantedTotp> totp;
    std::string problem;  // why a secret of it cannot be used
};

struct WantedGroup {
    std::string name, was;
    Fields fields;
    std::optional<Names> members;
};

struct Wanted {
    std::string set;
    bool only_add_memberships = false, only_add_keys = false;
    std::string prune_limit;  // "5%" or a number; empty: not said
    std::optional<Duration> delete_after;
    std::vector<WantedGroup> groups;
    std::vector<WantedUser> users;
};

inline constexpr std::size_t most_stream_bytes = 64 << 20;

// Reads the stream; sealed secrets are opened with `key`, which may be null. Any thread. Errors: invalid.
Result<Wanted> parse_wanted(std::string_view stream, const FleetKey* key);

}  // namespace userd::state
