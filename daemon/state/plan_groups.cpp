// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "daemon/directory/fields.h"
#include "daemon/model/origin.h"
#include "daemon/state/planner.h"
#include "daemon/store/roles.h"
#include "daemon/store/store.h"

namespace userd::state {

namespace {

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

Value field_in(const Fields& record, std::string_view name) {
    const auto at = record.find(name);
    return at == record.end() ? Value() : at->second;
}

// "group:web" and "web" are one: users and groups share their names.
std::string bare(std::string_view member) {
    constexpr std::string_view mark = "group:";
    return std::string(member.starts_with(mark) ? member.substr(mark.size()) : member);
}

std::string target(ObjectId id) {
    return fmt::format("id:{}", id.value);
}

}  // namespace

Result<void> Planner::plan_group(const WantedGroup& wanted) {
    auto group = TRY(parts_.store.groups().find_by_name(wanted.name));
    ObjectPlan object{.is_group = true, .name = wanted.name};
    if (!group && !wanted.was.empty()) {
        group = TRY(parts_.store.groups().find_by_name(wanted.was));
        if (group) {
            object.was = wanted.was;
            renamed_groups_[wanted.was] = wanted.name;
        }
    }
    if (!group) {
        plan_new_group(wanted);
        return {};
    }
    return plan_group_change(wanted, *group, object);
}

void Planner::plan_new_group(const WantedGroup& wanted) {
    ObjectPlan object{.is_group = true, .name = wanted.name, .deed = Deed::create};
    for (const auto& [field, value] : wanted.fields) object.changes.push_back({field, {}, value, {}, {}});
    if (wanted.members && !wanted.members->empty())
        object.changes.push_back({"members", {}, *wanted.members, {}, {}});
    const bool is_pinned = wanted.fields.contains("gid");
    has_new_group_without_gid_ |= !is_pinned;
    step(is_pinned ? pinned_groups : groups_first, true, wanted.name, [this, &wanted]() -> Result<void> {
        Fields fields = wanted.fields;
        fields["set"] = wanted_.set;
        fields.erase("administrators");  // they may be users that do not exist yet
        TRY(parts_.directory.create_group(actor_, wanted.name, fields, change_options()));
        return {};
    });
    const auto administrators = wanted.fields.find("administrators");
    step(members_then, true, wanted.name, [this, &wanted, administrators]() -> Result<void> {
        const auto group = TRY(parts_.directory.get_group(wanted.name));
        if (administrators != wanted.fields.end())
            TRY(parts_.directory.update_group(actor_, group.id, {{"administrators", administrators->second}},
                                              change_options()));
        if (wanted.members && !wanted.members->empty())
            TRY(parts_.directory.add_members(actor_, target(group.id), *wanted.members, std::nullopt,
                                             change_options()));
        return {};
    });
    finish(std::move(object));
}

Result<void> Planner::plan_group_change(const WantedGroup& wanted, const Group& group, ObjectPlan& object) {
    FieldChange takes_over;
    if (!is_ours(group, wanted.name)) return {};
    if (!belongs(true, wanted.name, group.set, takes_over)) return {};
    Fields fields, late, plain;
    if (!takes_over.field.empty()) {
        fields["set"] = wanted_.set;
        object.changes.push_back(takes_over);
    }
    for (const auto& [field, value] : wanted.fields) {
        if (field == "gid") {
            if (value != Value(std::int64_t{group.gid}))
                problem(true, wanted.name,
                        Error{Errc::invalid,
                              fmt::format("the gid of {} is {} and cannot change", wanted.name, group.gid),
                              "", "gid"});
        } else if (field == "administrators") {
            const auto now = TRY(parts_.store.groups().administrators(group.id));
            const auto* list = std::get_if<std::vector<std::string>>(&value);
            const auto then = list == nullptr ? std::vector<std::string>() : sorted(*list);
            if (sorted(now) == then) continue;
            late["administrators"] = then;
            object.changes.push_back({field, now, then, {}, {}});
        } else {
            plain[field] = value;
        }
    }
    GroupDraft draft{.group = group};
    if (auto read = apply_fields(draft, plain, Purpose::change); !read)
        problem(true, wanted.name, std::move(read).error());
    const Fields before = row_record(group), after = row_record(draft.group);
    for (const auto& [field, value] : plain) {
        const auto then = field_in(before, field), now = field_in(after, field);
        if (then == now) continue;
        fields[field] = value;
        object.changes.push_back({field, then, now, {}, {}});
    }
    const auto id = group.id;
    if (!object.was.empty())
        step(groups_first, true, wanted.name, [this, id, &wanted]() -> Result<void> {
            TRY(parts_.directory.rename_group(actor_, id, wanted.name, change_options()));
            return {};
        });
    for (auto& [phase, changed] : {std::pair(groups_first, fields), std::pair(members_then, late)})
        if (!changed.empty())
            step(phase, true, wanted.name, [this, id, changed = changed]() -> Result<void> {
                TRY(parts_.directory.update_group(actor_, id, changed, change_options()));
                return {};
            });
    TRY(plan_members(wanted, group, object));
    finish(std::move(object));
    return {};
}

Result<void> Planner::plan_members(const WantedGroup& wanted, const Group& group, ObjectPlan& object) {
    if (!wanted.members) return {};
    std::vector<store::Membership> now;          // seen from the group: members in place of groups
    std::set<std::string, std::less<>> brought;  // by roles, with which they go
    for (auto& member : TRY(parts_.store.groups().direct_members(group.id, now_, 0, INT64_MAX)).members) {
        const auto& renamed = member.user ? renamed_users_ : renamed_groups_;
        const auto at = renamed.find(member.name);
        now.push_back({{}, at == renamed.end() ? member.name : at->second, 0, member.until, true, {}});
        if (member.user && TRY(parts_.store.roles().brings(member.user, {group.id, group.name})))
            brought.insert(now.back().name);
    }
    std::vector<std::string> then;
    for (const auto& member : *wanted.members) then.push_back(bare(member));
    MembershipRule rule{wanted_.only_add_memberships, options_.strict, {}};
    rule.is_governed_elsewhere = [&](std::string_view member) { return brought.contains(member); };
    const auto delta = compare_memberships(now, then, rule);
    object.kept = delta.kept;
    if (delta.empty()) return {};
    object.changes.push_back({"members", {}, {}, delta.add, delta.remove});
    step(members_then, true, wanted.name, [this, id = target(group.id), delta]() -> Result<void> {
        if (!delta.add.empty())
            TRY(parts_.directory.add_members(actor_, id, delta.add, std::nullopt, change_options()));
        if (!delta.remove.empty())
            TRY(parts_.directory.remove_members(actor_, id, delta.remove, change_options()));
        return {};
    });
    return {};
}

// A group that is not listed any more goes when it is empty: taking it away from its members is not asked.
Result<void> Planner::prune_groups() {
    std::set<std::string_view> listed;
    for (const auto& group : wanted_.groups) {
        listed.insert(group.name);
        listed.insert(group.was);
    }
    store::GroupFilter filter;
    filter.set = wanted_.set;
    for (const auto& group : TRY(parts_.store.groups().list(filter, 0, INT64_MAX)).groups) {
        if (listed.contains(group.name) || is_mirrored(group)) continue;
        const auto members = TRY(parts_.store.groups().direct_members(group.id, now_, 0, 1)).total;
        if (members > 0) {
            if (!options_.prune) continue;
            plan_.notes.push_back(
                fmt::format("the group {} is no longer listed, and stays: it has members", group.name));
            continue;
        }
        ObjectPlan object{
            .is_group = true, .name = group.name, .deed = Deed::remove, .why = "no longer listed"};
        object.needs_prune = !options_.prune;
        if (options_.prune)
            step(removals_last, true, "", [this, id = group.id]() -> Result<void> {
                TRY(parts_.directory.delete_group(actor_, id, change_options()));
                return {};
            });
        finish(std::move(object));
    }
    return {};
}

}  // namespace userd::state
