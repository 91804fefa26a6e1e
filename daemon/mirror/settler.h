// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
#include "daemon/directory/enrolments.h"
#include "daemon/mirror/account.h"
#include "daemon/mirror/judge.h"
#include "daemon/mirror/tally.h"
#include "daemon/store/remote.h"
#include "daemon/store/retired.h"
#include "daemon/store/store.h"

namespace userd {

// Ids for many new users or groups at once: random where they begin, then one after the other, so that the
// rows of a great change lie side by side and not all over the tables.
class IdRun {
 public:
    ObjectId next();

 private:
    std::int64_t last_ = 0;
    unsigned left_ = 0;
    std::array<std::uint8_t, 256> steps_{};  // asked of the kernel together
};

// Makes users, groups and members of what the entries of one source say. One object is one part of one
// transaction: the caller has begun it, and commits.
class Settler {
 public:
    struct Parts {
        store::Store& store;
        Directory& directory;
        const Config& config;
        const LdapSource& source;
        const store::RemoteSource& row;
        Time now;
        IdRun& ids;
        Tally& tally;
        bool tells_all =
            true;             // false: listeners hear of those who may come in no more, and of who may again
        bool gently = false;  // nobody is kept out or taken away: some admin's last way in may be among them
    };
    explicit Settler(const Parts& parts);

    using Deadline = std::chrono::steady_clock::time_point;
    // In turn; false: the time is over before all is done.
    Result<bool> settle_pending(Deadline deadline);
    // The server has it no more. `hold`: and that waits for an admin.
    Result<void> take_away(std::int64_t entry, bool hold);
    // What is left to do when all is settled: groups that were kept for their users, mapped groups.
    Result<void> tidy();
    // After the grace: the account, and all that hangs on it.
    Result<void> end(const store::RemoteEntry& entry);
    Result<void> keep_out(const store::RemoteEntry& entry);
    // Of each part: what was cut as a circle, and may be none any more, has its turn once more; whoever must
    // have codes only now may set them up.
    Result<void> end_part();
    bool changed() const { return generation_ != 0; }

 private:
    Result<void> settle(store::RemoteEntry entry);
    Result<void> quarantine(store::RemoteEntry entry, const Objection& objection);
    Result<std::uint64_t> generation();
    void tell(bool is_group, std::uint32_t number, std::string change);
    Result<void> requeue_circles();
    Result<void> give_again(store::Retired::Kind kind, std::uint32_t number);

    // settle_users.cpp
    Result<void> settle_user(store::RemoteEntry entry, const wire::LdapEntry& facts);
    Result<ObjectId> group_of_gid(std::uint32_t gid);
    Result<void> write_user(const std::optional<User>& before, User user, bool changed_state);
    void keep_end(const User& before, User& user, store::RemoteEntry& entry) const;
    Result<bool> bar_user(User& user, Barred barred, store::RemoteEntry& entry);
    Result<void> settle_totp(const store::RemoteEntry& entry, const wire::LdapEntry& facts, const User& user);
    Result<void> delete_user(const User& user, std::int64_t entry);
    Result<void> settle_user(store::RemoteEntry entry, const wire::LdapEntry& facts,
                             const std::optional<User>& before);
    Result<Objection> clear_the_way(const Claimant& claimant);
    Result<void> remove(const store::RemoteClaim& claim);
    Result<bool> may_be_removed(const store::RemoteClaim& claim, const Claimant& claimant);

    // settle_groups.cpp
    Result<void> settle_group(store::RemoteEntry entry, const wire::LdapEntry& facts);
    Result<void> settle_group(store::RemoteEntry entry, const wire::LdapEntry& facts,
                              const std::optional<Group>& before);
    Result<void> write_group(const std::optional<Group>& before, Group group);
    Result<void> take_away_group(store::RemoteEntry entry);
    Result<bool> is_needed(const Group& group);
    Result<void> delete_group(const Group& group, std::int64_t entry);
    Result<void> replace_group(const Group& old, std::int64_t entry, const std::optional<Group>& before,
                               const Group& group);
    Result<void> drop_unneeded_groups();

    // settle_exchange.cpp
    struct Mover;
    using Movers = std::deque<Mover>;
    Result<bool> exchange(const store::RemoteEntry& entry, const wire::LdapEntry& facts,
                          const std::optional<User>& user, const std::optional<Group>& group);
    Result<bool> gather(Movers& movers, std::vector<store::RemoteClaim>& ended);
    Result<bool> add_mover(const store::RemoteClaim& claim, const Claimant& claimant, Movers& movers);
    Result<bool> have_room(const Movers& movers);
    Result<void> move(Movers& movers);

    // settle_members.cpp
    Result<void> settle_members(store::RemoteEntry entry);
    Result<void> let_in_waiting(ObjectId user, ObjectId group, std::string_view dn, std::string_view name);
    Result<bool> join(ObjectId group, std::span<const ObjectId> users);
    Result<bool> join_or_wait(std::int64_t entry, ObjectId group, const std::string& key, ObjectId member);
    Result<void> wait(std::int64_t entry, const std::string& key);
    Result<bool> leave(ObjectId group, const store::Remote::Party& party);
    Result<bool> may_nest(ObjectId outer, ObjectId inner);
    Result<std::size_t> height(ObjectId group, std::size_t depth);
    Result<void> look_up_from(ObjectId group);
    void forget_heights();
    Result<void> empty_group(std::int64_t entry, const Group& group);

    // groups_map.cpp
    Result<void> settle_mapped();
    Result<void> settle_local_group(std::string_view name, const std::vector<ObjectId>& users);
    Result<void> settle_nestings(const std::set<std::pair<ObjectId, ObjectId>>& wanted);

    Parts parts_;
    store::Store& store_;
    store::Remote& remote_;
    const std::string& tag_;
    std::uint64_t generation_ = 0;
    bool list_is_old_ = false;  // of who is pending
    bool nestings_ended_ = false;
    bool is_exchanging_ = false;
    std::set<std::int64_t> entangled_;  // entries with too many others for an exchange
    // Of groups in groups, as long as nothing but `join` changes them.
    std::map<ObjectId, std::size_t> heights_, above_;
    ObjectId above_of_;
    std::size_t levels_above_ = 0;
    std::size_t looks_ = 0;  // at groups, in this step
    std::optional<bool> somebody_waits_;
    Enrolments enrolments_;
    std::map<std::uint32_t, ObjectId> groups_of_gids_;  // as long as no group changes
};

}  // namespace userd
