// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// What a store may hold although no call of ours would leave it so: after a hand that wrote with another
// program, a damaged disk, a fault of an older version. Queries over whole tables, for `check`; and their
// removal, inside a Change, for `repair`.
class Faults {
 public:
    explicit Faults(Database& database) : database_(database) {}

    // Rows that hang on an account, a group or a role which is not there.
    struct Remains {
        std::string what;  // "membership", "password", "ssh key" …
        std::int64_t rows = 0;
        std::string where;  // the group's name where there is one
    };
    Result<std::vector<Remains>> memberships_of_nobody();
    Result<std::vector<Remains>> credentials_of_nobody();
    Result<std::int64_t> remove_memberships_of_nobody();  // how many rows
    Result<std::int64_t> remove_credentials_of_nobody();

    // What a role names although it is not there: a group of ours in its scope or among those that come with
    // it, or a role that it excludes.
    struct DeadName {
        std::string role;
        std::string use;  // "scope", "comes" or "excluded"
    };
    Result<std::vector<DeadName>> dead_names_of_roles();    // by role
    Result<std::int64_t> remove_dead_names(ObjectId role);  // how many rows

    // A group that stands as member in `group`: of which there is none (`member` empty).
    struct Nesting {
        std::string group;
        std::string member;
        ObjectId group_id, member_id;
    };
    Result<std::vector<Nesting>> nestings();

    // A number or a name that two of ours have, or that a dead one had.
    struct Shared {
        std::string user, group;  // names; one of them may be empty
        std::uint32_t number = 0;
        std::string with;  // "group web", "the deleted user frank"
    };
    Result<std::vector<Shared>> shared_numbers();
    Result<std::vector<Shared>> shared_names();

    // The groups of /etc/group that users of ours are in, as the store has them.
    struct LocalGroup {
        std::string name;
        std::uint32_t gid = 0;
        std::int64_t members = 0;
    };
    Result<std::vector<LocalGroup>> local_groups();

    // Users and groups of a source with a number from `first` to `last`.
    Result<std::int64_t> numbers_between(std::string_view source, std::uint64_t first, std::uint64_t last);

    // Names that were ours and are nobody's now.
    Result<std::vector<std::string>> former_names();

    struct SealedSize {
        ObjectId user;
        std::string name;
        std::uint32_t uid = 0;
        unsigned bits = 0;  // of the secret, told by the length of what is sealed
    };
    Result<std::vector<SealedSize>> totp_keys_below(unsigned bits);

    struct CodeUsed {
        ObjectId user;
        std::string name;
        std::uint32_t uid = 0;
        std::int64_t ends = 0;  // the last step used: seconds since the epoch
    };
    Result<std::vector<CodeUsed>> codes_used_after(Time when);

    struct KeyOver {
        ObjectId user;
        std::string name;
        std::uint32_t uid = 0;
        std::string fingerprint, comment;
        Time expires;
    };
    Result<std::vector<KeyOver>> ssh_keys_over(Time now);

 private:
    Database& database_;
};

}  // namespace userd::store
