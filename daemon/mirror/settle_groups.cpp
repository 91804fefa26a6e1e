// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/plain_text.h"
#include "daemon/mirror/settler.h"
#include "daemon/store/groups.h"
#include "daemon/store/retired.h"
#include "daemon/store/roles.h"
#include "daemon/store/users.h"

namespace userd {

using store::Retired;

Result<void> Settler::settle_group(store::RemoteEntry entry, const wire::LdapEntry& facts) {
    const auto before = entry.group ? TRY(store_.groups().find(entry.group)) : std::nullopt;
    if (!before) entry.group = {};
    return settle_group(std::move(entry), facts, before);
}

Result<void> Settler::settle_group(store::RemoteEntry entry, const wire::LdapEntry& facts,
                                   const std::optional<Group>& before) {
    groups_of_gids_.clear();
    auto objection = entry.is_refused ? Objection{entry.problem, entry.detail}
                                      : object_to(facts.name, facts.number, parts_.source, parts_.config,
                                                  parts_.directory.host());
    const Claimant claimant{true, false, entry.group, facts.name, facts.number, tag_};
    if (!objection && !(before && before->name == facts.name && before->gid == facts.number)) {
        objection = TRY(clear_the_way(claimant));
        if (objection && TRY(exchange(entry, facts, std::nullopt, before))) return {};
    }
    if (objection) return quarantine(std::move(entry), objection);

    auto group = before.value_or(Group{});
    if (!before) {
        group.id = parts_.ids.next();
        group.source = tag_;
        group.created_at = parts_.now;
    }
    group.name = facts.name;
    group.gid = facts.number;
    const auto description = parse_line(facts.description, "description");
    group.description = description ? *description : std::string();
    const bool has_new_number = !before || before->gid != group.gid;
    const auto in_place = has_new_number ? TRY(store_.groups().find_by_gid(group.gid)) : std::nullopt;
    if (in_place) {
        const auto old = TRY(remote_.find_by_group(in_place->id));
        TRY(replace_group(*in_place, old ? old->id : 0, before, group));
    } else {
        TRY(write_group(before, group));
    }
    entry.problem.clear();
    entry.detail.clear();
    entry.problem_at.reset();
    entry.group = group.id;
    entry.turn = store::RemoteTurn::members;
    TRY(remote_.settled(entry));
    if (has_new_number) TRY(remote_.requeue_gid(parts_.row.id, group.gid));
    if (has_new_number && before) {  // whose primary group it is, the number tells
        TRY(remote_.requeue_primary(parts_.row.id, group.id));
        list_is_old_ = true;
    }
    return let_in_waiting({}, group.id, entry.dn, {});
}

Result<void> Settler::write_group(const std::optional<Group>& before, Group group) {
    if (before && before->name == group.name && before->gid == group.gid &&
        before->description == group.description)
        return {};
    const auto now = TRY(generation());
    group.generation = now;
    group.updated_at = parts_.now;
    parts_.tally.name("group:" + group.name);
    auto& retired = store_.retired();
    if (!before) {
        TRY(give_again(Retired::Kind::group, group.gid));
        TRY(store_.groups().insert(group));
        ++parts_.tally.groups_created;
        tell(true, group.gid, "created");
        return {};
    }
    TRY(store_.groups().update(group));
    ++parts_.tally.groups_changed;
    tell(true, group.gid, before->name == group.name ? "updated" : "renamed");
    if (before->gid != group.gid) {
        TRY(give_again(Retired::Kind::group, group.gid));
        TRY(retired.bury(Retired::Kind::group, before->gid, before->name, group.id, parts_.now, now, tag_));
        TRY(store_.groups().touch_members(group.id, now));
        TRY(remote_.touch_primary(group.id, now));
    }
    if (before->gid != group.gid || before->name != group.name)
        TRY(remote_.requeue_claim(before->name, before->gid));
    return {};
}

// Users have it as their primary group, or a role names it: it stays, empty, until that is over.
Result<bool> Settler::is_needed(const Group& group) {
    return !TRY(store_.users().with_primary_group(group.id, 1)).empty() ||
           !TRY(store_.roles().naming_group(group.id)).empty();
}

Result<void> Settler::take_away_group(store::RemoteEntry entry) {
    groups_of_gids_.clear();
    const auto group = TRY(store_.groups().find(entry.group));
    if (!group) return remote_.forget(entry.id);
    TRY(empty_group(entry.id, *group));
    if (!TRY(is_needed(*group))) return delete_group(*group, entry.id);
    TRY(remote_.requeue_claim(group->name, group->gid));
    return remote_.set_gone(entry.id, std::nullopt, parts_.now);
}

Result<void> Settler::delete_group(const Group& group, std::int64_t entry) {
    const auto now = TRY(generation());
    TRY(remote_.requeue_groups_of(parts_.row.id, group.id));
    TRY(store_.retired().bury(Retired::Kind::group, group.gid, group.name, group.id, parts_.now, now, tag_));
    TRY(store_.groups().remove(group.id, now));
    forget_heights();
    groups_of_gids_.clear();
    if (entry != 0) TRY(remote_.forget(entry));
    TRY(remote_.requeue_claim(group.name, group.gid));
    nestings_ended_ = true;
    list_is_old_ = true;
    ++parts_.tally.groups_deleted;
    parts_.tally.name("group:" + group.name);
    tell(true, group.gid, "deleted");
    return {};
}

// The number was given to another group: whose primary group it is, is the server's to say, and it said so.
// All else that hung on the old one goes.
Result<void> Settler::replace_group(const Group& old, std::int64_t entry, const std::optional<Group>& before,
                                    const Group& group) {
    TRY(remote_.defer_references());
    TRY(delete_group(old, entry));
    TRY(write_group(before, group));
    const auto now = TRY(generation());
    return remote_.move_primary(old.id, group.id, now);
}

Result<void> Settler::drop_unneeded_groups() {
    for (const auto& entry : TRY(remote_.vanished_groups(parts_.row.id))) {
        const auto group = TRY(store_.groups().find(entry.group));
        if (group && !TRY(is_needed(*group))) TRY(delete_group(*group, entry.id));
    }
    return {};
}

}  // namespace userd
