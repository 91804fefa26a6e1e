// SPDX-License-Identifier: LGPL-2.1-or-later
// Who holds which role. The groups of a role come and go with it, whatever the lists of groups say.
#include <algorithm>

#include "common/base/text.h"
#include "daemon/state/planner.h"
#include "daemon/store/roles.h"
#include "daemon/store/store.h"

namespace userd::state {

namespace {

bool contains(const Names& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

// Roles are not made by state files.
Result<void> Planner::check_roles(const WantedUser& wanted) {
    if (!wanted.roles) return {};
    for (const auto& name : *wanted.roles)
        if (!TRY(parts_.store.roles().find_by_name(name)))
            problem(false, wanted.name,
                    Error{Errc::no_such_role, fmt::format("there is no role {}", escaped(name)),
                          "userctl role list", "roles"});
    return {};
}

Result<void> Planner::compare_roles(Subject& subject) {
    const auto& [wanted, user, plan, fields, brought, local_brought] = subject;
    TRY(check_roles(wanted));
    FieldChange change{"roles", {}, {}, {}, {}};
    Names held;
    for (const auto& role : TRY(parts_.store.roles().of_user(user.id))) {
        held.push_back(role.name);
        const bool goes =
            wanted.roles && !wanted_.only_add_memberships && !contains(*wanted.roles, role.name);
        if (goes) change.removed.push_back(role.name);
        for (const auto& group : TRY(parts_.store.roles().memberships(user.id, role.role))) {
            auto& known = group.group ? subject.brought : subject.local_brought;
            const auto renamed = renamed_groups_.find(group.name);
            const auto& name = group.group && renamed != renamed_groups_.end() ? renamed->second : group.name;
            known.all.insert(name);
            if (goes) known.going.insert(name);
        }
    }
    if (wanted.roles)
        for (const auto& name : *wanted.roles)
            if (!contains(held, name)) change.added.push_back(name);
    if (change.added.empty() && change.removed.empty()) return {};
    if (!change.added.empty()) subject.fields["roles_add"] = change.added;
    if (!change.removed.empty()) subject.fields["roles_remove"] = change.removed;
    subject.plan.changes.push_back(std::move(change));
    return {};
}

// A group that is listed stays when the role goes that had brought it.
void Planner::keep_when_roles_go(const Subject& subject, const std::optional<Names>& wanted,
                                 const Brought& brought) {
    if (!wanted) return;
    for (const auto& group : *wanted)
        if (brought.going.contains(group))
            step(members_then, false, subject.wanted.name,
                 [this, group, member = fmt::format("id:{}", subject.user.id.value)]() -> Result<void> {
                     TRY(parts_.directory.add_members(actor_, group, {member}, std::nullopt,
                                                      change_options()));
                     return {};
                 });
}

}  // namespace userd::state
