// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <tuple>

#include "daemon/directory/email.h"
#include "daemon/mirror/settler.h"
#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "daemon/store/retired.h"
#include "daemon/store/roles.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

using store::Retired;

// What the server owns of an account, and what follows from it.
auto told(const User& user) {
    return std::tie(user.name, user.uid, user.primary_group, user.first_name, user.last_name,
                    user.display_name, user.email, user.phone, user.shell, user.home, user.state,
                    user.state_reason, user.suspended_until, user.expires_there);
}

User new_user(ObjectId id, const std::string& tag, const Config& config, Time now) {
    User user;
    user.id = id;
    user.state = UserState::active;
    user.notify = "all";
    user.source = tag;
    user.metadata = "{}";
    user.created_by = tag;
    user.created_at = user.updated_at = now;
    user.enrol_until = now + config.mfa.enrol_window;
    user.user_class = config.users.user_class;
    return user;
}

}  // namespace

// Whose entry is gone, or lost, makes way for who was given its name or number anew, and leaves nothing.
Result<bool> Settler::may_be_removed(const store::RemoteClaim& claim, const Claimant& claimant) {
    using Kind = store::RemoteClaim::Kind;
    if (claim.source != tag_ || (claim.kind != Kind::user && claim.kind != Kind::group)) return false;
    if (claim.kind == Kind::user) {
        const auto entry = TRY(remote_.find_by_user(claim.id));
        return !entry || entry->vanished_at;
    }
    const auto entry = TRY(remote_.find_by_group(claim.id));
    if (entry && !entry->vanished_at) return false;
    const auto group = TRY(store_.groups().find(claim.id));
    if (!group || !TRY(is_needed(*group))) return true;
    // Its users go over to the group that has its number now; a role that names it does not.
    return claimant.is_group && claim.number == claimant.number &&
           TRY(store_.roles().naming_group(claim.id)).empty();
}

Result<Objection> Settler::clear_the_way(const Claimant& claimant) {
    auto claims = TRY(remote_.claims(claimant.name, claimant.number, claimant.is_group, tag_, parts_.now));
    std::erase_if(claims, [&](const auto& claim) { return !is_in_the_way(claim, claimant); });
    for (const auto& claim : claims)
        if (!TRY(may_be_removed(claim, claimant))) return object_to(claim, claimant);
    for (const auto& claim : claims) TRY(remove(claim));
    return Objection{};
}

// Who may be removed. A group that is needed stays, for the one that replaces it.
Result<void> Settler::remove(const store::RemoteClaim& claim) {
    if (claim.kind == store::RemoteClaim::Kind::user) {
        const auto user = TRY(store_.users().find(claim.id));
        const auto entry = TRY(remote_.find_by_user(claim.id));
        if (user) TRY(delete_user(*user, entry ? entry->id : 0));
    } else if (const auto group = TRY(store_.groups().find(claim.id)); group && !TRY(is_needed(*group))) {
        const auto entry = TRY(remote_.find_by_group(claim.id));
        TRY(delete_group(*group, entry ? entry->id : 0));
    }
    return {};
}

Result<void> Settler::settle_user(store::RemoteEntry entry, const wire::LdapEntry& facts) {
    const auto before = entry.user ? TRY(store_.users().find(entry.user)) : std::nullopt;
    if (!before) entry.user = {};
    return settle_user(std::move(entry), facts, before);
}

Result<void> Settler::settle_user(store::RemoteEntry entry, const wire::LdapEntry& facts,
                                  const std::optional<User>& before) {
    auto objection = entry.is_refused ? Objection{entry.problem, entry.detail}
                                      : object_to(facts.name, facts.number, parts_.source, parts_.config,
                                                  parts_.directory.host());
    const bool is_private = facts.gid == facts.number;
    ObjectId primary;
    if (!objection && !is_private) {
        primary = TRY(group_of_gid(facts.gid));
        if (!primary)
            objection = {"no-group",
                         fmt::format("no group of {} that is here has the gidNumber {}", tag_, facts.gid)};
    }
    // A refresh may have been cut between the two.
    if (!objection && facts.has_totp && !TRY(store_.credentials().has_entry_totp(entry.id)))
        objection = {"bad-value", "the secret of its one-time codes has not come"};
    const bool is_as_before = before && before->name == facts.name && before->uid == facts.number &&
                              !before->primary_group == is_private;
    if (!objection && !is_as_before) {
        objection = TRY(clear_the_way({false, is_private, entry.user, facts.name, facts.number, tag_}));
        if (objection && TRY(exchange(entry, facts, before, std::nullopt))) return {};
    }

    const auto barred = facts.is_disabled ? Barred::disabled : Barred::no;
    if (objection) {
        if (before) {
            auto user = *before;
            const bool changed_state = TRY(bar_user(user, barred, entry));
            TRY(write_user(before, std::move(user), changed_state));
        }
        return quarantine(std::move(entry), objection);
    }
    entry.problem.clear();
    entry.detail.clear();
    entry.problem_at.reset();
    auto user = before ? *before : new_user(parts_.ids.next(), tag_, parts_.config, parts_.now);
    user.name = facts.name;
    user.uid = facts.number;
    user.primary_group = primary;
    take_facts(user, facts, parts_.source, parts_.config, parts_.directory.host());
    const bool changed_state = TRY(bar_user(user, barred, entry));
    if (before) keep_end(*before, user, entry);
    entry.user = user.id;
    TRY(write_user(before, user, changed_state));
    TRY(settle_totp(entry, facts, user));
    TRY(remote_.settled(entry));
    return let_in_waiting(user.id, {}, entry.dn, user.name);
}

Result<ObjectId> Settler::group_of_gid(std::uint32_t gid) {
    if (const auto known = groups_of_gids_.find(gid); known != groups_of_gids_.end()) return known->second;
    const auto group = TRY(remote_.group_of_gid(parts_.row.id, gid)).value_or(ObjectId{});
    return groups_of_gids_[gid] = group;
}

// Where the server has the secret of somebody's codes, no other counts. The last step that was used stays.
Result<void> Settler::settle_totp(const store::RemoteEntry& entry, const wire::LdapEntry& facts,
                                  const User& user) {
    auto& table = store_.credentials();
    bool counted = true;
    if (!facts.has_totp) {
        if (!TRY(table.remove_entry_totp(entry.id))) return {};
        TRY(table.remove_totp(user.id));
    } else {
        const auto secret = TRY(table.find_entry_totp(entry.id));
        if (!secret) return {};  // it was sealed under a key that is not here: so is the one that counts
        const auto known = TRY(table.find_totp(user.id));
        if (known && known->secret && equal(*known->secret, *secret)) return {};
        counted = known.has_value();
        TRY(table.put_totp(user.id, *secret, store::TotpShape{}, 0, parts_.now));
        TRY(table.remove_pending_totp(user.id));
    }
    ++parts_.tally.codes_changed;
    parts_.tally.name(user.name);
    if (counted) tell(false, user.uid, "credentials");
    return {};
}

Result<bool> Settler::bar_user(User& user, Barred barred, store::RemoteEntry& entry) {
    if (parts_.gently && barred != Barred::no && user.state == UserState::active) {
        entry.problem = "last-admin";
        entry.detail = "the server disables the account, and afterwards no admin could log in";
        entry.problem_at = parts_.now;
        return false;
    }
    return bar(user, barred);
}

// An end to come is none to the rule that some admin can log in for good.
void Settler::keep_end(const User& before, User& user, store::RemoteEntry& entry) const {
    const auto old = end_of(before), fresh = end_of(user);
    if (!parts_.gently || user.state != UserState::active || !fresh || (old && *old <= *fresh)) return;
    user.expires_there = before.expires_there;
    entry.problem = "last-admin";
    entry.detail = "the server ends the account, and afterwards no admin could log in";
    entry.problem_at = parts_.now;
}

Result<void> Settler::write_user(const std::optional<User>& before, User user, bool changed_state) {
    if (before && told(*before) == told(user)) return {};
    auto& tally = parts_.tally;
    auto& retired = store_.retired();
    user.generation = TRY(generation());
    user.updated_at = parts_.now;
    const auto folded = TRY(Email::parse(user.email, {})).folded;
    if (!before) {
        TRY(give_again(Retired::Kind::user, user.uid));
        TRY(store_.users().insert(user, folded));
        ++tally.users_created;
        tell(false, user.uid, "created");
    } else {
        const bool is_renamed = before->name != user.name;
        if (before->uid != user.uid) {
            TRY(give_again(Retired::Kind::user, user.uid));
            TRY(retired.bury(Retired::Kind::user, before->uid, before->name, user.id, parts_.now,
                             user.generation, tag_));
            TRY(store_.groups().touch_of_user(user.id, user.generation));
        }
        TRY(store_.users().update(user, folded));
        if (is_renamed || before->uid != user.uid) {
            // Groups tell their members by name, and name them so.
            TRY(store_.groups().touch_of_user(user.id, user.generation));
            TRY(remote_.requeue_groups_of(parts_.row.id, user.id));
            TRY(remote_.requeue_claim(before->name, before->uid));
            list_is_old_ = true;
        }
        if (changed_state) {
            const bool is_out = user.state == UserState::suspended;
            ++(is_out ? tally.users_suspended : tally.users_resumed);
            tell(false, user.uid, is_out ? "suspended" : "resumed");
        } else {
            ++tally.users_changed;
            tell(false, user.uid, is_renamed ? "renamed" : "updated");
        }
    }
    tally.name(user.name);
    return {};
}

Result<void> Settler::delete_user(const User& user, std::int64_t entry) {
    const auto now = TRY(generation());
    for (const auto& membership : TRY(store_.groups().of_user(user.id, parts_.now)))
        tell(true, membership.gid, "members");
    TRY(remote_.requeue_groups_of(parts_.row.id, user.id));
    TRY(store_.retired().bury(Retired::Kind::user, user.uid, user.name, user.id, parts_.now, now, tag_));
    TRY(store_.users().remove(user.id));
    if (entry != 0) TRY(remote_.forget(entry));
    TRY(remote_.requeue_claim(user.name, user.uid));
    list_is_old_ = true;
    ++parts_.tally.users_deleted;
    parts_.tally.name(user.name);
    tell(false, user.uid, "deleted");
    return {};
}

}  // namespace userd
