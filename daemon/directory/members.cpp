// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <set>

#include "daemon/directory/impl.h"

namespace userd {

namespace {

std::string label_of(const store::Member& member) {
    return member.user ? member.name : "group:" + member.name;
}

std::vector<std::string> labels_of(const std::vector<store::Member>& members) {
    std::vector<std::string> labels;
    for (const auto& member : members) labels.push_back(label_of(member));
    return labels;
}

ObjectId id_of(const store::Member& member) {
    return member.user ? member.user : member.group;
}

Failure stays_without_end(std::string_view member, std::string_view group) {
    return fail(Error{Errc::policy_violation,
                      fmt::format("{} is in {} without an end: a time would take that away", member, group),
                      fmt::format("userctl group remove {} {}, then add again with the time", group, member),
                      "until"});
}

Result<void> check_end(std::optional<Time> until, Time now) {
    if (!until || *until > now) return {};
    return fail(Error{Errc::invalid, "a membership cannot end at a time that is over", "", "until"});
}

Fields local_record(std::string_view name, std::uint32_t gid, const std::vector<store::Member>& members) {
    return {{"name", std::string(name)}, {"gid", std::int64_t{gid}}, {"members", labels_of(members)}};
}

}  // namespace

Result<Directory::Impl::Party> Directory::Impl::party_of(std::string_view target) {
    constexpr std::string_view mark = "group:";
    if (target.starts_with(mark)) return Party{{}, TRY(group_of(target.substr(mark.size())))};
    auto found = user_of(target);
    if (found) return Party{*std::move(found), {}};
    if (found.error().code != Errc::no_such_user) return fail(std::move(found).error());
    auto only_group = TRY(store.groups().find_by_name(target));
    if (!only_group) return fail(std::move(found).error());
    return Party{{}, std::move(only_group)};
}

// Who is in already, until the same time, costs no generation.
Result<bool> Directory::Impl::join(Work& work, const Group& group, const Party& party,
                                   std::optional<Time> until) {
    TRY(check_party(work, group, party));
    if (until && TRY(store.groups().is_standing(group.id, party.id())))
        return stays_without_end(party.label(), group.name);
    const auto next = store.generation() + 1;
    bool changed = false;
    if (party.user) {
        changed = TRY(store.groups().add(group.id, party.id(), until, next));
    } else {
        TRY(check_nesting(group, *party.group));
        changed = TRY(store.groups().add_group(group.id, party.id(), until, next));
    }
    if (changed) TRY(work.generation());
    return changed;
}

Result<bool> Directory::Impl::leave(Work& work, ObjectId group, const Party& party) {
    const auto from = TRY(this->group(group));
    TRY(check_party(work, from, party));
    const auto next = store.generation() + 1;
    const bool changed = party.user ? TRY(store.groups().remove(group, party.id(), next))
                                    : TRY(store.groups().remove_group(group, party.id(), next));
    if (changed) TRY(work.generation());
    return changed;
}

// An exact list governs standing memberships only: one with an end ends by itself.
Result<void> Directory::Impl::write_members(const GroupDraft& draft, Work& work) {
    if (!draft.members.asked()) return {};
    const auto& group = draft.group;
    const auto current = TRY(store.groups().direct_members(group.id, work.now, 0, INT64_MAX)).members;
    std::set<ObjectId> wanted, present;
    for (const auto& member : current) present.insert(id_of(member));
    for (const auto& target : draft.members.apply(labels_of(current))) {
        const auto party = TRY(party_of(target));
        wanted.insert(party.id());
        if (!present.contains(party.id())) TRY(join(work, group, party, std::nullopt));
    }
    for (const auto& member : current) {
        if (member.until || wanted.contains(id_of(member))) continue;
        if (member.user && TRY(store.roles().brings(member.user, {group.id, group.name}))) continue;
        const auto party = TRY(party_of(label_of(member)));
        TRY(leave(work, group.id, party));
    }
    return {};
}

Result<void> Directory::Impl::write_administrators(const GroupDraft& draft, Work& work) {
    if (!draft.administrators.asked()) return {};
    const auto current = TRY(store.groups().administrators(draft.group.id));
    const auto wanted = draft.administrators.apply(current);
    if (wanted == current) return {};
    if (work.is_bound()) return only_an_admin("say who administers a group");
    std::vector<ObjectId> users;
    for (const auto& name : wanted) users.push_back(TRY(user_of(name)).id);
    TRY(work.generation());
    return store.groups().set_administrators(draft.group.id, users);
}

// Groups of /etc/group know no nesting: only users can be put into them.
Result<User> Directory::Impl::local_party(const Party& party, std::string_view name,
                                          std::optional<Time> until) {
    if (!party.user)
        return fail(Error{
            Errc::policy_violation,
            fmt::format("the group {} cannot be put into {}, a group of /etc/group", party.group->name, name),
            "its users", "members"});
    for (const auto& membership : TRY(store.groups().local_of_user(party.id(), clock.now())))
        if (until && membership.name == name && !membership.until)
            return stays_without_end(party.user->name, name);
    return *party.user;
}

// The trail tells who joined or left, not the whole list: a group may be large.
Result<Fields> Directory::Impl::change_members(Work& work, const Group& group, const Members& targets,
                                               std::optional<Time> until, bool joins) {
    std::vector<std::string> changed;
    for (const auto& target : targets) {
        const auto party = TRY(party_of(target));
        if (joins ? TRY(join(work, group, party, until)) : TRY(leave(work, group.id, party)))
            changed.push_back(party.label());
    }
    TRY(open_enrolments(work));
    if (work.changed()) {
        Fields what{{"members", changed}};
        if (until) what["until"] = to_unix(*until);
        add_enrolments(work, what);
        TRY(work.audit(joins ? "group.add" : "group.remove", "group:" + group.name, group.id,
                       joins ? Fields{} : what, joins ? what : Fields{}));
        work.tell(true, group.gid, "members");
    }
    auto record = TRY(group_record(group, MembersShown::some));
    add_enrolments(work, record);
    return record;
}

Result<Fields> Directory::Impl::change_local_members(Work& work, std::string_view name,
                                                     const Members& targets, std::optional<Time> until,
                                                     bool joins) {
    const auto gid = joins ? TRY(local_group(name)) : host.local_group(name).value_or(0);
    const auto before = local_record(name, gid, TRY(store.groups().local_members(name, work.now)));
    for (const auto& target : targets) {
        const auto party = TRY(party_of(target));
        const auto member = TRY(local_party(party, name, joins ? until : std::nullopt));
        TRY(check_membership(work, member, {{}, std::string(name)}));
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

Result<bool> Directory::is_administrator(ObjectId group, ObjectId user) const {
    return impl_->store.groups().is_administrator(group, user);
}

}  // namespace userd
