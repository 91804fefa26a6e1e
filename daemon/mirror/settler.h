// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/directory/directory.h"
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
        bool& nestings_ended;  // what was cut as a circle may be none any more
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
    bool changed() const { return generation_ != 0; }

 private:
    Result<void> settle(store::RemoteEntry entry);
    Result<void> quarantine(store::RemoteEntry entry, const Objection& objection);
    Result<std::uint64_t> generation();
    void tell(bool is_group, std::uint32_t number, std::string change);
    Result<void> give_again(store::Retired::Kind kind, std::uint32_t number);

    // settle_users.cpp
    Result<void> settle_user(store::RemoteEntry entry, const wire::LdapEntry& facts);
    Result<void> write_user(const std::optional<User>& before, User user, bool changed_state);
    Result<bool> bar_user(User& user, Barred barred, store::RemoteEntry& entry);
    Result<void> delete_user(const User& user, std::int64_t entry);
    Result<Objection> clear_the_way(const Claimant& claimant);
    Result<bool> may_be_removed(const store::RemoteClaim& claim, const Claimant& claimant);

    // settle_groups.cpp
    Result<void> settle_group(store::RemoteEntry entry, const wire::LdapEntry& facts);
    Result<void> write_group(const Group* before, Group group);
    Result<void> take_away_group(store::RemoteEntry entry);
    Result<bool> is_needed(const Group& group);
    Result<void> delete_group(const Group& group, std::int64_t entry);
    Result<void> replace_group(const Group& old, std::int64_t entry, const Group& fresh);
    Result<void> drop_unneeded_groups();

    // settle_members.cpp
    Result<void> settle_members(store::RemoteEntry entry);
    Result<void> let_in_waiting(ObjectId user, ObjectId group, std::string_view dn, std::string_view name);
    Result<bool> join(std::int64_t entry, ObjectId group, const std::string& key,
                      const store::Remote::Party& party);
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
    // Of groups in groups, as long as nothing but `join` changes them.
    std::map<ObjectId, std::size_t> heights_, above_;
    ObjectId above_of_;
    std::size_t levels_above_ = 0;
    std::size_t looks_ = 0;  // at groups, in this step
    std::optional<bool> somebody_waits_;
};

}  // namespace userd
