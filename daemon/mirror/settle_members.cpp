// SPDX-License-Identifier: LGPL-2.1-or-later
// A group's members are held against what is there, not against what the server said before: so whatever
// happened in between (a rename, a member that came or went), the outcome is what it says now.
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "daemon/mirror/settler.h"
#include "daemon/store/groups.h"

namespace userd {

namespace {

constexpr std::size_t most_levels = 16;  // groups in one line: deeper ones are left out

using store::Groups;
using Step = Result<std::vector<store::Nesting>> (Groups::*)(ObjectId, Time);

// How many groups there are in the longest line up or down from this one; none: `sought` is among them.
Result<std::optional<std::size_t>> levels(Groups& groups, Step step, ObjectId from, ObjectId sought) {
    std::map<ObjectId, std::size_t> depth{{from, 1}};
    std::deque<ObjectId> queue{from};
    std::size_t longest = 1;
    for (; !queue.empty(); queue.pop_front()) {
        const auto near = queue.front();
        const auto next = depth[near] + 1;
        if (near == sought || next > most_levels + 1) return std::nullopt;
        for (const auto& nesting : TRY((groups.*step)(near, Time::min()))) {
            const auto far = nesting.group == near ? nesting.member : nesting.group;
            auto& known = depth[far];
            if (known >= next) continue;
            known = next;
            longest = std::max(longest, next);
            queue.push_back(far);
        }
    }
    return longest;
}

}  // namespace

Result<bool> Settler::may_nest(ObjectId outer, ObjectId inner) {
    if (outer == inner) return false;
    const auto under = TRY(levels(store_.groups(), &Groups::groups_in, inner, outer));
    const auto above = TRY(levels(store_.groups(), &Groups::groups_of, outer, inner));
    return under && above && *under + *above <= most_levels;
}

Result<bool> Settler::join(std::int64_t entry, ObjectId group, const std::string& key,
                           const store::Remote::Party& party) {
    if (!party.user && (!party.group || !TRY(may_nest(group, party.group)))) {
        TRY(remote_.wait(entry, key));
        return false;
    }
    const auto next = store_.generation() + 1;
    const bool changed = party.user ? TRY(store_.groups().add(group, party.user, std::nullopt, next))
                                    : TRY(store_.groups().add_group(group, party.group, std::nullopt, next));
    if (changed) TRY(generation());
    if (changed) ++parts_.tally.joined;
    return changed;
}

Result<bool> Settler::leave(ObjectId group, const store::Remote::Party& party) {
    const auto next = store_.generation() + 1;
    const bool changed = party.user ? TRY(store_.groups().remove(group, party.user, next))
                                    : TRY(store_.groups().remove_group(group, party.group, next));
    if (changed) TRY(generation());
    if (changed) ++parts_.tally.left;
    if (changed && party.group) parts_.nestings_ended = true;
    return changed;
}

Result<void> Settler::settle_members(store::RemoteEntry entry) {
    TRY(remote_.settled(entry));
    const auto group = TRY(store_.groups().find(entry.group));
    if (!group) return {};
    const auto named = TRY(remote_.named_members(entry.id));
    auto list = wire::Values::parse(named.list, wire::max_dn);
    if (!list)
        return quarantine(std::move(entry), {"bad-entry", "what is stored of its members cannot be read"});

    std::unordered_map<std::string, store::Remote::Party> current;
    for (auto& one : TRY(remote_.current_members(parts_.row.id, entry.id, group->id, named.by_name)))
        current.emplace(std::move(one.key), one.party);
    std::set<ObjectId> stays;  // two names may be of one
    bool changed = false;
    std::string key;
    std::set<std::string, std::less<>> keys;
    while (const auto value = list->next()) {
        key.assign(named.by_name ? "n:" : "d:").append(*value);
        if (!keys.insert(key).second) continue;
        const auto there = current.find(key);
        auto party = there == current.end() ? store::Remote::Party{} : there->second;
        const bool is_in = party.user || party.group;
        if (!is_in) {
            party = TRY(remote_.resolve(parts_.row.id, key));
            const bool waits = there != current.end();
            if (waits && (party.user || party.group)) TRY(remote_.stop_waiting(entry.id, key));
            if (!waits || party.user || party.group)
                changed = TRY(join(entry.id, group->id, key, party)) || changed;
        }
        if (there != current.end()) current.erase(there);
        if (party.user || party.group) stays.insert(party.user ? party.user : party.group);
    }
    for (const auto& [gone, party] : current) {
        if (!party.user && !party.group)
            TRY(remote_.stop_waiting(entry.id, gone));
        else if (!stays.contains(party.user ? party.user : party.group))
            changed = TRY(leave(group->id, party)) || changed;
    }
    if (changed) {
        parts_.tally.name("group:" + group->name);
        tell(true, group->gid, "members");
    }
    return {};
}

Result<void> Settler::let_in_waiting(ObjectId user, ObjectId group, std::string_view dn,
                                     std::string_view name) {
    const auto let_in = [&](const std::string& key) -> Result<void> {
        for (const auto& [entry, into] : TRY(remote_.waiting_for(parts_.row.id, key))) {
            TRY(remote_.stop_waiting(entry, key));
            if (!TRY(join(entry, into, key, {user, group}))) continue;
            const auto joined = TRY(store_.groups().find(into));
            if (joined) tell(true, joined->gid, "members");
        }
        return {};
    };
    TRY(let_in(fmt::format("d:{}", dn)));
    if (user) TRY(let_in(fmt::format("n:{}", name)));
    return {};
}

Result<void> Settler::empty_group(std::int64_t entry, const Group& group) {
    const auto named = TRY(remote_.named_members(entry));
    for (const auto& one : TRY(remote_.current_members(parts_.row.id, entry, group.id, named.by_name))) {
        if (one.party.user || one.party.group)
            TRY(leave(group.id, one.party));
        else
            TRY(remote_.stop_waiting(entry, one.key));
    }
    return {};
}

}  // namespace userd
