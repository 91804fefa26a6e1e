// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/support/snapshot/memory_source.h"

namespace userd::test {

class MemorySource::Listing final : public PublicListing {
 public:
    explicit Listing(const MemorySource& source)
        : copy_(source), user_(copy_.users_.begin()), group_(copy_.groups_.begin()) {}
    std::uint64_t generation() const override { return copy_.generation_; }
    Result<bool> next_user(PublicUser& user) override {
        if (user_ == copy_.users_.end()) return false;
        user = copy_.complete((user_++)->second);
        return true;
    }
    Result<bool> next_group(PublicGroup& group) override {
        if (group_ == copy_.groups_.end()) return false;
        group = copy_.complete((group_++)->second);
        return true;
    }

 private:
    const MemorySource copy_;
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
    user_changes_[user.uid] = next();
    const std::uint32_t uid = user.uid;
    users_.insert_or_assign(uid, std::move(user));
}

void MemorySource::remove_user(std::uint32_t uid) {
    user_changes_[uid] = next();
    users_.erase(uid);
    for (const auto& [gid, until] : groups_of_[uid]) members_.erase({gid, uid});
    groups_of_.erase(uid);
}

void MemorySource::put_group(std::uint32_t gid, std::string_view name, bool listed) {
    group_changes_[gid] = next();
    groups_[gid] = {.gid = gid, .name = std::string(name), .members = {}, .listed = listed};
}

void MemorySource::remove_group(std::uint32_t gid) {
    group_changes_[gid] = next();
    groups_.erase(gid);
    for (const auto& [uid, until] : members_of(gid)) {
        members_.erase({gid, uid});
        groups_of_[uid].erase(gid);
    }
}

void MemorySource::join(std::uint32_t gid, std::uint32_t uid, std::int64_t until) {
    user_changes_[uid] = member_changes_[{gid, uid}] = next();
    members_[{gid, uid}] = until;
    groups_of_[uid][gid] = until;
}

void MemorySource::leave(std::uint32_t gid, std::uint32_t uid) {
    user_changes_[uid] = member_changes_[{gid, uid}] = next();
    members_.erase({gid, uid});
    groups_of_[uid].erase(gid);
}

MemorySource::Gids MemorySource::groups_of(std::uint32_t uid) const {
    const auto found = groups_of_.find(uid);
    return found == groups_of_.end() ? Gids{} : found->second;
}

MemorySource::Gids MemorySource::members_of(std::uint32_t gid) const {
    Gids members;
    for (auto at = members_.lower_bound({gid, 0}); at != members_.end() && at->first.first == gid; ++at)
        members[at->first.second] = at->second;
    return members;
}

PublicUser MemorySource::complete(const PublicUser& user) const {
    PublicUser whole = user;
    whole.groups.clear();
    for (const auto& [gid, until] : groups_of(user.uid)) whole.groups.push_back({gid, until});
    return whole;
}

PublicGroup MemorySource::complete(const PublicGroup& group) const {
    PublicGroup whole = group;
    for (const auto& [uid, until] : members_of(group.gid)) whole.members.push_back({uid, until});
    return whole;
}

Result<PublicChanges> MemorySource::changes_since(std::uint64_t generation) {
    if (generation < oldest_ || generation > generation_)
        return fail(Errc::not_supported, "changes since {} are not known", generation);
    PublicChanges changes{
        .generation = generation_, .users = {}, .users_gone = {}, .groups = {}, .groups_gone = {}};
    for (const auto& [uid, changed] : user_changes_) {
        if (changed <= generation) continue;
        const auto found = users_.find(uid);
        if (found == users_.end())
            changes.users_gone.push_back(uid);
        else
            changes.users.push_back(complete(found->second));
    }
    std::map<std::uint32_t, PublicGroupChange> groups;
    for (const auto& [gid, changed] : group_changes_)
        if (changed > generation) groups[gid];
    for (const auto& [key, changed] : member_changes_) {
        if (changed <= generation || key.first < 1000) continue;
        const auto member = members_.find(key);
        if (member == members_.end())
            groups[key.first].left.push_back(key.second);
        else
            groups[key.first].joined.push_back({key.second, member->second});
    }
    for (auto& [gid, change] : groups) {
        const auto found = groups_.find(gid);
        if (found == groups_.end()) {
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
    return std::make_unique<Listing>(*this);
}

}  // namespace userd::test
