// SPDX-License-Identifier: LGPL-2.1-or-later
// Roles themselves. Who acts by a role can make and change only such as reach no further than the own ones,
// and none that they hold: otherwise each right would lead to the next.
#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/object_id.h"
#include "daemon/directory/ownership.h"

namespace userd {

namespace {

constexpr std::size_t most_listed = 32;  // groups or excluded roles of one role

bool is_role_name(std::string_view name) {
    return !name.empty() && name.size() <= 31 && name[0] >= 'a' && name[0] <= 'z' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
           });
}

std::vector<std::string> words_of(const std::bitset<grant_count>& grants) {
    std::vector<std::string> words;
    for (const auto& [grant, word] : Words<RoleGrant>::table)
        if (grants.test(static_cast<std::size_t>(grant))) words.emplace_back(word);
    return words;
}

std::vector<std::string> names_of(const std::vector<RoleGroup>& groups) {
    std::vector<std::string> names;
    for (const auto& group : groups) names.push_back(group.name);
    return names;
}

Result<std::bitset<grant_count>> grants_of(const std::vector<std::string>& words) {
    std::bitset<grant_count> grants;
    for (const auto& word : words) {
        const auto grant = parse_word<RoleGrant>(word);
        if (grant) {
            grants.set(static_cast<std::size_t>(*grant));
            continue;
        }
        std::vector<std::string_view> known;
        for (const auto& row : Words<RoleGrant>::table) known.push_back(row.second);
        const auto near = nearest_word(word, known);
        return fail(Error{Errc::invalid, fmt::format("there is no grant \"{}\"", escaped(word.substr(0, 64))),
                          near.empty() ? fmt::format("one of {}", fmt::join(known, ", ")) : std::string(near),
                          "grants"});
    }
    return grants;
}

Failure built_in(const Role& role, std::string_view deed) {
    return fail(Error{Errc::policy_violation,
                      fmt::format("Cannot {} the role {}: it is built in", deed, role.name),
                      "userctl role create NAME", ""});
}

Result<RoleGroup> resolve_group(Directory::Impl& impl, const std::string& name, bool comes) {
    if (const auto group = TRY(impl.store.groups().find_by_name(name))) {
        if (comes) TRY(check_members_owner(*group, *impl.config));
        return RoleGroup{group->id, group->name};
    }
    if (comes) TRY(impl.local_group(name));  // only what users may be put into
    if (impl.host.find_group(name) != nullptr) return RoleGroup{{}, name};
    return fail(Error{Errc::no_such_group,
                      fmt::format("the group {} does not exist", escaped(name.substr(0, 64))),
                      fmt::format("userctl group create {}", name), comes ? "groups" : "scope"});
}

Result<std::vector<RoleGroup>> resolve_groups(Directory::Impl& impl, const std::vector<std::string>& names,
                                              bool comes) {
    std::vector<RoleGroup> groups;
    for (const auto& name : names) groups.push_back(TRY(resolve_group(impl, name, comes)));
    if (groups.size() > most_listed)
        return fail(Error{Errc::limits, fmt::format("a role names at most {} groups", most_listed), "",
                          comes ? "groups" : "scope"});
    return groups;
}

// What the lists of the draft ask for, in the role.
Result<void> settle_lists(Directory::Impl& impl, RoleDraft& draft) {
    auto& role = draft.role;
    if (draft.grants.asked()) role.grants = TRY(grants_of(draft.grants.apply(words_of(role.grants))));
    if (draft.scope.asked()) {
        role.scope = TRY(resolve_groups(impl, draft.scope.apply(names_of(role.scope)), false));
        role.scoped = !role.scope.empty();
    }
    if (draft.groups.asked())
        role.groups = TRY(resolve_groups(impl, draft.groups.apply(names_of(role.groups)), true));
    if (!draft.excluded.asked()) return {};
    role.excluded = draft.excluded.apply(role.excluded);
    for (const auto& name : role.excluded)
        if (TRY(impl.role_of(name)).id == Role::user_id)
            return fail(Error{Errc::invalid, "everybody is a user: that would exclude all", "", "excluded"});
    return {};
}

// For an actor with a limit: nothing of the role reaches further than what they have.
Result<void> check_limit(Directory::Impl& impl, const Work& work, const Role& role) {
    if (!work.actor.limit) return {};
    TRY(check_somewhere(work.actor, RoleGrant::role_manage));
    const auto& own = *work.actor.limit;
    if (!covers(own, Rights{role.id == Role::admin_id, {rights_of(role)}}))
        return fail(Errc::denied, "user not authorized: the role {} has more rights than you", role.name);
    for (const auto& group : role.groups)
        if (!own.all) {
            TRY(impl.check_bringing(work, group, false));
            TRY(check_group(work.actor, RoleGrant::group_members, group.name));
        }
    for (const auto& held : TRY(impl.store.roles().of_user(work.actor.user)))
        if (held.role == role.id)
            return fail(Errc::denied, "user not authorized: nobody changes a role that they hold ({})",
                        role.name);
    return {};
}

Result<Fields> finish_role(Directory::Impl& impl, Work& work, const Role& role, std::string_view action,
                           std::string_view event, const Fields& before) {
    auto record = impl.role_record(role);
    if (!work.changed()) return record;
    TRY(work.audit(action, "role:" + role.name, role.id, before, record));
    work.tell_role(role.name, std::string(event));
    return record;
}

}  // namespace

Fields Directory::Impl::role_record(const Role& role) const {
    Fields record{{"name", role.name},
                  {"description", role.description},
                  {"grants", words_of(role.grants)},
                  {"scope", names_of(role.scope)},
                  {"excluded", role.excluded},
                  {"groups", names_of(role.groups)},
                  {"built_in", role.is_built_in()},
                  {"generation", static_cast<std::int64_t>(role.generation)}};
    if (role.is_built_in()) return record;
    record["created_at"] = to_unix(role.created_at);
    record["updated_at"] = to_unix(role.updated_at);
    return record;
}

Result<Role> Directory::Impl::role_of(std::string_view name) {
    auto found = TRY(store.roles().find_by_name(name));
    if (!found)
        return fail(Error{Errc::no_such_role, fmt::format("there is no role {}", escaped(name.substr(0, 64))),
                          "userctl role list", ""});
    return *std::move(found);
}

Result<Role> Directory::Impl::role(ObjectId id) {
    auto found = TRY(store.roles().find(id));
    if (!found) return fail(Errc::no_such_role, "the role is gone");
    return *std::move(found);
}

Result<Outcome> Directory::create_role(const Actor& actor, std::string_view name, const Fields& fields,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        if (!is_role_name(name))
            return fail(Error{Errc::invalid,
                              fmt::format("\"{}\" is no name for a role", escaped(name.substr(0, 64))),
                              "a small letter, then small letters, digits, - and _", "name"});
        if (TRY(impl.store.roles().find_by_name(name)))
            return fail(Error{Errc::exists, fmt::format("there is a role {} already", name), "", "name"});
        RoleDraft draft;
        auto& role = draft.role;
        role.id = new_object_id();
        role.name = name;
        role.created_at = role.updated_at = work.now;
        TRY(apply_fields(draft, fields, Purpose::creation));
        TRY(settle_lists(impl, draft));
        TRY(check_limit(impl, work, role));
        role.generation = TRY(work.generation());
        TRY(impl.store.roles().insert(role));
        return finish_role(impl, work, TRY(impl.role(role.id)), "role.create", "created", {});
    });
}

Result<Outcome> Directory::update_role(const Actor& actor, ObjectId id, const Fields& fields,
                                       const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        RoleDraft draft;
        draft.role = TRY(impl.role(id));
        const auto before = draft.role;
        if (before.is_built_in()) return built_in(before, "change");
        TRY(apply_fields(draft, fields, Purpose::change));
        TRY(settle_lists(impl, draft));
        TRY(check_limit(impl, work, before));
        TRY(check_limit(impl, work, draft.role));
        const auto old_record = impl.role_record(before);
        if (impl.role_record(draft.role) == old_record) return old_record;
        draft.role.generation = TRY(work.generation());
        draft.role.updated_at = work.now;
        TRY(impl.store.roles().update(draft.role));
        TRY(impl.follow_groups(work, before, draft.role));
        return finish_role(impl, work, TRY(impl.role(id)), "role.update", "updated", old_record);
    });
}

Result<Outcome> Directory::delete_role(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto role = TRY(impl.role(id));
        if (role.is_built_in()) return built_in(role, "delete");
        TRY(check_limit(impl, work, role));
        const auto page = TRY(impl.store.roles().holders(id, 0, 5));
        if (page.total > 0) {
            std::vector<std::string> names;
            for (const auto& holder : page.holders) names.push_back(holder.name);
            return fail(Error{Errc::policy_violation,
                              fmt::format("Cannot delete the role {}: it is held by {}{}", role.name,
                                          fmt::join(names, ", "),
                                          page.total > 5 ? fmt::format(" and {} more", page.total - 5) : ""),
                              fmt::format("userctl role revoke {} {}", role.name, names.front()), ""});
        }
        if (const auto others = TRY(impl.store.roles().excluding(id)); !others.empty())
            return fail(Error{
                Errc::policy_violation,
                fmt::format("Cannot delete the role {}: the role {} excludes it", role.name, others.front()),
                "", ""});
        const auto record = impl.role_record(role);
        TRY(work.generation());
        TRY(impl.store.roles().remove(id));
        TRY(work.audit("role.delete", "role:" + role.name, id, record, {}));
        work.tell_role(role.name, "deleted");
        return record;
    });
}

Result<Role> Directory::get_role(std::string_view name) const {
    return impl_->role_of(name);
}
Result<std::optional<Role>> Directory::find_role(ObjectId id) const {
    return impl_->store.roles().find(id);
}
Fields Directory::role_record(const Role& role) const {
    return impl_->role_record(role);
}

Result<Page> Directory::list_roles(std::uint64_t offset, std::uint64_t limit) const {
    Page page;
    const auto roles = TRY(impl_->store.roles().list());
    page.total = roles.size();
    for (std::size_t i = offset; i < roles.size() && i - offset < limit; ++i)
        page.rows.push_back(impl_->role_record(roles[i]));
    return page;
}

}  // namespace userd
