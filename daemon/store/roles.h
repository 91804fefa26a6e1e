// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/role.h"

namespace userd::store {

class Database;

// A role that a user holds.
struct HeldRole {
    ObjectId role;
    std::string name;
    bool is_default = false;
};

struct RoleHolder {
    ObjectId user;
    std::string name;
    std::uint32_t uid = 0;
    bool is_default = false;
    std::string granted_by;
    Time granted_at;
};
struct HolderPage {
    std::vector<RoleHolder> holders;
    std::uint64_t total = 0;
};

// The tables of roles. There are few of them; holders may be many.
class Roles {
 public:
    explicit Roles(Database& database) : database_(database) {}

    Result<std::optional<Role>> find(ObjectId id);
    Result<std::optional<Role>> find_by_name(std::string_view name);
    Result<std::vector<Role>> list();  // by name

    // Inside a Change.
    Result<void> insert(const Role& role);
    Result<void> update(const Role& role);  // all but its name
    Result<void> remove(ObjectId id);       // refused while it has holders or another role excludes it
    Result<void> touch(ObjectId id, std::uint64_t generation, Time now);

    Result<std::vector<HeldRole>> of_user(ObjectId user);  // by name
    Result<HolderPage> holders(ObjectId role, std::uint64_t offset, std::uint64_t limit);
    Result<std::vector<std::string>> naming_group(ObjectId group);  // roles, by name
    Result<std::vector<std::string>> excluding(ObjectId role);
    // Roles whose groups are given with them: which of them bring this one.
    Result<std::vector<ObjectId>> bringing(const RoleGroup& group);

    Result<void> give(ObjectId user, ObjectId role, std::string_view by, Time now);
    Result<void> take(ObjectId user, ObjectId role);
    Result<void> set_default(ObjectId user, ObjectId role);  // none: no default

    // Memberships that came with a role.
    Result<void> note_membership(ObjectId user, ObjectId role, const RoleGroup& group);
    Result<void> forget_membership(ObjectId user, ObjectId role, const RoleGroup& group);
    Result<std::vector<RoleGroup>> memberships(ObjectId user, ObjectId role);
    Result<bool> brings(ObjectId user, const RoleGroup& group);  // some role of the user's does

 private:
    Result<void> read_lists(Role& role);
    Result<void> write_lists(const Role& role);
    Database& database_;
};

}  // namespace userd::store
