// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/support/snapshot/memory_source.h"

namespace userd::test {

class MemorySource::Listing final : public PublicListing {
 public:
    explicit Listing(const State& state)
        : copy_(state), user_(copy_.users.begin()), group_(copy_.groups.begin()) {}
    std::uint64_t generation() const override { return copy_.generation; }
    Result<bool> next_user(PublicUser& user) override {
        if (user_ == copy_.users.end()) return false;
        user = copy_.complete((user_++)->second);
        return true;
    }
    Result<bool> next_group(PublicGroup& group) override {
        if (group_ == copy_.groups.end()) return false;
        group = copy_.complete((group_++)->second);
        return true;
    }

 private:
    const State copy_;
    std::map<std::uint32_t, PublicUser>::const_iterator user_;
    std::map<std::uint32_t, PublicGroup>::const_iterator group_;
};

PublicUser MemorySource::user(std::uint32_t uid, std::string_view name) {
    const std::string text(name);
    return {.uid = uid,
            .gid = uid,
            .name = text,
            .display_name = "Name " + text,
            .home = "/home/" + text,
            .shell = "/bin/bash",
            .groups = {}};
}

void MemorySource::put_user(PublicUser user) {
    const std::lock_guard lock(mutex_);
    user_changes_[user.uid] = next();
    const std::uint32_t uid = user.uid;
    state_.users.insert_or_assign(uid, std::move(user));
}

void MemorySource::remove_user(std::uint32_t uid) {
    const std::lock_guard lock(mutex_);
    user_changes_[uid] = next();
    state_.users.erase(uid);
    for (const auto& [gid, until] : state_.memberships[uid]) state_.members.erase({gid, uid});
    state_.memberships.erase(uid);
}

void MemorySource::put_group(std::uint32_t gid, std::string_view name, bool listed) {
    const std::lock_guard lock(mutex_);
    group_changes_[gid] = next();
    state_.groups[gid] = {.gid = gid, .name = std::string(name), .members = {}, .listed = listed};
}

void MemorySource::remove_group(std::uint32_t gid) {
    const std::lock_guard lock(mutex_);
    group_changes_[gid] = next();
    state_.groups.erase(gid);
    for (const auto& [uid, until] : members_of(gid)) {
        state_.members.erase({gid, uid});
        state_.memberships[uid].erase(gid);
    }
}

void MemorySource::join(std::uint32_t gid, std::uint32_t uid, std::int64_t until) {
    const std::lock_guard lock(mutex_);
    user_changes_[uid] = member_changes_[{gid, uid}] = next();
    state_.members[{gid, uid}] = until;
    state_.memberships[uid][gid] = until;
}

void MemorySource::leave(std::uint32_t gid, std::uint32_t uid) {
    const std::lock_guard lock(mutex_);
    user_changes_[uid] = member_changes_[{gid, uid}] = next();
    state_.members.erase({gid, uid});
    state_.memberships[uid].erase(gid);
}

MemorySource::Gids MemorySource::State::groups_of(std::uint32_t uid) const {
    const auto found = memberships.find(uid);
    return found == memberships.end() ? Gids{} : found->second;
}

MemorySource::Gids MemorySource::State::members_of(std::uint32_t gid) const {
    Gids found;
    for (auto at = members.lower_bound({gid, 0}); at != members.end() && at->first.first == gid; ++at)
        found[at->first.second] = at->second;
    return found;
}

PublicUser MemorySource::State::complete(const PublicUser& user) const {
    PublicUser whole = user;
    whole.groups.clear();
    for (const auto& [gid, until] : groups_of(user.uid)) whole.groups.push_back({gid, until});
    return whole;
}

PublicGroup MemorySource::State::complete(const PublicGroup& group) const {
    PublicGroup whole = group;
    for (const auto& [uid, until] : members_of(group.gid)) whole.members.push_back({uid, until});
    return whole;
}

Result<PublicChanges> MemorySource::changes_since(std::uint64_t generation) {
    if (generation < oldest_ || generation > state_.generation)
        return fail(Errc::not_supported, "changes since {} are not known", generation);
    PublicChanges changes{
        .generation = state_.generation, .users = {}, .users_gone = {}, .groups = {}, .groups_gone = {}};
    for (const auto& [uid, changed] : user_changes_) {
        if (changed <= generation) continue;
        const auto found = state_.users.find(uid);
        if (found == state_.users.end())
            changes.users_gone.push_back(uid);
        else
            changes.users.push_back(state_.complete(found->second));
    }
    std::map<std::uint32_t, PublicGroupChange> groups;
    for (const auto& [gid, changed] : group_changes_)
        if (changed > generation) groups[gid];
    for (const auto& [key, changed] : member_changes_) {
        if (changed <= generation || key.first < 1000) continue;
        const auto member = state_.members.find(key);
        if (member == state_.members.end())
            groups[key.first].left.push_back(key.second);
        else
            groups[key.first].joined.push_back({key.second, member->second});
    }
    for (auto& [gid, change] : groups) {
        const auto found = state_.groups.find(gid);
        if (found == state_.groups.end()) {
            changes.groups_gone.push_back(gid);
            continue;
        }
        change.gid = gid;
        change.name = found->second.name;
        change.listed = found->second.listed;
        changes.groups.push_back(std::move(change));
    }
    return changes;
}

Result<std::unique_ptr<PublicListing>> MemorySource::open_listing() const {
    if (fail_listings_) return fail(Errc::io, "read the store: on purpose");
    const std::lock_guard lock(mutex_);
    return std::make_unique<Listing>(state_);
}

}  // namespace userd::test
