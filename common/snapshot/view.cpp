// SPDX-License-Identifier: LGPL-2.1-or-later
// A lookup asks the delta first. Whatever the delta changed is there under every key by which the base would
// still find it (a renamed user also under the former name, a deleted one under name and id), so an answer of
// the base that the delta knows nothing of needs no second look.
#include "common/snapshot/view.h"

#include "common/names.h"

namespace userd::snapshot {
namespace {

Found<User> user_of(const Record& record) {
    if ((record.flags & (record_gone | record_former_name)) != 0) return {};
    const User* user = Part::as_user(record);
    return user ? Found<User>{Status::found, user} : Found<User>{Status::damaged, nullptr};
}

bool is_hidden(const Record& record) {
    return (record.flags & (record_gone | record_former_name)) != 0;
}

bool contains(const std::uint32_t* ids, std::size_t count, std::uint32_t id) {
    while (count > 0) {
        const std::size_t half = count / 2;
        if (ids[half] == id) return true;
        if (ids[half] < id) {
            ids += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return false;
}

bool contains(const Joined* joined, std::size_t count, std::uint32_t uid) {
    while (count > 0) {
        const std::size_t half = count / 2;
        if (joined[half].uid == uid) return true;
        if (joined[half].uid < uid) {
            joined += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return false;
}

}  // namespace

bool View::open(const Part& base, const Part& delta) {
    if (!base.is_open() || base.header().delta != 0) return false;
    if (delta.is_open()) {
        const Header& over = delta.header();
        const Header& under = base.header();
        if (over.delta == 0 || over.base != under.base || over.identity != under.identity ||
            over.seed != under.seed || over.generation < under.generation)
            return false;
    }
    base_ = base;
    delta_ = delta;
    return true;
}

template <typename Key>
Found<User> View::find_user(Key key, std::uint64_t hash) const {
    if (delta_.is_open()) {
        const auto changed = delta_.find(Database::users, key, hash);
        if (changed.status == Status::damaged) return {Status::damaged, nullptr};
        if (changed.status == Status::found) return user_of(*changed.record);
    }
    const auto record = base_.find(Database::users, key, hash);
    if (record.status != Status::found) return {record.status, nullptr};
    return user_of(*record.record);
}

Found<User> View::find_user(std::string_view name) const {
    return find_user(name, hash(name, seed()));
}

Found<User> View::find_user(std::uint32_t uid) const {
    return find_user(uid, hash(uid, seed()));
}

GroupEntry View::entry(const Record* base, const Record* patch) const {
    GroupEntry group{.status = Status::found};
    if (patch && !(group.patch = Part::as_patch(*patch))) return {Status::damaged};
    if (base && !(group.base = Part::as_group(*base))) return {Status::damaged};
    const Record& shown = patch ? *patch : *base;
    group.gid = shown.id;
    group.name = Part::name_of(shown);
    group.is_unlisted = (shown.flags & record_unlisted) != 0;
    return group;
}

GroupEntry View::private_group(const Found<User>& user) const {
    if (user.status != Status::found) return {user.status};
    if (user.record->uid != user.record->gid) return {};
    return {.status = Status::found,
            .gid = user.record->uid,
            .name = {strings_of(*user.record), user.record->name_size},
            .is_private = true,
            .is_unlisted = (user.record->flags & record_unlisted) != 0};
}

// The group of a living record of the delta, with what the base has of it.
GroupEntry View::with_id(const Record& record, std::uint64_t hash) const {
    const auto under = base_.find(Database::groups, record.id, hash);
    if (under.status == Status::damaged) return {Status::damaged};
    return entry(under.record, &record);
}

GroupEntry View::find_group(std::uint32_t gid) const {
    const std::uint64_t key = hash(gid, seed());
    Found<Record> changed;
    if (delta_.is_open()) changed = delta_.find(Database::groups, gid, key);
    if (changed.status == Status::damaged) return {Status::damaged};
    if (changed.status == Status::found && !is_hidden(*changed.record)) return with_id(*changed.record, key);
    if (changed.status == Status::none) {
        const auto record = base_.find(Database::groups, gid, key);
        if (record.status == Status::damaged) return {Status::damaged};
        if (record.status == Status::found) return entry(record.record, nullptr);
    }
    return private_group(find_user(gid, key));
}

GroupEntry View::find_group(std::string_view name) const {
    const std::uint64_t key = hash(name, seed());
    Found<Record> changed;
    if (delta_.is_open()) changed = delta_.find(Database::groups, name, key);
    if (changed.status == Status::damaged) return {Status::damaged};
    if (changed.status == Status::found && !is_hidden(*changed.record))
        return with_id(*changed.record, hash(changed.record->id, seed()));
    if (changed.status == Status::none) {
        const auto record = base_.find(Database::groups, name, key);
        if (record.status == Status::damaged) return {Status::damaged};
        if (record.status == Status::found) return entry(record.record, nullptr);
    }
    const GroupEntry group = private_group(find_user(name, key));
    if (group.status != Status::found) return group;
    // A record of the group's own, if there is one, is the better answer; it may also bear another name.
    GroupEntry own = find_group(group.gid);
    if (own.status == Status::found && own.name != name) return {};
    return own;
}

bool View::is_gone(std::uint32_t gid) const {
    const auto changed = delta_.find(Database::groups, gid, hash(gid, seed()));
    return changed.status == Status::found && (changed.record->flags & record_gone) != 0;
}

Found<User> View::current_member(const GroupPatch* patch, std::string_view name) const {
    const auto before = base_.find(Database::users, name, hash(name, seed()));
    if (before.status != Status::found) return {before.status, nullptr};
    const std::uint32_t uid = before.record->id;
    // Who joined again, with another end, is told by the patch.
    if (patch && (contains(left_of(*patch), patch->left_count, uid) ||
                  contains(joined_of(*patch), patch->joined_count, uid)))
        return {};
    return find_user(uid);
}

// The first record behind `id` (which this part held when the position was taken) that is above `last`.
Found<Record> View::after(const Part& part, Database database, std::uint32_t id, std::uint32_t last,
                          std::uint64_t seed) {
    if (!part.is_open()) return {};
    Found<Record> at;
    if (id != 0)
        at = part.find(database, id, hash(id, seed));  // not there: another base came, so from the start
    if (at.status == Status::damaged) return at;
    do {
        at = part.next(database, at.record);
    } while (at.status == Status::found &&
             (at.record->id <= last || (at.record->flags & record_former_name) != 0));
    return at;
}

Found<Record> View::next(Database database, Position& position, bool& from_delta) const {
    for (;;) {
        const std::uint32_t last =
            position.base_id > position.delta_id ? position.base_id : position.delta_id;
        const auto under = after(base_, database, position.base_id, last, seed());
        const auto over = after(delta_, database, position.delta_id, last, seed());
        if (under.status == Status::damaged || over.status == Status::damaged)
            return {Status::damaged, nullptr};
        from_delta = over.status == Status::found &&
                     (under.status == Status::none || over.record->id <= under.record->id);
        const Found<Record>& first = from_delta ? over : under;
        if (first.status == Status::none) return first;
        if (is_reserved_id(first.record->id)) return {Status::damaged, nullptr};  // also keeps ids in 31 bits
        if (from_delta) position.delta_id = first.record->id;
        if (under.status == Status::found && under.record->id == first.record->id)
            position.base_id = first.record->id;
        if ((first.record->flags & (record_gone | record_unlisted)) == 0) return first;
    }
}

Found<User> View::next_user(Position& position) const {
    bool from_delta = false;
    const auto record = next(Database::users, position, from_delta);
    if (record.status != Status::found) return {record.status, nullptr};
    return user_of(*record.record);
}

GroupEntry View::next_group(Position& position) const {
    if (!position.private_groups) {
        bool from_delta = false;
        const auto record = next(Database::groups, position, from_delta);
        if (record.status == Status::damaged) return {Status::damaged};
        if (record.status == Status::found)
            return from_delta ? with_id(*record.record, hash(record.record->id, seed()))
                              : entry(record.record, nullptr);
        position = {.private_groups = true};
    }
    for (;;) {
        const auto user = next_user(position);
        if (user.status != Status::found) return {user.status};
        if (user.record->uid != user.record->gid) continue;
        const GroupEntry group = find_group(user.record->gid);
        if (group.status == Status::damaged || group.is_private) return group;
    }
}

}  // namespace userd::snapshot
