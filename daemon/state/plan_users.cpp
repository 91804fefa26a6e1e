// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "daemon/directory/fields.h"
#include "daemon/model/words.h"
#include "daemon/state/planner.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"

namespace userd::state {

namespace {

Value field_in(const Fields& record, std::string_view name) {
    const auto at = record.find(name);
    return at == record.end() ? Value() : at->second;
}

std::vector<std::string> sorted_words(const Value& value) {
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    auto words = list == nullptr ? std::vector<std::string>() : *list;
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

std::vector<std::string> without(const std::vector<std::string>& words,
                                 const std::vector<std::string>& others) {
    std::vector<std::string> left;
    for (const auto& word : words)
        if (std::find(others.begin(), others.end(), word) == others.end()) left.push_back(word);
    return left;
}

}  // namespace

Result<std::optional<User>> Planner::find_user(const std::string& name) {
    const auto known = of_set_.find(name);
    if (known != of_set_.end()) return known->second;
    return parts_.store.users().find_by_name(name);
}

Result<void> Planner::plan_user(const WantedUser& wanted) {
    auto user = TRY(find_user(wanted.name));
    std::string was;
    if (!user && !wanted.was.empty()) {
        user = TRY(find_user(wanted.was));
        if (user) was = wanted.was;
    }
    const bool absent = wanted.state == WantedState::absent;
    if (!user) {
        if (!absent) return plan_new_user(wanted);
        ++plan_.unchanged;
        return {};
    }
    FieldChange takes_over;
    if (!is_ours(*user, wanted.name)) return {};
    if (!belongs(false, wanted.name, user->set, takes_over)) return {};
    if (absent) return plan_removal(*user, {absent_reason(), "absent", false, wanted.transfer_to});
    Subject subject{wanted, *user, ObjectPlan{.name = wanted.name, .was = was}, {}, {}, {}};
    if (!takes_over.field.empty()) {
        subject.fields["set"] = wanted_.set;
        subject.plan.changes.push_back(takes_over);
    }
    return plan_user_change(subject);
}

Result<void> Planner::plan_new_user(const WantedUser& wanted) {
    TRY(check_roles(wanted));
    ObjectPlan object{.name = wanted.name, .deed = Deed::create};
    for (const auto& [field, value] : wanted.fields) object.changes.push_back({field, {}, value, {}, {}});
    if (wanted.groups) object.changes.push_back({"groups", {}, *wanted.groups, {}, {}});
    if (wanted.local_groups) object.changes.push_back({"local_groups", {}, *wanted.local_groups, {}, {}});
    if (wanted.roles && !wanted.roles->empty())
        object.changes.push_back({"roles", {}, *wanted.roles, {}, {}});
    if (wanted.state == WantedState::suspended)
        object.changes.push_back({"state", {}, std::string("suspended"), {}, {}});
    if (!wanted.fields.contains("uid")) ++without_uid_;
    if (!wanted.problem.empty())
        problem(false, wanted.name, Error{Errc::invalid, wanted.problem, "", "password"});
    if (wanted.password && wanted.password->kind != WantedPassword::Kind::none) {
        object.changes.push_back({"password", {}, std::string("set"), {}, {}});
        needs_password_.push_back(&wanted);
    }
    if (wanted.totp && !wanted.totp->base32.empty())
        object.changes.push_back({"totp", {}, std::string("set"), {}, {}});
    const bool is_pinned = wanted.fields.contains("uid");
    if (is_pinned && has_new_group_without_gid_)
        create_early(wanted);
    else
        step(is_pinned ? pinned_users : users_then, false, wanted.name,
             [this, &wanted] { return create(wanted, fields_of_new(wanted)); });
    if (wanted.state == WantedState::suspended)
        step(users_then, false, wanted.name, [this, &wanted]() -> Result<void> {
            const auto user = TRY(parts_.directory.get_user(wanted.name));
            TRY(parts_.directory.suspend_user(actor_, user.id, "state file", std::nullopt, change_options()));
            return {};
        });
    add_new_keys(wanted);
    if (wanted.ssh_keys && !wanted.ssh_keys->empty())
        object.changes.push_back(
            {"ssh_authorized_keys", {}, static_cast<std::int64_t>(wanted.ssh_keys->size()), {}, {}});
    finish(std::move(object));
    return {};
}

Fields Planner::fields_of_new(const WantedUser& wanted) const {
    Fields fields = wanted.fields;
    fields["set"] = wanted_.set;
    if (wanted.state == WantedState::pending) fields["state"] = std::string("pending");
    if (wanted.groups) fields["groups"] = *wanted.groups;
    if (wanted.local_groups) fields["local_groups"] = *wanted.local_groups;
    if (wanted.roles) fields["roles"] = *wanted.roles;
    return fields;
}

Result<void> Planner::create(const WantedUser& wanted, const Fields& fields) {
    TRY(parts_.directory.create_user(actor_, wanted.name, fields, change_options(),
                                     [&](const User& user) { return store_new_credentials(wanted, user); }));
    return {};
}

void Planner::create_early(const WantedUser& wanted) {
    Fields fields = fields_of_new(wanted), later;
    for (const char* field : {"groups", "primary_group"})
        if (auto found = fields.extract(field)) later.insert(std::move(found));
    step(pinned_users_early, false, wanted.name,
         [this, &wanted, fields = std::move(fields)] { return create(wanted, fields); });
    if (later.empty()) return;
    step(users_then, false, wanted.name, [this, &wanted, later = std::move(later)]() -> Result<void> {
        const auto user = TRY(parts_.directory.get_user(wanted.name));
        TRY(parts_.directory.update_user(actor_, user.id, later, change_options()));
        return {};
    });
}

Result<void> Planner::plan_user_change(Subject& subject) {
    const auto id = subject.user.id;
    const auto& wanted = subject.wanted;
    if (!subject.plan.was.empty())
        step(users_then, false, wanted.name, [this, id, &wanted]() -> Result<void> {
            TRY(parts_.directory.rename_user(actor_, id, wanted.name, change_options()));
            return {};
        });
    TRY(compare_roles(subject));
    TRY(compare_groups(subject));
    TRY(compare_fields(subject));
    if (!subject.fields.empty())
        step(users_then, false, wanted.name,
             [this, id, fields = std::move(subject.fields)]() -> Result<void> {
                 TRY(parts_.directory.update_user(actor_, id, fields, change_options()));
                 return {};
             });
    compare_state(subject);
    TRY(compare_ssh_keys(subject));
    TRY(compare_password(subject));
    TRY(compare_totp(subject));
    finish(std::move(subject.plan));
    return {};
}

// Both sides go through the directory's own parsers, so 0044… and +44… are one number.
Result<void> Planner::compare_fields(Subject& subject) {
    const auto& user = subject.user;
    auto& changes = subject.plan.changes;
    const auto differs = [&](const std::string& field, Value before, Value after, const Value& wanted) {
        if (before == after) return;
        subject.fields[field] = wanted;
        changes.push_back({field, std::move(before), std::move(after), {}, {}});
    };
    const auto fixed = [&](const std::string& field, const Value& now, const Value& wanted,
                           std::string text) {
        if (now != wanted)
            problem(
                false, subject.wanted.name,
                Error{Errc::invalid,
                      fmt::format("the {} of {} is {} and cannot change", field, subject.wanted.name, text),
                      "", field});
    };
    UserDraft draft;
    draft.user = user;
    Fields plain;
    for (const auto& [field, value] : subject.wanted.fields) {
        if (field == "uid") {
            fixed(field, std::int64_t{user.uid}, value, std::to_string(user.uid));
        } else if (field == "kind") {
            fixed(field, std::string(to_word(user.kind)),
                  value == Value() ? Value(std::string("person")) : value, std::string(to_word(user.kind)));
        } else if (field == "tags") {
            const auto now = TRY(parts_.store.users().tags(user.id));
            differs(field, now, sorted_words(value), value);
        } else if (field != "must_change") {  // only a new user's: it would come back after each change
            plain[field] = value;
        }
    }
    if (plain.empty()) return {};
    if (auto read = apply_fields(draft, plain, config_, Purpose::change); !read) {
        problem(false, subject.wanted.name, std::move(read).error());
        return {};
    }
    const Fields before = row_record(user, &plain), after = row_record(draft.user, &plain);
    for (const auto& [field, value] : plain) {
        if (field != "primary_group") {
            differs(field, field_in(before, field), field_in(after, field), value);
            continue;
        }
        const auto group = TRY(parts_.store.groups().find(user.primary_group));
        const auto name = group ? group->name : "private";
        const auto renamed = renamed_groups_.find(name);
        differs(field, renamed == renamed_groups_.end() ? name : renamed->second, *draft.primary_group,
                value);
    }
    return {};
}

Result<void> Planner::compare_groups(Subject& subject) {
    const auto& [wanted, user, plan, fields, brought, local_brought] = subject;
    keep_when_roles_go(subject, wanted.groups, brought);
    keep_when_roles_go(subject, wanted.local_groups, local_brought);
    MembershipRule rule{wanted_.only_add_memberships, options_.strict, {}};
    rule.is_governed_elsewhere = [&](std::string_view group) {
        return subject.local_brought.all.contains(group);
    };
    if (wanted.local_groups)
        take_delta(subject, "local_groups",
                   compare_memberships(TRY(parts_.store.groups().local_of_user(user.id, now_)),
                                       *wanted.local_groups, rule));
    if (!wanted.groups) return {};
    auto now = TRY(parts_.store.groups().of_user(user.id, now_));
    std::erase_if(now, [](const store::Membership& membership) { return !membership.direct; });
    for (auto& membership : now) {
        membership.until = membership.direct_until;
        if (const auto at = renamed_groups_.find(membership.name); at != renamed_groups_.end())
            membership.name = at->second;
    }
    rule.is_governed_elsewhere = [&](std::string_view group) {
        return governed_.contains(group) || subject.brought.all.contains(group);
    };
    take_delta(subject, "groups", compare_memberships(now, *wanted.groups, rule));
    return {};
}

void Planner::take_delta(Subject& subject, const char* field, const MembershipDelta& delta) {
    subject.plan.kept.insert(subject.plan.kept.end(), delta.kept.begin(), delta.kept.end());
    if (delta.empty()) return;
    const auto add = without(delta.add, delta.make_standing);
    if (!add.empty()) subject.fields[fmt::format("{}_add", field)] = add;
    if (!delta.remove.empty()) subject.fields[fmt::format("{}_remove", field)] = delta.remove;
    for (const auto& group : delta.make_standing)
        step(members_then, false, subject.wanted.name,
             [this, group, member = fmt::format("id:{}", subject.user.id.value)]() -> Result<void> {
                 TRY(parts_.directory.add_members(actor_, group, {member}, std::nullopt, change_options()));
                 return {};
             });
    subject.plan.changes.push_back({field, {}, {}, delta.add, delta.remove});
}

// Who is listed again after a removal of ours comes back.
void Planner::compare_state(Subject& subject) {
    const auto& user = subject.user;
    const auto id = user.id;
    const auto wanted = subject.wanted.state;
    const bool comes_back = wanted == WantedState::unmanaged && was_removed_by_us(user);
    const auto change = [&](const char* to, auto call) {
        subject.plan.changes.push_back({"state", std::string(to_word(user.state)), std::string(to), {}, {}});
        step(users_then, false, subject.wanted.name, [this, id, call]() -> Result<void> {
            TRY(call(parts_.directory, actor_, id, change_options()));
            return {};
        });
    };
    if (wanted == WantedState::suspended && user.state != UserState::suspended) {
        change("suspended",
               [](Directory& directory, const Actor& actor, ObjectId whom, const ChangeOptions& how) {
                   return directory.suspend_user(actor, whom, "state file", std::nullopt, how);
               });
    } else if (wanted == WantedState::active && user.state == UserState::pending) {
        change("active",
               [](Directory& directory, const Actor& actor, ObjectId whom, const ChangeOptions& how) {
                   return directory.approve_user(actor, whom, "state file", how);
               });
    } else if (comes_back || (wanted == WantedState::active && user.state == UserState::suspended)) {
        change("active",
               [](Directory& directory, const Actor& actor, ObjectId whom, const ChangeOptions& how) {
                   return directory.resume_user(actor, whom, "state file", how);
               });
    }
}

}  // namespace userd::state
