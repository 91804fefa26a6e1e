// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/publish/source.h"

namespace userd::test {

// A directory in memory that keeps track of its changes as the store does. The truth that snapshots are held
// against.
class MemorySource final : public PublicSource {
 public:
    using Gids = std::map<std::uint32_t, std::int64_t>;  // id → until

    // A plain user with a private group: /home/NAME, /bin/bash, "Name NAME".
    static PublicUser user(std::uint32_t uid, std::string_view name);

    void put_user(PublicUser user);  // its `groups` are left as they are; memberships come by `join`
    void remove_user(std::uint32_t uid);
    void put_group(std::uint32_t gid, std::string_view name, bool listed = true);
    void remove_group(std::uint32_t gid);
    void join(std::uint32_t gid, std::uint32_t uid,
              std::int64_t until = 0);  // a gid below 1000 is a local group
    void leave(std::uint32_t gid, std::uint32_t uid);
    // Collects the changes made by `deeds` in one generation.
    template <typename Deeds>
    void together(Deeds deeds) {
        const std::lock_guard lock(mutex_);
        ++state_.generation;
        held_ = true;
        deeds();
        held_ = false;
    }
    void forget_changes() { oldest_ = state_.generation; }
    void set_store_id(std::uint64_t id) { store_id_ = id; }
    void fail_listings(bool fails) { fail_listings_ = fails; }

    const std::map<std::uint32_t, PublicUser>& users() const { return state_.users; }
    const std::map<std::uint32_t, PublicGroup>& groups() const { return state_.groups; }
    Gids groups_of(std::uint32_t uid) const { return state_.groups_of(uid); }
    Gids members_of(std::uint32_t gid) const { return state_.members_of(gid); }

    std::uint64_t store_id() const override { return store_id_; }
    Result<std::uint64_t> generation() override { return state_.generation; }
    Result<PublicChanges> changes_since(std::uint64_t generation) override;
    Result<std::unique_ptr<PublicListing>> open_listing() const override;
    Result<void> forget(std::uint64_t generation) override {
        oldest_ = generation;
        return {};
    }
    std::uint64_t oldest() const { return oldest_; }

 private:
    class Listing;
    // All of it in one piece: a listing is a copy, taken on a worker while the test goes on changing things.
    struct State {
        PublicUser complete(const PublicUser& user) const;
        PublicGroup complete(const PublicGroup& group) const;
        Gids groups_of(std::uint32_t uid) const;
        Gids members_of(std::uint32_t gid) const;

        std::map<std::uint32_t, PublicUser> users;
        std::map<std::uint32_t, PublicGroup> groups;
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> members;  // {gid, uid} → until
        std::map<std::uint32_t, Gids> memberships;                                // uid → gid → until
        std::uint64_t generation = 1;
    };
    std::uint64_t next() { return held_ ? state_.generation : ++state_.generation; }

    mutable std::recursive_mutex mutex_;
    State state_;
    std::map<std::uint32_t, std::uint64_t> user_changes_, group_changes_;  // id → generation
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> member_changes_;
    std::uint64_t oldest_ = 0;
    std::uint64_t store_id_ = 77;
    bool held_ = false;
    std::atomic<bool> fail_listings_ = false;
};

}  // namespace userd::test
