// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <set>
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
        ++generation_;
        held_ = true;
        deeds();
        held_ = false;
    }
    void forget_changes() { oldest_ = generation_; }
    void set_store_id(std::uint64_t id) { store_id_ = id; }
    void fail_listings(bool fails) { fail_listings_ = fails; }

    const std::map<std::uint32_t, PublicUser>& users() const { return users_; }
    const std::map<std::uint32_t, PublicGroup>& groups() const { return groups_; }
    Gids groups_of(std::uint32_t uid) const;
    Gids members_of(std::uint32_t gid) const;

    std::uint64_t store_id() const override { return store_id_; }
    Result<std::uint64_t> generation() override { return generation_; }
    Result<PublicChanges> changes_since(std::uint64_t generation) override;
    Result<std::unique_ptr<PublicListing>> open_listing() const override;

 private:
    class Listing;
    std::uint64_t next() { return held_ ? generation_ : ++generation_; }
    PublicUser complete(const PublicUser& user) const;
    PublicGroup complete(const PublicGroup& group) const;

    std::map<std::uint32_t, PublicUser> users_;
    std::map<std::uint32_t, PublicGroup> groups_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> members_;   // {gid, uid} → until
    std::map<std::uint32_t, std::map<std::uint32_t, std::int64_t>> groups_of_;  // uid → gid → until
    std::map<std::uint32_t, std::uint64_t> user_changes_, group_changes_;       // id → generation
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> member_changes_;
    std::uint64_t generation_ = 1;
    std::uint64_t oldest_ = 0;
    std::uint64_t store_id_ = 77;
    bool held_ = false;
    bool fail_listings_ = false;
};

}  // namespace userd::test
