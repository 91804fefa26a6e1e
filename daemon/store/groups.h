// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/model/user.h"

namespace userd::store {

class Database;

// One group that a user is in beside the primary one, by whatever way. Ends are whole seconds: the first one
// at which the membership no longer holds.
struct Membership {
    ObjectId group;  // none: a group of /etc/group
    std::string name;
    std::uint32_t gid = 0;
    std::optional<Time> until;
    bool direct = true;                // put in by name, and still so
    std::optional<Time> direct_until;  // of that way alone
};

struct Member {
    ObjectId user;   // none: a group
    ObjectId group;  // none: a user
    std::string name;
    std::uint32_t number = 0;  // uid or gid
    std::optional<Time> until;
    bool direct = true;
};

// A group as member of another.
struct Nesting {
    ObjectId group, member;
    std::string group_name, member_name;
    std::optional<Time> until;
};

struct MemberPage {
    std::vector<Member> members;
    std::uint64_t total = 0;
};

// What groups can be sorted by.
const std::vector<std::string_view>& group_sort_words();

struct GroupFilter {
    std::string text;  // substring of the name or the description, without case
    std::string source, set;
    std::string sort = "name";  // a word of `group_sort_words`
    bool descending = false;
};

struct GroupPage {
    std::vector<Group> groups;
    std::uint64_t total = 0;
};

// The tables of groups and memberships. A membership that ended by itself (`until`) stays in the table until
// `over` is swept; the reading calls leave it out. Who is in a group is in the groups that hold it too: each
// changing call carries on what it did, and a way through several groups ends with the first of its steps.
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
    Result<void> remove(ObjectId id, std::uint64_t generation);  // its memberships go with it

    // By whatever way, by name.
    Result<std::vector<Membership>> of_user(ObjectId user, Time now);
    Result<std::vector<Membership>> local_of_user(ObjectId user, Time now);  // by name
    // The users in a group by whatever way; what was put into it by name, users and groups. By name.
    Result<MemberPage> members(ObjectId group, Time now, std::uint64_t offset, std::uint64_t limit);
    Result<MemberPage> direct_members(ObjectId group, Time now, std::uint64_t offset, std::uint64_t limit);
    Result<std::vector<Member>> local_members(std::string_view name, Time now);

    // The groups that are in it, or that it is in, by name, one step away.
    Result<std::vector<Nesting>> groups_in(ObjectId group, Time now);
    Result<std::vector<Nesting>> groups_of(ObjectId member, Time now);

    // Whether the user or group was put in by name, without an end.
    Result<bool> is_standing(ObjectId group, ObjectId member);

    // True when something changed: a new member, or another end. No group may be put into one that it holds:
    // the caller has looked (`groups_in`).
    Result<bool> add_group(ObjectId group, ObjectId member, std::optional<Time> until,
                           std::uint64_t generation);
    Result<bool> remove_group(ObjectId group, ObjectId member, std::uint64_t generation);
    Result<bool> add(ObjectId group, ObjectId user, std::optional<Time> until, std::uint64_t generation);
    // Many at once, which costs less for each; how many of them are new, or have another end now.
    Result<std::uint64_t> add(ObjectId group, std::span<const ObjectId> users, std::optional<Time> until,
                              std::uint64_t generation);
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
        ObjectId user;    // none: a group
        ObjectId member;  // the group that was in it
    };
    Result<std::vector<Over>> over(Time now);
    // Forgets removed memberships up to this generation: what changed before it can no longer be told.
    Result<void> forget_removed(std::uint64_t up_to);
    Result<std::uint64_t> forgotten_up_to();

    Result<std::vector<std::string>> administrators(ObjectId group);
    Result<bool> is_administrator(ObjectId group, ObjectId user);
    Result<std::vector<std::string>> administered_by(ObjectId user);  // names of groups
    Result<void> set_administrators(ObjectId group, const std::vector<ObjectId>& users);

 private:
    Result<bool> holds_groups(ObjectId group);
    Result<bool> settle(ObjectId group, ObjectId user, std::uint64_t generation);
    Result<bool> settle_all(ObjectId group, std::uint64_t generation);
    Result<void> settle_here(ObjectId group, std::span<const ObjectId> users, std::uint64_t generation);
    Result<void> carry_on(ObjectId group, std::span<const ObjectId> users, std::uint64_t generation);
    Database& database_;
};

}  // namespace userd::store
