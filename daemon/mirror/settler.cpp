// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/settler.h"

#include <sodium.h>

#include "daemon/directory/object_id.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

constexpr std::uint64_t at_once = 64;

}  // namespace

ObjectId IdRun::next() {
    constexpr unsigned length = 4096;
    if (left_ == 0) {
        do last_ = new_object_id().value;
        while (last_ > INT64_MAX - std::int64_t{length} * 256);
        left_ = length;
    }
    if (left_ % steps_.size() == 0) randombytes_buf(steps_.data(), steps_.size());
    --left_;
    last_ += 1 + steps_[left_ % steps_.size()];
    return ObjectId{last_};
}

Settler::Settler(const Parts& parts)
    : parts_(parts),
      store_(parts.store),
      remote_(parts.store.remote()),
      tag_(parts.row.tag),
      enrolments_(parts.store, parts.config, parts.now) {}

Result<std::uint64_t> Settler::generation() {
    if (generation_ == 0) generation_ = TRY(store_.raise_generation());
    return generation_;
}

void Settler::tell(bool is_group, std::uint32_t number, std::string change) {
    const bool matters =
        change == "suspended" || change == "resumed" || change == "deleted" || change == "credentials";
    if (parts_.tells_all || matters) parts_.directory.note({is_group, number, std::move(change)});
}

// Lookups may know the number as somebody else's, who was in groups: a change of what they know would leave
// the new one in them, so they get a new base.
Result<void> Settler::give_again(store::Retired::Kind kind, std::uint32_t number) {
    if (!TRY(store_.retired().unbury(kind, number, tag_))) return {};
    return store_.groups().forget_removed(TRY(generation()));
}

Result<bool> Settler::settle_pending(Deadline deadline) {
    for (;;) {
        auto entries = TRY(remote_.pending(parts_.row.id, at_once));
        if (entries.empty()) {
            if (!nestings_ended_) return true;
            TRY(requeue_circles());
            continue;
        }
        list_is_old_ = false;
        for (auto& entry : entries) {
            TRY(settle(std::move(entry)));
            if (std::chrono::steady_clock::now() >= deadline) return false;
            if (list_is_old_) break;
        }
    }
}

Result<void> Settler::requeue_circles() {
    if (!std::exchange(nestings_ended_, false)) return {};
    return remote_.requeue_circles(parts_.row.id);
}

Result<void> Settler::end_part() {
    TRY(requeue_circles());
    TRY(enrolments_.open());
    return {};
}

Result<void> Settler::settle(store::RemoteEntry entry) {
    const auto turn = std::exchange(entry.turn, store::RemoteTurn::none);
    if (entry.vanished_at || (entry.is_refused && !entry.user)) return remote_.settled(entry);
    if (turn == store::RemoteTurn::members) return settle_members(std::move(entry));
    const std::string frame = std::move(entry.frame);
    const auto facts = wire::decode_ldap_entry(frame);
    if (!facts || facts->is_group != (entry.kind == store::RemoteKind::group))
        return quarantine(std::move(entry), {"bad-entry", "what is stored of it cannot be read"});
    return facts->is_group ? settle_group(std::move(entry), *facts) : settle_user(std::move(entry), *facts);
}

// Who is here already stays as it was, but for its standing.
Result<void> Settler::quarantine(store::RemoteEntry entry, const Objection& objection) {
    if (entry.problem != objection.problem) {
        entry.problem_at = parts_.now;
        ++parts_.tally.quarantined;
        parts_.tally.name(entry.kind == store::RemoteKind::group ? "group:" + entry.name : entry.name);
    }
    entry.problem = objection.problem;
    entry.detail = objection.detail;
    return remote_.settled(entry);
}

Result<void> Settler::take_away(std::int64_t id, bool hold) {
    auto found = TRY(remote_.find(id));
    if (!found || found->vanished_at) return {};
    auto& entry = *found;
    if (!entry.user && !entry.group) {
        list_is_old_ = true;
        return remote_.forget(id);
    }
    if (hold) {
        if (!entry.missing_at) ++parts_.tally.held;
        return remote_.set_gone(id, entry.missing_at.value_or(parts_.now), std::nullopt);
    }
    if (entry.group) return take_away_group(std::move(entry));
    return keep_out(entry);
}

Result<void> Settler::keep_out(const store::RemoteEntry& entry) {
    const auto before = TRY(store_.users().find(entry.user));
    if (!before) return remote_.forget(entry.id);
    auto user = *before;
    if (parts_.gently && user.state == UserState::active) {
        if (!entry.missing_at) ++parts_.tally.held;
        return remote_.set_gone(entry.id, entry.missing_at.value_or(parts_.now), std::nullopt);
    }
    const bool changed_state = bar(user, Barred::vanished);
    TRY(write_user(before, std::move(user), changed_state));
    // Who waits for the name or the number is more than who left them.
    TRY(remote_.requeue_claim(before->name, before->uid));
    return remote_.set_gone(entry.id, std::nullopt, entry.vanished_at.value_or(parts_.now));
}

Result<void> Settler::end(const store::RemoteEntry& entry) {
    if (entry.group) return {};  // kept for its users
    const auto user = TRY(store_.users().find(entry.user));
    if (!user) return remote_.forget(entry.id);
    return delete_user(*user, entry.id);
}

Result<void> Settler::tidy() {
    TRY(drop_unneeded_groups());
    return settle_mapped();
}

}  // namespace userd
