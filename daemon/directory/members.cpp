// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "daemon/directory/impl.h"

namespace userd {

namespace {

std::vector<std::string> names_of(const std::vector<store::Member>& members) {
    std::vector<std::string> names;
    for (const auto& member : members) names.push_back(member.name);
    return names;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

Result<void> check_end(std::optional<Time> until, Time now) {
    if (!until || *until > now) return {};
    return fail(Error{Errc::invalid, "a membership cannot end at a time that is over", "", "until"});
}

Fields local_record(std::string_view name, std::uint32_t gid, const std::vector<store::Member>& members) {
    return {{"name", std::string(name)}, {"gid", std::int64_t{gid}}, {"members", names_of(members)}};
}

}  // namespace

// An exact list governs standing memberships only: one with an end ends by itself.
Result<void> Directory::Impl::write_members(const GroupDraft& draft, Work& work) {
    if (!draft.members.asked()) return {};
    const auto id = draft.group.id;
    const auto current = TRY(store.groups().members(id, work.now, 0, INT64_MAX)).members;
    const auto wanted = draft.members.apply(names_of(current));
    for (const auto& name : wanted) {
        if (contains(names_of(current), name)) continue;
        const auto member = TRY(user_of(name));
        const auto generation = TRY(work.generation());
        TRY(store.groups().add(id, member.id, std::nullopt, generation));
    }
    for (const auto& member : current) {
        if (member.until || contains(wanted, member.name)) continue;
        const auto generation = TRY(work.generation());
        TRY(store.groups().remove(id, member.user, generation));
    }
    return {};
}

Result<void> Directory::Impl::write_administrators(const GroupDraft& draft, Work& work) {
    if (!draft.administrators.asked()) return {};
    const auto current = TRY(store.groups().administrators(draft.group.id));
    const auto wanted = draft.administrators.apply(current);
    if (wanted == current) return {};
    std::vector<ObjectId> users;
    for (const auto& name : wanted) users.push_back(TRY(user_of(name)).id);
    TRY(work.generation());
    return store.groups().set_administrators(draft.group.id, users);
}

Result<Fields> Directory::Impl::change_members(Work& work, const Group& group, const Members& targets,
                                               std::optional<Time> until, bool joins) {
    const auto before = TRY(group_record(group, true));
    for (const auto& target : targets) {
        const auto member = TRY(user_of(target));
        // A try first: who is in already costs no generation.
        const auto next = store.generation() + 1;
        const bool changed = joins ? TRY(store.groups().add(group.id, member.id, until, next))
                                   : TRY(store.groups().remove(group.id, member.id, next));
        if (changed) TRY(work.generation());
    }
    return finish_group(work, group.id, joins ? "group.add" : "group.remove", "members", before);
}

Result<Fields> Directory::Impl::change_local_members(Work& work, std::string_view name,
                                                     const Members& targets, std::optional<Time> until,
                                                     bool joins) {
    const auto gid = joins ? TRY(local_group(name)) : host.local_group(name).value_or(0);
    const auto before = local_record(name, gid, TRY(store.groups().local_members(name, work.now)));
    for (const auto& target : targets) {
        const auto member = TRY(user_of(target));
        const bool changed = joins ? TRY(store.groups().add_local(name, gid, member.id, until))
                                   : TRY(store.groups().remove_local(name, member.id));
        if (!changed) continue;
        const auto generation = TRY(work.generation());
        TRY(store.users().touch(member.id, generation));
        work.tell(false, member.uid, "members");
    }
    auto record = local_record(name, gid, TRY(store.groups().local_members(name, work.now)));
    if (work.changed())
        TRY(work.audit(joins ? "group.add" : "group.remove", fmt::format("local-group:{}", name), {}, before,
                       record));
    return record;
}

// A group of ours has the name, or it is a local one: the two spaces are apart, since no new group of ours
// may take a name of /etc/group.
Result<Fields> Directory::Impl::change_any_members(Work& work, std::string_view name, const Members& targets,
                                                   std::optional<Time> until, bool joins) {
    TRY(check_end(until, work.now));
    const auto& local = config->local_groups;
    const bool is_local =
        std::find(local.begin(), local.end(), name) != local.end() || host.find_group(name) != nullptr;
    if (is_local) return change_local_members(work, name, targets, until, joins);
    return change_members(work, TRY(group_of(name)), targets, until, joins);
}

Result<Outcome> Directory::add_members(const Actor& actor, std::string_view group,
                                       const std::vector<std::string>& members, std::optional<Time> until,
                                       const ChangeOptions& options) {
    return impl_->change(actor, options, [&](Work& work) {
        return impl_->change_any_members(work, group, members, until, true);
    });
}

Result<Outcome> Directory::remove_members(const Actor& actor, std::string_view group,
                                          const std::vector<std::string>& members,
                                          const ChangeOptions& options) {
    return impl_->change(actor, options, [&](Work& work) {
        return impl_->change_any_members(work, group, members, std::nullopt, false);
    });
}

Result<Page> Directory::list_members(ObjectId group, std::uint64_t offset, std::uint64_t limit) const {
    const auto found = TRY(impl_->store.groups().members(group, impl_->clock.now(), offset, limit));
    Page page;
    page.total = found.total;
    for (const auto& member : found.members) {
        Fields row{{"name", member.name}, {"uid", std::int64_t{member.uid}}};
        if (member.until) row["until"] = to_unix(*member.until);
        page.rows.push_back(std::move(row));
    }
    return page;
}

}  // namespace userd
