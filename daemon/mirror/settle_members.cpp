// SPDX-License-Identifier: LGPL-2.1-or-later
// A group's members are held against what is there, not against what the server said before: so whatever
// happened in between (a rename, a member that came or went), the outcome is what it says now.
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "common/base/text.h"
#include "daemon/mirror/settler.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/groups.h"

namespace userd {

namespace {

constexpr std::size_t most_levels = 16;  // groups in one line: deeper ones are left out
// Looks at groups that one step of the settling takes at most: groups that hold each other in thousands of
// ways would keep the loop. Ten thousand groups in one take a third of it.
constexpr std::size_t most_looks = 30'000;

}  // namespace

// How many groups are in the longest line from this one down.
Result<std::size_t> Settler::height(ObjectId group, std::size_t depth) {
    if (const auto known = heights_.find(group); known != heights_.end()) return known->second;
    std::size_t height = 1;
    if (depth > most_levels || ++looks_ > most_looks) return most_levels + 1;
    for (const auto& nesting : TRY(store_.groups().groups_in(group, Time::min())))
        height = std::max(height, 1 + TRY(this->height(nesting.member, depth + 1)));
    if (looks_ <= most_looks) heights_[group] = height;
    return height;
}

// The groups that hold this one, over others too, and how many are in the longest line up to each.
Result<void> Settler::look_up_from(ObjectId group) {
    if (above_of_ == group) return {};
    above_of_ = group;
    above_ = {{group, 1}};
    levels_above_ = 1;
    std::deque<ObjectId> queue{group};
    for (; !queue.empty() && levels_above_ <= most_levels; queue.pop_front()) {
        const auto next = above_[queue.front()] + 1;
        if (++looks_ > most_looks) levels_above_ = most_levels + 1;
        for (const auto& nesting : TRY(store_.groups().groups_of(queue.front(), Time::min()))) {
            auto& known = above_[nesting.group];
            if (known >= next) continue;
            known = next;
            levels_above_ = std::max(levels_above_, next);
            queue.push_back(nesting.group);
        }
    }
    return {};
}

Result<bool> Settler::may_nest(ObjectId outer, ObjectId inner) {
    TRY(look_up_from(outer));
    if (levels_above_ > most_levels || above_.contains(inner)) return false;
    return levels_above_ + TRY(height(inner, 1)) <= most_levels;
}

void Settler::forget_heights() {
    heights_.clear();
    above_of_ = {};
}

Result<bool> Settler::join(ObjectId group, std::span<const ObjectId> users) {
    TRY(enrolments_.note_joining(users));
    const auto count = TRY(store_.groups().add(group, users, std::nullopt, store_.generation() + 1));
    if (count != 0) TRY(generation());
    parts_.tally.joined += count;
    return count != 0;
}

Result<void> Settler::wait(std::int64_t entry, const std::string& key) {
    somebody_waits_ = true;
    return remote_.wait(entry, key);
}

Result<bool> Settler::join_or_wait(std::int64_t entry, ObjectId group, const std::string& key,
                                   ObjectId member) {
    if (!TRY(may_nest(group, member))) {
        TRY(wait(entry, key));
        return false;
    }
    TRY(enrolments_.note_joining_with(member));
    if (!TRY(store_.groups().add_group(group, member, std::nullopt, store_.generation() + 1))) return false;
    TRY(generation());
    ++parts_.tally.joined;
    // What holds it is higher now, and what it holds is deeper.
    for (const auto& [holder, level] : above_) heights_.erase(holder);
    return true;
}

Result<bool> Settler::leave(ObjectId group, const store::Remote::Party& party) {
    TRY(party.user ? enrolments_.note_joining({&party.user, 1}) : enrolments_.note_joining_with(party.group));
    const auto next = store_.generation() + 1;
    const bool changed = party.user ? TRY(store_.groups().remove(group, party.user, next))
                                    : TRY(store_.groups().remove_group(group, party.group, next));
    if (changed) TRY(generation());
    if (changed) ++parts_.tally.left;
    if (changed && party.group) {
        forget_heights();
        nestings_ended_ = true;
    }
    return changed;
}

Result<void> Settler::settle_members(store::RemoteEntry entry) {
    looks_ = 0;
    above_of_ = {};
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
    std::vector<ObjectId> joining;
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
            if (party.user)
                joining.push_back(party.user);
            else if (party.group)
                changed = TRY(join_or_wait(entry.id, group->id, key, party.group)) || changed;
            else if (!waits)
                TRY(wait(entry.id, key));
        }
        if (there != current.end()) current.erase(there);
        if (party.user || party.group) stays.insert(party.user ? party.user : party.group);
    }
    changed = TRY(join(group->id, joining)) || changed;
    for (const auto& [gone, party] : current) {
        if (!party.user && !party.group)
            TRY(remote_.stop_waiting(entry.id, gone));
        else if (!stays.contains(party.user ? party.user : party.group))
            changed = TRY(leave(group->id, party)) || changed;
    }
    if (looks_ > most_looks)
        journal::warning("ldap {}: groups hold each other in so many ways that some in group {} are left out",
                         parts_.source.name, escaped(group->name));
    if (changed) {
        parts_.tally.name("group:" + group->name);
        tell(true, group->gid, "members");
    }
    return {};
}

Result<void> Settler::let_in_waiting(ObjectId user, ObjectId group, std::string_view dn,
                                     std::string_view name) {
    if (!somebody_waits_) somebody_waits_ = TRY(remote_.is_anybody_waiting());
    if (!*somebody_waits_) return {};
    looks_ = 0;
    above_of_ = {};
    const auto let_in = [&](const std::string& key) -> Result<void> {
        for (const auto& [entry, into] : TRY(remote_.waiting_for(parts_.row.id, key))) {
            TRY(remote_.stop_waiting(entry, key));
            if (!(user ? TRY(join(into, std::span(&user, 1))) : TRY(join_or_wait(entry, into, key, group))))
                continue;
            const auto joined = TRY(store_.groups().find(into));
            // Who is aside is told of when it has its own number again.
            if (joined && !store::Remote::is_aside(joined->name)) tell(true, joined->gid, "members");
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
