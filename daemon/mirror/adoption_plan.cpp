// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/adoption_plan.h"

#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/email.h"
#include "daemon/mirror/judge.h"
#include "daemon/model/origin.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

using store::RemoteKind;
using store::RemoteTurn;

Error no(std::string message, std::string hint) {
    return {Errc::policy_violation, std::move(message), std::move(hint), {}};
}

std::string label(const store::Remote::Holder& holder) {
    return holder.group ? "group:" + holder.name : holder.name;
}

void clear_problem(store::RemoteEntry& entry, RemoteTurn turn) {
    entry.problem.clear();
    entry.detail.clear();
    entry.problem_at.reset();
    entry.turn = turn;
}

}  // namespace

void AdoptionPlan::refuse(std::string name, std::uint32_t uid, const Error& why) {
    if (!first_refusal_) first_refusal_ = why;
    Fields row{{"name", std::move(name)}, {"deed", std::string("refused")}};
    if (uid != 0) row["uid"] = std::int64_t{uid};
    row["note"] = why.hint.empty() ? why.message : fmt::format("{}; try: {}", why.message, why.hint);
    refused_.push_back(std::move(row));
}

Result<void> AdoptionPlan::choose(const std::vector<std::string>& targets) {
    of_all_ = targets.empty();
    for (const auto& target : targets) {
        auto user = parts_.directory.get_user(target);
        if (user)
            TRY(choose_user(*std::move(user)));
        else if (user.error().code == Errc::no_such_user)
            refuse(escaped(target), 0, user.error());
        else
            return fail(std::move(user).error());
    }
    if (of_all_)
        for (const auto id : TRY(parts_.store.remote().rivals(parts_.row.id, RemoteKind::user)))
            if (auto user = TRY(parts_.store.users().find(id))) TRY(choose_user(*std::move(user)));
    TRY(choose_groups());
    while (TRY(narrow())) {
    }
    return {};
}

Result<void> AdoptionPlan::choose_user(User user) {
    if (user.source == parts_.row.tag) {
        unchanged_.push_back(
            {{"name", user.name}, {"uid", std::int64_t{user.uid}}, {"deed", std::string("unchanged")}});
        return {};
    }
    store::RemoteEntry entry;
    if (const auto why = TRY(object_to_user(user, entry)))
        refuse(user.name, user.uid, *why);
    else
        users_.try_emplace(user.id, UserPair{std::move(user), std::move(entry), {}});
    return {};
}

Result<AdoptionPlan::Reason> AdoptionPlan::object_to_user(const User& user, store::RemoteEntry& entry) {
    if (is_mirrored(user))
        return Reason(
            no(fmt::format("{} is of the directory server {}", user.name, server_of(user.source)), {}));
    if (user.state == UserState::pending)
        return Reason(no(fmt::format("{} waits to be approved", user.name),
                         fmt::format("userctl approve {0}, or userctl reject {0}", user.name)));
    const auto adoption = TRY(parts_.store.adoptions().find(user.id, AdoptedThing::passwd));
    if (adoption && adoption->state != AdoptionState::taken)
        return Reason(no(fmt::format("{} is half in /etc/passwd still", user.name),
                         fmt::format("userctl adopt passwd {}", user.name)));
    return match(RemoteKind::user, user.name, user.uid, user.gid, entry);
}

Result<AdoptionPlan::Reason> AdoptionPlan::match(RemoteKind kind, std::string_view name, std::uint32_t number,
                                                 std::uint32_t gid, store::RemoteEntry& entry) {
    const bool is_user = kind == RemoteKind::user;
    const auto& server = parts_.source.name;
    const auto look = fmt::format("userctl ldap quarantine {}", server);
    auto found = TRY(parts_.store.remote().left_out(parts_.row.id, kind, name));
    if (found.empty())
        return Reason(
            no(fmt::format("{} has no {} {} that could be had", server, is_user ? "user" : "group", name),
               look));
    if (found.size() > 1)
        return Reason(no(fmt::format("{} has {} more than once: {} and {}", server, name,
                                     escaped(found[0].dn), escaped(found[1].dn)),
                         "leaving one of them there"));
    entry = std::move(found.front());
    const auto differs = [&](std::string_view what, std::uint32_t here, std::uint32_t there) {
        return Reason(no(fmt::format("the {} of {} is {} here and {} on {}", what, name, here, there, server),
                         fmt::format("the same number on {0}, then userctl ldap sync {0}", server)));
    };
    if (entry.number != number) return differs(is_user ? "uid" : "gid", number, entry.number);
    if (is_user && entry.gid != gid) return differs("primary gid", gid, entry.gid);
    if (entry.is_refused)
        return Reason(no(fmt::format("{}: {} ({})", name, escaped(entry.detail), entry.problem), look));
    if (const auto objection = object_to(name, number, parts_.source, parts_.config, parts_.directory.host()))
        return Reason(no(fmt::format("{}: {} ({})", name, objection.detail, objection.problem), look));
    return Reason();
}

// Of users that are named, the groups they are in; all others stay without a word.
Result<void> AdoptionPlan::choose_groups() {
    for (const auto id : TRY(parts_.store.remote().rivals(parts_.row.id, RemoteKind::group))) {
        auto group = TRY(parts_.store.groups().find(id));
        if (!group) continue;
        GroupPair pair{*std::move(group), {}, TRY(parts_.store.remote().holders(id))};
        const bool is_theirs = std::any_of(pair.holders.begin(), pair.holders.end(),
                                           [&](const auto& holder) { return users_.contains(holder.user); });
        if (!of_all_ && !is_theirs) continue;
        const auto why = TRY(match(RemoteKind::group, pair.group.name, pair.group.gid, 0, pair.entry));
        const auto at = groups_.try_emplace(id, std::move(pair)).first;
        if (why) leave(at->first, *why);
    }
    return {};
}

void AdoptionPlan::leave(ObjectId id, const Error& why) {
    const auto at = groups_.find(id);
    if (of_all_) refuse("group:" + at->second.group.name, 0, why);
    why_left_.emplace(id, why);
    groups_.erase(at);
}

bool AdoptionPlan::stays(const store::Remote::Holder& holder) const {
    if (holder.source == parts_.row.tag) return false;
    return !users_.contains(holder.user) && !groups_.contains(holder.group);
}

AdoptionPlan::Reason AdoptionPlan::object_to_holders(const GroupPair& pair) const {
    for (const auto& holder : pair.holders) {
        if (holder.has_end)
            return no(fmt::format("{} is in {} for a time only, which a directory server knows nothing of",
                                  label(holder), pair.group.name),
                      fmt::format("userctl group remove {} {}", pair.group.name, label(holder)));
        if (stays(holder))
            return no(fmt::format("{} is in {}, and does not come along", label(holder), pair.group.name),
                      holder.group
                          ? fmt::format("userctl group remove {} {}", pair.group.name, label(holder))
                          : fmt::format("userctl ldap adopt {} {}", parts_.source.name, holder.name));
    }
    return {};
}

Result<AdoptionPlan::Reason> AdoptionPlan::object_to_primary(const User& user) {
    if (!user.primary_group || groups_.contains(user.primary_group)) return Reason();
    const auto group = TRY(parts_.store.groups().find(user.primary_group));
    if (!group || group->source == parts_.row.tag) return Reason();
    const auto why = why_left_.find(group->id);
    return Reason(
        no(fmt::format("the primary group of {}, {}, stays: {}", user.name, group->name,
                       why != why_left_.end() ? why->second.message
                                              : fmt::format("{} has no such group", parts_.source.name)),
           why != why_left_.end() ? why->second.hint
                                  : fmt::format("userctl ldap quarantine {}", parts_.source.name)));
}

// Who stays keeps others back, who may keep others back in turn. True: somebody was kept.
Result<bool> AdoptionPlan::narrow() {
    std::vector<std::pair<ObjectId, Error>> left;
    for (const auto& [id, pair] : groups_)
        if (auto why = object_to_holders(pair)) left.emplace_back(id, *std::move(why));
    for (const auto& [id, why] : left) leave(id, why);
    std::vector<std::pair<ObjectId, Error>> kept;
    for (const auto& [id, pair] : users_)
        if (auto why = TRY(object_to_primary(pair.user))) kept.emplace_back(id, *std::move(why));
    for (const auto& [id, why] : kept) {
        const auto at = users_.find(id);
        refuse(at->second.user.name, at->second.user.uid, why);
        users_.erase(at);
    }
    return !left.empty() || !kept.empty();
}

Result<void> AdoptionPlan::carry_out(std::uint64_t generation, const std::function<void()>& got_on) {
    for (auto& [id, pair] : groups_) {
        TRY(hand_over(pair, generation));
        got_on();
    }
    for (auto& [id, pair] : users_) {
        TRY(hand_over(pair, generation));
        got_on();
    }
    return {};
}

Result<void> AdoptionPlan::hand_over(GroupPair& pair, std::uint64_t generation) {
    auto& group = pair.group;
    auto& remote = parts_.store.remote();
    group.source = parts_.row.tag;
    group.set.clear();
    group.generation = generation;
    group.updated_at = parts_.now;
    TRY(parts_.store.groups().update(group));
    TRY(parts_.store.groups().set_administrators(group.id, {}));
    clear_problem(pair.entry, RemoteTurn::group);
    pair.entry.group = group.id;
    TRY(remote.settled(pair.entry));
    return remote.requeue_gid(parts_.row.id, group.gid);
}

// The hash goes to the server's side of things: what verified a password here does so while the server is
// away, for as long as any that it found right.
Result<void> AdoptionPlan::hand_over(UserPair& pair, std::uint64_t generation) {
    auto& user = pair.user;
    auto& remote = parts_.store.remote();
    auto& credentials = parts_.store.credentials();
    user.source = parts_.row.tag;
    user.set.clear();
    user.generation = generation;
    user.updated_at = parts_.now;
    const auto email = TRY(Email::parse(user.email, {}));
    TRY(parts_.store.users().update(user, email.folded));
    if (const auto password = TRY(credentials.find_password(user.id))) {
        if (!password->hash.starts_with("$argon2id$"))
            pair.note = "no login while the server is away until there was one with it";
        else if (parts_.source.offline_max_age > Duration{})
            TRY(credentials.put_offline_password(user.id, password->hash, parts_.now));
        TRY(credentials.remove_password(user.id));
    }
    TRY(credentials.remember_password(user.id, {}, 0, parts_.now));
    TRY(parts_.store.adoptions().remove(user.id, AdoptedThing::passwd));
    clear_problem(pair.entry, RemoteTurn::user);
    pair.entry.user = user.id;
    TRY(remote.settled(pair.entry));
    return remote.requeue_claim(user.name, user.uid);
}

Result<void> AdoptionPlan::check_settled() const {
    const auto check = [&](const store::RemoteEntry& bound) -> Result<void> {
        const auto entry = TRY(parts_.store.remote().find(bound.id));
        if (entry && entry->problem.empty() && entry->user == bound.user && entry->group == bound.group)
            return {};
        return fail(
            Error{Errc::policy_violation,
                  fmt::format("{} cannot be adopted: {}", bound.name,
                              entry ? escaped(entry->detail) : "its entry is gone"),
                  fmt::format("the others by their names: userctl ldap adopt {} USER…", parts_.source.name),
                  {}});
    };
    for (const auto& [id, pair] : groups_) TRY(check(pair.entry));
    for (const auto& [id, pair] : users_) TRY(check(pair.entry));
    return {};
}

std::vector<AdoptionPlan::Taken> AdoptionPlan::taken() const {
    std::vector<Taken> all;
    for (const auto& [id, pair] : users_) all.push_back({"user:" + pair.user.name, id, false, pair.user.uid});
    for (const auto& [id, pair] : groups_)
        all.push_back({"group:" + pair.group.name, id, true, pair.group.gid});
    return all;
}

std::vector<Fields> AdoptionPlan::rows() const {
    std::vector<Fields> done = unchanged_;
    for (const auto& [id, pair] : users_) {
        Fields row{
            {"name", pair.user.name}, {"uid", std::int64_t{pair.user.uid}}, {"deed", std::string("adopted")}};
        if (!pair.note.empty()) row["note"] = pair.note;
        done.push_back(std::move(row));
    }
    for (const auto& [id, pair] : groups_)
        done.push_back({{"name", "group:" + pair.group.name}, {"deed", std::string("adopted")}});
    const auto name = [](const Fields& row) { return std::get<std::string>(row.at("name")); };
    std::sort(done.begin(), done.end(), [&](const Fields& a, const Fields& b) { return name(a) < name(b); });
    std::vector<Fields> all = refused_;
    std::move(done.begin(), done.end(), std::back_inserter(all));
    return all;
}

}  // namespace userd
