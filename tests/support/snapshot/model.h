// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "common/snapshot/view.h"
#include "tests/support/snapshot/memory_source.h"

namespace userd::test {

inline std::int64_t no_time() {
    return 0;
}

inline std::vector<std::string> members(const snapshot::View& view, const snapshot::GroupEntry& group,
                                        snapshot::Now now = no_time) {
    std::vector<std::string> names;
    if (!view.for_each_member(group, now,
                              [&](const char* name, std::size_t size) { names.emplace_back(name, size); }))
        names = {"(damaged)"};
    std::sort(names.begin(), names.end());
    return names;
}

inline std::vector<std::uint32_t> groups_of(const snapshot::View& view, const snapshot::User& user,
                                            snapshot::Now now = no_time) {
    std::vector<std::uint32_t> gids;
    view.for_each_group_of(user, now, [&](std::uint32_t gid) {
        gids.push_back(gid);
        return true;
    });
    return gids;
}

// What the view says otherwise than the source, in words; empty when they agree about everybody.
inline std::vector<std::string> differences(const snapshot::View& view, const MemorySource& source) {
    using snapshot::Status;
    std::vector<std::string> found;
    const auto differs = [&found](std::string text) { found.push_back(std::move(text)); };

    std::set<std::uint32_t> private_gids;
    for (const auto& [uid, user] : source.users()) {
        const auto by_uid = view.find_user(uid);
        const auto by_name = view.find_user(user.name);
        if (by_uid.status != Status::found || by_name.record != by_uid.record) {
            differs("user " + user.name + " is not found alike by name and uid");
            continue;
        }
        const char* strings = snapshot::strings_of(*by_uid.record);
        if (by_uid.record->uid != uid || by_uid.record->gid != user.gid || strings != user.name ||
            strings + user.name.size() + 1 != user.display_name ||
            strings + by_uid.record->home_at != user.home || strings + by_uid.record->shell_at != user.shell)
            differs("user " + user.name + " looks otherwise");
        std::vector<std::uint32_t> gids;
        for (const auto& [gid, until] : source.groups_of(uid)) gids.push_back(gid);
        if (groups_of(view, *by_uid.record) != gids) differs("groups of " + user.name);
        if (user.gid == uid && !source.groups().contains(uid)) {
            private_gids.insert(uid);
            const auto group = view.find_group(user.name);
            if (group.status != Status::found || group.gid != uid || !group.is_private)
                differs("private group of " + user.name);
        }
    }
    for (const auto& [gid, group] : source.groups()) {
        const auto by_gid = view.find_group(gid);
        const auto by_name = view.find_group(group.name);
        if (by_gid.status != Status::found || by_name.status != Status::found || by_name.gid != gid ||
            by_gid.name != group.name) {
            differs("group " + group.name + " is not found alike by name and gid");
            continue;
        }
        std::vector<std::string> names;
        for (const auto& [uid, until] : source.members_of(gid))
            if (source.users().contains(uid)) names.push_back(source.users().at(uid).name);
        std::sort(names.begin(), names.end());
        if (members(view, by_gid) != names) differs("members of " + group.name);
    }

    snapshot::Position position;
    auto expected_user = source.users().begin();
    for (auto user = view.next_user(position); user.status != Status::none; user = view.next_user(position)) {
        if (user.status == Status::damaged || expected_user == source.users().end() ||
            expected_user->first != user.record->uid) {
            differs("enumeration of users at " + std::to_string(user.record ? user.record->uid : 0));
            break;
        }
        ++expected_user;
    }
    if (expected_user != source.users().end()) differs("enumeration of users ends early");

    position = {};
    auto expected_group = source.groups().begin();
    for (auto group = view.next_group(position); group.status != Status::none;
         group = view.next_group(position)) {
        if (group.status == Status::damaged) {
            differs("enumeration of groups");
            break;
        }
        if (group.is_private) {
            if (private_gids.erase(group.gid) == 0) differs("private group " + std::string(group.name));
        } else if (expected_group == source.groups().end() || (expected_group++)->first != group.gid) {
            differs("enumeration of groups at " + std::string(group.name));
        }
    }
    if (!private_gids.empty() || expected_group != source.groups().end())
        differs("enumeration of groups ends early");
    return found;
}

}  // namespace userd::test
