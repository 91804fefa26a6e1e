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

// One group that a user is in beside the primary one.
struct Membership {
    ObjectId group;  // none: a group of /etc/group
    std::string name;
    std::uint32_t gid = 0;
    std::optional<Time> until;  // whole seconds: the first second at which it no longer holds
};

struct Member {
    ObjectId user;
    std::string name;
    std::uint32_t uid = 0;
    std::optional<Time> until;
};

struct MemberPage {
    std::vector<Member> members;
    std::uint64_t total = 0;
};

struct GroupFilter {
    std::string text;  // substring of the name or the description, without case
    std::string source, set;
    std::string sort = "name";  // name, gid, created_at or updated_at
    bool descending = false;
};

struct GroupPage {
    std::vector<Group> groups;
    std::uint64_t total = 0;
};

// The tables of groups and memberships. A membership that ended by itself (`until`) stays in the table until
// `over` is swept; the reading calls leave it out.
class Groups {
 public:
    explicit Groups(Database& database) : database_(database) {}

    Result<std::optional<Group>> find(ObjectId id);
    Result<std::optional<Group>> find_by_name(std::string_view name);
    Result<std::optional<Group>> find_by_gid(std::uint32_t gid);
    Result<GroupPage> list(const GroupFilter& filter, std::uint64_t offset, std::uint64_t limit);

    Result<std::vector<Group>> colliding();

    // Inside a Change.
    Result<void> insert(const Group& group);
    Result<void> update(const Group& group);
    Result<void> remove(ObjectId id);  // its memberships go with it

    Result<std::vector<Membership>> of_user(ObjectId user, Time now);        // by name
    Result<std::vector<Membership>> local_of_user(ObjectId user, Time now);  // by name
    Result<MemberPage> members(ObjectId group, Time now, std::uint64_t offset, std::uint64_t limit);
    Result<std::vector<Member>> local_members(std::string_view name, Time now);

    // True when something changed: a new member, or another end.
    Result<bool> add(ObjectId group, ObjectId user, std::optional<Time> until, std::uint64_t generation);
    Result<bool> remove(ObjectId group, ObjectId user, std::uint64_t generation);
    Result<bool> add_local(std::string_view name, std::uint32_t gid, ObjectId user,
                           std::optional<Time> until);
    Result<bool> remove_local(std::string_view name, ObjectId user);

    // As if they had joined again at this generation.
    Result<void> touch_members(ObjectId group, std::uint64_t generation);
    Result<void> touch_of_user(ObjectId user, std::uint64_t generation);

    // Memberships whose end has come, at most 1000.
    struct Over {
        ObjectId group;  // none: local
        std::string local_name;
        ObjectId user;
    };
    Result<std::vector<Over>> over(Time now);
    // Forgets removed memberships up to this generation: what changed before it can no longer be told.
    Result<void> forget_removed(std::uint64_t up_to);
    Result<std::uint64_t> forgotten_up_to();

    Result<std::vector<std::string>> administrators(ObjectId group);
    Result<void> set_administrators(ObjectId group, const std::vector<ObjectId>& users);

 private:
    Database& database_;
};

}  // namespace userd::store
