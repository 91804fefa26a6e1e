// SPDX-License-Identifier: LGPL-2.1-or-later
// What the fields of a call ask for, held against the rest of the directory and written.
#include <algorithm>
#include <set>

#include "daemon/directory/email.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/plain_text.h"
#include "daemon/model/origin.h"

namespace userd {

namespace {

constexpr std::size_t most_tags = 64;

std::vector<std::string> names_of(const std::vector<store::Membership>& memberships) {
    std::vector<std::string> names;
    for (const auto& membership : memberships) names.push_back(membership.name);
    return names;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Result<void> Directory::Impl::check_email(const UserDraft& draft) {
    if (draft.user.email.empty()) {
        if (!config->users.email_required) return {};
        return fail(Error{Errc::invalid,
                          fmt::format("{} needs a mail address (users.email in userd.yaml)", draft.user.name),
                          "--email", "email"});
    }
    if (!config->users.email_unique) return {};
    for (const auto& other : TRY(store.users().find_by_email(draft.email_folded)))
        if (other.id != draft.user.id)
            return fail(Error{Errc::exists,
                              fmt::format("{} cannot have the mail address {}: it is {}'s", draft.user.name,
                                          draft.user.email, other.name),
                              "another address", "email"});
    return {};
}

Result<void> Directory::Impl::resolve_primary_group(UserDraft& draft) {
    if (!draft.primary_group) return {};
    auto& user = draft.user;
    if (*draft.primary_group == "private") {
        user.primary_group = {};
        user.gid = user.uid;
        return {};
    }
    const auto group = TRY(store.groups().find_by_name(*draft.primary_group));
    if (!group)
        return fail(Error{Errc::no_such_group,
                          fmt::format("the primary group {} does not exist", *draft.primary_group),
                          fmt::format("userctl group create {}", *draft.primary_group), "primary_group"});
    user.primary_group = group->id;
    user.gid = group->gid;
    return {};
}

Result<void> Directory::Impl::write_tags(const UserDraft& draft, Work& work) {
    if (!draft.tags.asked()) return {};
    std::vector<std::string> old_tags;  // nobody has to look at who is only being made
    if (work.created != draft.user.id) old_tags = TRY(store.users().tags(draft.user.id));
    const auto new_tags = draft.tags.apply(old_tags);
    if (new_tags == old_tags) return {};
    if (new_tags.size() > most_tags)
        return fail(Error{Errc::limits,
                          fmt::format("{} would have more than {} tags", draft.user.name, most_tags), "",
                          "tags"});
    for (const auto& tag : new_tags) TRY(parse_word_like(tag, "tags"));
    TRY(work.generation());
    return store.users().set_tags(draft.user.id, new_tags);
}

// An exact list governs standing memberships only: one with an end ends by itself, one that came with a role
// goes with it, and in a mirrored group it is the server's.
Result<void> Directory::Impl::write_groups(const UserDraft& draft, Work& work) {
    if (!draft.groups.asked()) return {};
    std::vector<store::Membership> current;
    if (work.created != draft.user.id) current = TRY(store.groups().of_user(draft.user.id, work.now));
    std::erase_if(current, [](const auto& membership) { return !membership.direct; });
    const auto wanted = draft.groups.apply(names_of(current));
    for (const auto& name : wanted) {
        if (contains(names_of(current), name)) continue;
        const auto group = TRY(store.groups().find_by_name(name));
        if (!group)
            return fail(Error{Errc::no_such_group, fmt::format("the group {} does not exist", name),
                              fmt::format("userctl group create {}", name), "groups"});
        TRY(check_membership(work, draft.user, {group->id, group->name}));
        const auto generation = TRY(work.generation());
        TRY(store.groups().add(group->id, draft.user.id, std::nullopt, generation));
        work.tell(true, group->gid, "members");
    }
    for (const auto& membership : current) {
        const bool named = contains(draft.groups.remove, membership.name);
        if (contains(wanted, membership.name) || (membership.direct_until && !named)) continue;
        const RoleGroup group{membership.group, membership.name};
        if (!named && TRY(store.roles().brings(draft.user.id, group))) continue;
        if (!named && is_mirrored(TRY(this->group(membership.group)))) continue;
        TRY(check_membership(work, draft.user, group));
        const auto generation = TRY(work.generation());
        TRY(store.groups().remove(membership.group, draft.user.id, generation));
        work.tell(true, membership.gid, "members");
    }
    return {};
}

// Both files are root's: the one says what an admin wants, the other is what the NSS module believes.
Result<std::uint32_t> Directory::Impl::local_group(std::string_view name) {
    const auto& allowed = config->local_groups;
    const auto* entry = host.find_group(name);
    const auto number = entry ? std::to_string(entry->id) : "GID";
    auto refuse = [&](std::string_view file, std::string hint) {
        return fail(Error{
            Errc::policy_violation,
            fmt::format("users may not be put into the local group {}: {} does not list it", name, file),
            std::move(hint), "local_groups"});
    };
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
        return refuse(
            "local_groups in /etc/userd/userd.yaml",
            fmt::format("adding {0} to it, and {0}:{1} to /etc/userd/local-groups, as root", name, number));
    const auto gid = host.local_group(name);
    if (gid) return *gid;
    return refuse("/etc/userd/local-groups",
                  fmt::format("adding the line {}:{}, its number in /etc/group, as root", name, number));
}

Result<void> Directory::Impl::write_local_groups(const UserDraft& draft, Work& work) {
    if (!draft.local_groups.asked()) return {};
    const auto current = TRY(store.groups().local_of_user(draft.user.id, work.now));
    const auto wanted = draft.local_groups.apply(names_of(current));
    for (const auto& name : wanted) {
        if (contains(names_of(current), name)) continue;
        const auto gid = TRY(local_group(name));
        TRY(check_membership(work, draft.user, {{}, name}));
        const auto generation = TRY(work.generation());
        TRY(store.groups().add_local(name, gid, draft.user.id, std::nullopt));
        TRY(store.users().touch(draft.user.id, generation));
    }
    for (const auto& membership : current) {
        const bool named = contains(draft.local_groups.remove, membership.name);
        if (contains(wanted, membership.name) || (membership.until && !named)) continue;
        const RoleGroup group{{}, membership.name};
        if (!named && TRY(store.roles().brings(draft.user.id, group))) continue;
        TRY(check_membership(work, draft.user, group));
        const auto generation = TRY(work.generation());
        TRY(store.groups().remove_local(membership.name, draft.user.id));
        TRY(store.users().touch(draft.user.id, generation));
    }
    return {};
}

Result<void> Directory::Impl::write_user(Work& work, User user) {
    user.generation = TRY(work.generation());
    user.updated_at = work.now;
    return store.users().update(user, TRY(Email::parse(user.email, {})).folded);
}

// Reads the user afresh: the record and the trail tell what the store holds now.
Result<Fields> Directory::Impl::finish_user(Work& work, ObjectId id, std::string_view action,
                                            std::string_view event, const Fields& before,
                                            std::string_view reason) {
    TRY(open_enrolments(work));
    const auto stored = TRY(user(id));
    auto record = TRY(user_record(stored, true));
    if (!work.changed()) return record;
    TRY(work.audit(action, "user:" + stored.name, id, before, record, reason));
    work.tell(false, stored.uid, std::string(event));
    work.events.back().is_over = has_ended(stored, work.now);
    return record;
}

}  // namespace userd
