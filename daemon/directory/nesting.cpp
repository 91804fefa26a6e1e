// SPDX-License-Identifier: LGPL-2.1-or-later
// Groups in groups: what may be put where, and by which way a user came in.
#include <algorithm>
#include <deque>
#include <map>

#include "daemon/directory/impl.h"
#include "daemon/directory/stored_members.h"
#include "daemon/store/reader.h"

namespace userd {

namespace {

constexpr std::size_t most_levels = 8;  // groups in one line, the outermost included

using store::Groups;
using store::Nesting;
using Step = Result<std::vector<Nesting>> (Groups::*)(ObjectId, Time);

// What is over but not yet swept counts: it may be given a later end.
Result<std::vector<Nesting>> next_of(Groups& groups, Step step, ObjectId id) {
    return (groups.*step)(id, Time::min());
}

ObjectId far_end(const Nesting& nesting, ObjectId near) {
    return nesting.group == near ? nesting.member : nesting.group;
}

// How many groups there are in the longest line up or down from this one, itself included.
Result<std::size_t> levels(Groups& groups, Step step, ObjectId id, std::map<ObjectId, std::size_t>& known) {
    if (const auto found = known.find(id); found != known.end()) return found->second;
    std::size_t longest = 0;
    for (const auto& nesting : TRY(next_of(groups, step, id)))
        longest = std::max(longest, TRY(levels(groups, step, far_end(nesting, id), known)));
    return known[id] = longest + 1;
}

// A shortest way from each group that `outer` holds, directly or not, to it: "staff/web" for web in staff in
// it.
using Ways = std::map<ObjectId, std::string>;
Result<Ways> ways_into(Groups& groups, ObjectId outer, Time now) {
    Ways ways;
    std::deque<ObjectId> queue{outer};
    for (; !queue.empty(); queue.pop_front()) {
        const auto so_far = ways.find(queue.front());
        const std::string prefix = so_far == ways.end() ? "" : so_far->second + "/";
        for (const auto& nesting : TRY(groups.groups_in(queue.front(), now)))
            if (ways.try_emplace(nesting.member, prefix + nesting.member_name).second)
                queue.push_back(nesting.member);
    }
    return ways;
}

// The shortest of the ways whose first group the user was put into by name.
Result<std::string> way_of(Groups& groups, ObjectId user, const Ways& ways, Time now) {
    std::string shortest;
    for (const auto& membership : TRY(groups.of_user(user, now))) {
        const auto way = ways.find(membership.group);
        if (!membership.direct || way == ways.end()) continue;
        const auto steps = [](const std::string& text) { return std::count(text.begin(), text.end(), '/'); };
        if (shortest.empty() || steps(way->second) < steps(shortest)) shortest = way->second;
    }
    return shortest;
}

Fields row_of(const store::Member& member) {
    Fields row{{"type", std::string(member.user ? "user" : "group")},
               {"name", member.name},
               {member.user ? "uid" : "gid", std::int64_t{member.number}},
               {"direct", member.direct}};
    if (member.until) row["until"] = to_unix(*member.until);
    return row;
}

Result<Page> page_of(Groups& groups, ObjectId group, Time now, bool nested, std::uint64_t offset,
                     std::uint64_t limit) {
    const auto found = TRY(nested ? groups.members(group, now, offset, limit)
                                  : groups.direct_members(group, now, offset, limit));
    const auto ways = nested ? TRY(ways_into(groups, group, now)) : Ways();
    Page page;
    page.total = found.total;
    for (const auto& member : found.members) {
        auto row = row_of(member);
        if (!member.direct)
            if (const auto way = TRY(way_of(groups, member.user, ways, now)); !way.empty()) row["via"] = way;
        page.rows.push_back(std::move(row));
    }
    return page;
}

}  // namespace

Result<void> Directory::Impl::check_nesting(const Group& group, const Group& member) {
    if (group.id == member.id)
        return fail(Error{Errc::policy_violation, fmt::format("{} cannot be put into itself", group.name), "",
                          "members"});
    const auto below = TRY(ways_into(store.groups(), member.id, Time::min()));
    if (const auto circle = below.find(group.id); circle != below.end())
        return fail(Error{Errc::policy_violation,
                          fmt::format("{} cannot be put into {}, which it holds: {}/{}", member.name,
                                      group.name, member.name, circle->second),
                          fmt::format("userctl group members {} --nested", member.name), "members"});
    std::map<ObjectId, std::size_t> up, down;
    const auto above = TRY(levels(store.groups(), &Groups::groups_of, group.id, up));
    const auto under = TRY(levels(store.groups(), &Groups::groups_in, member.id, down));
    if (above + under <= most_levels) return {};
    return fail(Error{Errc::limits,
                      fmt::format("with {} in {}, {} groups would stand in one line; {} are the most",
                                  member.name, group.name, above + under, most_levels),
                      "", "members"});
}

Result<Page> Directory::list_members(ObjectId group, bool nested, std::uint64_t offset,
                                     std::uint64_t limit) const {
    return page_of(impl_->store.groups(), group, impl_->clock.now(), nested, offset, limit);
}

Result<Page> list_stored_members(const std::string& path, ObjectId group, Time now, bool nested,
                                 std::uint64_t offset, std::uint64_t limit) {
    const auto reader = TRY(store::Reader::open(path));
    return page_of(reader->groups(), group, now, nested, offset, limit);
}

}  // namespace userd
