// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

// What the publisher needs from the store: the public facts of the directory, as of a generation. Only what
// may be seen by everybody on the host stands here; withdrawn records (a local account took the name or the
// id) are simply absent. Names and ids have passed the store's edge and are not checked again.
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

// The whole directory at one generation, in one consistent read. Used on one worker thread, with a connection
// of its own; memory does not grow with the directory.
class PublicListing {
 public:
    virtual ~PublicListing() = default;
    virtual std::uint64_t generation() const = 0;
    // Fills `user` with the next one, ascending by uid; false after the last. All users come before the
    // groups.
    virtual Result<bool> next_user(PublicUser& user) = 0;
    virtual Result<bool> next_group(PublicGroup& group) = 0;  // ascending by gid
};

class PublicSource {
 public:
    virtual ~PublicSource() = default;
    // A random number that the store got when it was made: a snapshot of another store is not built upon.
    virtual std::uint64_t store_id() const = 0;
    // Main thread. The generation of the last committed change; grows with every change of what is public.
    virtual Result<std::uint64_t> generation() = 0;
    // Main thread. What changed after `generation`. Errc::not_supported when the store no longer knows (the
    // generation is older than its memory of deletions, or above its own): then a whole base is made.
    virtual Result<PublicChanges> changes_since(std::uint64_t generation) = 0;
    // Any thread, also while the main thread writes.
    virtual Result<std::unique_ptr<PublicListing>> open_listing() const = 0;
};

}  // namespace userd
