// SPDX-License-Identifier: LGPL-2.1-or-later
// A group of a server reaches a group of this host only where the configuration says so
// (ldap.NAME.groups_map). What came in that way is noted, and goes that way again; what an admin put there
// stays.
#include <algorithm>
#include <map>
#include <set>

#include "daemon/mirror/settler.h"
#include "daemon/model/origin.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Their groups by ours, over all sources: two of them may lead to one.
Result<std::map<std::string, std::vector<ObjectId>>> mapped_groups(store::Store& store,
                                                                   const Config& config) {
    std::map<std::string, std::vector<ObjectId>> mapped;
    for (const auto& source : config.ldap)
        for (const auto& [theirs, ours] : source.groups_map) {
            auto& groups = mapped[ours];
            const auto group = TRY(store.groups().find_by_name(theirs));
            if (!group || server_of(group->source) != source.name) continue;
            const auto entry = TRY(store.remote().find_by_group(group->id));
            if (entry && !entry->vanished_at) groups.push_back(group->id);
        }
    return mapped;
}

}  // namespace

Result<void> Settler::settle_mapped() {
    auto mapped = TRY(mapped_groups(store_, parts_.config));
    for (auto& name : TRY(remote_.mapped_local_groups())) mapped.try_emplace(std::move(name));
    const auto& host = parts_.directory.host();
    std::set<std::pair<ObjectId, ObjectId>> wanted;  // group of ours, theirs in it
    for (const auto& [ours, groups] : mapped) {
        const bool is_local = contains(parts_.config.local_groups, ours) && host.local_group(ours);
        std::set<ObjectId> users;
        if (is_local)
            for (const auto group : groups)
                for (const auto& member :
                     TRY(store_.groups().members(group, parts_.now, 0, INT64_MAX)).members)
                    users.insert(member.user);
        TRY(settle_local_group(ours, {users.begin(), users.end()}));
        const auto target = is_local ? std::nullopt : TRY(store_.groups().find_by_name(ours));
        if (target && !is_mirrored(*target))
            for (const auto group : groups) wanted.emplace(target->id, group);
    }
    return settle_nestings(wanted);
}

Result<void> Settler::settle_local_group(std::string_view name, const std::vector<ObjectId>& users) {
    const auto noted = TRY(remote_.local_members(name));
    const auto tell_of = [&](ObjectId id) -> Result<void> {
        const auto now = TRY(generation());
        TRY(store_.users().touch(id, now));
        if (const auto user = TRY(store_.users().find(id))) tell(false, user->uid, "members");
        return {};
    };
    for (const auto id : users) {
        const auto there = TRY(store_.groups().local_of_user(id, parts_.now));
        if (std::any_of(there.begin(), there.end(), [&](const auto& one) { return one.name == name; }))
            continue;
        const auto gid = parts_.directory.host().local_group(name);
        TRY(store_.groups().add_local(name, *gid, id, std::nullopt));
        TRY(remote_.note_local_member(name, id));
        TRY(tell_of(id));
        ++parts_.tally.joined;
    }
    for (const auto id : noted) {
        if (std::binary_search(users.begin(), users.end(), id)) continue;
        TRY(remote_.forget_local_member(name, id));
        if (!TRY(store_.groups().remove_local(name, id))) continue;
        TRY(tell_of(id));
        ++parts_.tally.left;
    }
    return {};
}

Result<void> Settler::settle_nestings(const std::set<std::pair<ObjectId, ObjectId>>& wanted) {
    const auto tell_of = [&](ObjectId id) -> Result<void> {
        if (const auto group = TRY(store_.groups().find(id))) tell(true, group->gid, "members");
        return {};
    };
    std::set<std::pair<ObjectId, ObjectId>> noted;
    for (const auto& [group, member] : TRY(remote_.nestings())) noted.emplace(group, member);
    for (const auto& [group, member] : wanted) {
        if (noted.contains({group, member}) || !TRY(may_nest(group, member))) continue;
        const auto there = TRY(store_.groups().groups_in(group, Time::min()));
        if (std::any_of(there.begin(), there.end(), [&](const auto& one) { return one.member == member; }))
            continue;
        const auto now = TRY(generation());
        TRY(store_.groups().add_group(group, member, std::nullopt, now));
        forget_heights();
        TRY(remote_.note_nesting({group, member}));
        TRY(tell_of(group));
        ++parts_.tally.joined;
    }
    for (const auto& [group, member] : noted) {
        if (wanted.contains({group, member})) continue;
        TRY(remote_.forget_nesting({group, member}));
        const auto now = TRY(generation());
        if (!TRY(store_.groups().remove_group(group, member, now))) continue;
        forget_heights();
        TRY(tell_of(group));
        ++parts_.tally.left;
    }
    return {};
}

}  // namespace userd
