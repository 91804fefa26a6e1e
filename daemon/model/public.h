// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// The public facts of the directory: what every process on the host may see by NSS.
namespace userd {

// A membership seen from the user. `gid` may be a local group's (below 1000). `until` is the first second,
// wall clock, at which it no longer holds; 0 is without end.
struct PublicMembership {
    std::uint32_t gid = 0;
    std::int64_t until = 0;
    bool operator==(const PublicMembership&) const = default;
};

// The same seen from the group.
struct PublicMember {
    std::uint32_t uid = 0;
    std::int64_t until = 0;
    bool operator==(const PublicMember&) const = default;
};

// One passwd entry. A user whose `gid` is its `uid` has a private group of the same name and number: the
// reader derives it from this record, so the source lists no group for it unless that group has members of
// its own. `groups` are the supplementary groups, ascending by gid, without the primary one.
struct PublicUser {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string name;
    std::string display_name;  // pw_gecos
    std::string home;
    std::string shell;
    std::vector<PublicMembership> groups;
    bool listed = true;  // false: answered by name and number, left out of enumerations
};

// One group of the directory (never a local group), members ascending by uid. Who has it as primary group
// only is not a member.
struct PublicGroup {
    std::uint32_t gid = 0;
    std::string name;
    std::vector<PublicMember> members;
    bool listed = true;
};

// A group that is new, renamed, or whose members changed. For a new group `joined` are all its members. A
// member whose `until` changed has joined (again). Both lists ascend by uid; nobody stands in both.
struct PublicGroupChange {
    std::uint32_t gid = 0;
    std::string name;
    std::vector<PublicMember> joined;
    std::vector<std::uint32_t> left;
    bool listed = true;
};

// All that differs at `generation` from the generation that was asked about. Memberships stand on both sides:
// a user who joined or left a group is among `users` with the whole new list, and the group among `groups`.
// Two things need no more than one line, whatever hangs on them: a deleted user (the groups it was in need
// not be listed) and a deleted group (its members need not be). Who comes back after being withdrawn has
// joined again all it belongs to.
struct PublicChanges {
    std::uint64_t generation = 0;
    std::vector<PublicUser> users;          // created or changed: the whole record
    std::vector<std::uint32_t> users_gone;  // deleted or withdrawn
    std::vector<PublicGroupChange> groups;
    std::vector<std::uint32_t> groups_gone;
};

}  // namespace userd
