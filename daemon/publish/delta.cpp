// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/delta.h"

#include <bit>
#include <cstring>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/snapshot/hash.h"
#include "daemon/publish/records.h"
#include "daemon/publish/table.h"
#include "daemon/runtime/journal.h"

namespace userd::publish {

using namespace snapshot;

void Delta::merge(PublicChanges changes) {
    for (PublicUser& user : changes.users) {
        const std::uint32_t uid = user.uid;
        users_.insert_or_assign(uid, std::move(user));
    }
    for (const std::uint32_t uid : changes.users_gone) users_.insert_or_assign(uid, std::nullopt);
    for (PublicGroupChange& change : changes.groups) {
        GroupState& group = groups_[change.gid];
        group_members_ -= group.size();
        group.gone = false;
        group.listed = change.listed;
        group.name = std::move(change.name);
        for (const PublicMember& member : change.joined) {
            group.left.erase(member.uid);
            group.joined.insert_or_assign(member.uid, member.until);
        }
        for (const std::uint32_t uid : change.left) {
            group.joined.erase(uid);
            group.left.insert(uid);
        }
        group_members_ += group.size();
    }
    // Who joined and left stays known: a group that was only withdrawn comes back with it.
    for (const std::uint32_t gid : changes.groups_gone) groups_[gid].gone = true;
}

void Delta::clear() {
    *this = {};
}

// Collects the records first, then the keys under which each must be found.
class Delta::Encoder {
 public:
    Encoder(const Part& base, std::uint32_t number, std::uint64_t generation)
        : base_(base), out_(sizeof(Header), '\0') {
        header_ = base.header();
        header_.delta = number;
        header_.flags = 0;
        header_.generation = generation;
        header_.groups_gone = 0;
    }

    void add_users(const std::map<std::uint32_t, std::optional<PublicUser>>& users) {
        for (const auto& [uid, user] : users)
            if (user) user_names_.insert(user->name);
        header_.users.offset = out_.size();
        for (const auto& [uid, user] : users) {
            const Record* before = find(Database::users, uid);
            if (user)
                add_user(*user, before);
            else if (before)
                add_gone(users_, user_names_, *before);
            if (before && (!user || user->name != Part::name_of(*before)))
                stale_.push_back(Part::name_of(*before));
        }
        header_.users.size = out_.size() - header_.users.offset;
    }

    void add_groups(const std::map<std::uint32_t, GroupState>& groups) {
        for (const auto& [gid, group] : groups)
            if (!group.gone) group_names_.insert(group.name);
        header_.groups.offset = out_.size();
        for (const auto& [gid, group] : groups) {
            const Record* before = find(Database::groups, gid);
            if (!group.gone) {
                add_group(gid, group, before);
                continue;
            }
            // Also one that came and went since the base: users' lists of this delta may still hold it.
            if (before)
                add_gone(groups_, group_names_, *before);
            else
                add_gone(groups_, gid);
            ++header_.groups_gone;
        }
        header_.groups.size = out_.size() - header_.groups.offset;
    }

    Result<std::string> finish() {
        add_filter();
        TRY(add_tables(users_, header_.users_by_name, header_.users_by_uid));
        TRY(add_tables(groups_, header_.groups_by_name, header_.groups_by_gid));
        header_.file_size = out_.size() + sizeof(std::uint64_t);
        header_.checksum = checksum(&header_, offsetof(Header, checksum));
        std::memcpy(out_.data(), &header_, sizeof header_);
        const std::uint64_t sum = checksum(out_.data(), out_.size());
        out_.append(reinterpret_cast<const char*>(&sum), sizeof sum);
        return std::move(out_);
    }

 private:
    struct Key {
        std::uint64_t hash;
        std::uint64_t offset;
    };
    struct Keys {
        std::vector<Key> by_name, by_id;
    };
    using Names = std::unordered_set<std::string_view>;

    const Record* find(Database database, std::uint32_t id) const {
        return base_.find(database, id, hash(id, header_.seed)).record;
    }
    void name(Keys& keys, std::string_view name, std::uint64_t at) const {
        keys.by_name.push_back({hash(name, header_.seed), at});
    }
    void id(Keys& keys, std::uint32_t id, std::uint64_t at) const {
        keys.by_id.push_back({hash(id, header_.seed), at});
    }

    void add_user(const PublicUser& user, const Record* before) {
        const std::uint64_t at = out_.size();
        if (const auto appended = append_user(out_, user); !appended) {
            journal::error("snapshot: {}; left out", appended.error().message);
            return;
        }
        name(users_, user.name, at);
        id(users_, user.uid, at);
        for (const PublicMembership& membership : user.groups)
            if (membership.gid < 1000) header_.flags |= header_has_local_groups;
        if (before && user.name != Part::name_of(*before)) add_former_name(users_, user_names_, *before);
    }

    void add_group(std::uint32_t gid, const GroupState& group, const Record* before) {
        PublicGroupChange change{
            .gid = gid, .name = group.name, .joined = {}, .left = {}, .listed = group.listed};
        for (const auto& [uid, until] : group.joined) change.joined.push_back({uid, until});
        change.left.assign(group.left.begin(), group.left.end());
        const std::uint64_t at = out_.size();
        if (const auto appended = append_patch(out_, change); !appended) {
            journal::error("snapshot: {}; left out", appended.error().message);
            return;
        }
        name(groups_, group.name, at);
        id(groups_, gid, at);
        if (!before) return;
        if (group.name != Part::name_of(*before)) add_former_name(groups_, group_names_, *before);
        // The base's list may hold them: the reader must look twice at their names.
        for (const PublicMember& member : change.joined) add_stale_member(member.uid);
        for (const std::uint32_t uid : change.left) add_stale_member(uid);
    }

    void add_stale_member(std::uint32_t uid) {
        if (const Record* user = find(Database::users, uid)) stale_.push_back(Part::name_of(*user));
    }

    // A name that somebody else bears now is found there; only a free one needs a record that says so.
    void add_gone(Keys& keys, const Names& taken, const Record& before) {
        const std::uint64_t at = out_.size();
        append_mark(out_, before.id, Part::name_of(before), record_gone);
        id(keys, before.id, at);
        if (!taken.contains(Part::name_of(before))) name(keys, Part::name_of(before), at);
    }
    void add_gone(Keys& keys, std::uint32_t gone) {
        const std::uint64_t at = out_.size();
        append_mark(out_, gone, "", record_gone);
        id(keys, gone, at);
    }
    void add_former_name(Keys& keys, const Names& taken, const Record& before) {
        if (taken.contains(Part::name_of(before))) return;
        const std::uint64_t at = out_.size();
        append_mark(out_, before.id, Part::name_of(before), record_former_name);
        name(keys, Part::name_of(before), at);
    }

    void add_filter() {
        header_.stale = {.offset = out_.size(), .size = 0};
        if (stale_.empty()) return;
        const std::size_t bits = std::bit_ceil(std::max<std::size_t>(stale_.size() * 16, 512));
        std::string filter(bits / 8, '\0');
        for (const std::string_view name : stale_) {
            const std::uint64_t bit = stale_bit(name.data(), name.size(), bits);
            filter[bit / 8] =
                static_cast<char>(static_cast<unsigned char>(filter[bit / 8]) | (1U << (bit % 8)));
        }
        header_.stale.size = filter.size();
        out_ += filter;
    }

    Result<void> add_tables(const Keys& keys, Table& by_name, Table& by_id) {
        TRY(add_table(keys.by_name, by_name));
        return add_table(keys.by_id, by_id);
    }
    // The seed is the base's, so a crowded table gets more room; the next base gets another seed.
    Result<void> add_table(const std::vector<Key>& keys, Table& table) {
        for (std::size_t slots_per_key = 2; slots_per_key <= 64; slots_per_key *= 2) {
            TableBuilder builder(keys.size(), slots_per_key);
            bool fits = true;
            for (const Key& key : keys) fits = fits && builder.insert(key.hash, key.offset);
            if (!fits) continue;
            table = {.offset = out_.size(), .slots = builder.slots(), .used = builder.used()};
            out_ += builder.bytes();
            return {};
        }
        return fail(Errc::internal, "snapshot: names of base {} crowd in one place", header_.base);
    }

    const Part& base_;
    std::string out_;
    Header header_;
    Keys users_, groups_;
    Names user_names_, group_names_;       // those that live
    std::vector<std::string_view> stale_;  // names of the base
};

Result<std::string> Delta::encode(const Part& base, std::uint32_t number, std::uint64_t generation) const {
    Encoder encoder(base, number, generation);
    encoder.add_users(users_);
    encoder.add_groups(groups_);
    return encoder.finish();
}

}  // namespace userd::publish
