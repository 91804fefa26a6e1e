// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/snapshot/part.h"

namespace userd::snapshot {

// Seconds since the epoch. A function, since few lookups meet a membership with an end and need to ask.
using Now = std::int64_t (*)();

// A group as the two files and its owner's record tell it together.
struct GroupEntry {
    Status status = Status::none;
    std::uint32_t gid = 0;
    std::string_view name;              // NUL follows
    const Group* base = nullptr;        // members as of the base, if it has the group
    const GroupPatch* patch = nullptr;  // what the delta changes
    bool is_private = false;            // of the user of the same name and number; no members
    bool is_unlisted = false;
};

// How far an enumeration has come, in one word, so that a cursor needs no lock: the last ids taken from base
// and delta, and for groups whether the private ones have begun. All zero is the start. Holds across views.
struct Position {
    std::uint32_t base_id = 0;   // 31 bits
    std::uint32_t delta_id = 0;  // 31 bits
    bool private_groups = false;
    constexpr std::uint64_t word() const {
        return (std::uint64_t{private_groups} << 62U) | (std::uint64_t{base_id} << 31U) | delta_id;
    }
    static constexpr Position of(std::uint64_t word) {
        return {static_cast<std::uint32_t>(word >> 31U & 0x7FFFFFFFU),
                static_cast<std::uint32_t>(word & 0x7FFFFFFFU), (word >> 62U & 1U) != 0};
    }
};

// The directory at one moment: a base and the delta over it. Immutable, so any number of threads may ask.
class View {
 public:
    // False when the two do not belong together. A part that is not open: no delta.
    bool open(const Part& base, const Part& delta);

    Found<User> find_user(std::string_view name) const;
    Found<User> find_user(std::uint32_t uid) const;
    GroupEntry find_group(std::string_view name) const;
    GroupEntry find_group(std::uint32_t gid) const;

    // The next one after `position`, which moves on. Unlisted ones are passed over. Users ascend by uid;
    // groups with a record of their own come before private ones.
    Found<User> next_user(Position& position) const;
    GroupEntry next_group(Position& position) const;

    // True when `base` can be copied as it stands: nothing changed and nothing ends.
    bool is_plain(const GroupEntry& group) const {
        return group.patch == nullptr && (group.base == nullptr || group.base->end_count == 0) &&
               !has_stale();
    }
    // Calls visit(const char* name, std::size_t size) for each member, NUL behind the name. False when
    // damaged.
    template <typename Visit>
    bool for_each_member(const GroupEntry& group, Now now, Visit visit) const;

    // Calls visit(gid) for each entry of the user's list that holds now and whose group is not gone; local
    // groups' gids included, whoever asks must judge them. visit returns false to stop.
    template <typename Visit>
    void for_each_group_of(const User& user, Now now, Visit visit) const;

    const Part& base() const { return base_; }
    const Part& delta() const { return delta_; }
    std::uint64_t generation() const {
        return delta_.is_open() ? delta_.header().generation : base_.header().generation;
    }
    bool needs_local_groups() const {
        return ((base_.header().flags | (delta_.is_open() ? delta_.header().flags : 0)) &
                header_has_local_groups) != 0;
    }

 private:
    std::uint64_t seed() const { return base_.header().seed; }
    bool has_stale() const { return delta_.is_open() && delta_.header().stale.size != 0; }
    bool is_gone(std::uint32_t gid) const;
    template <typename Key>
    Found<User> find_user(Key key, std::uint64_t hash) const;
    GroupEntry with_id(const Record& record, std::uint64_t hash) const;
    GroupEntry entry(const Record* base, const Record* patch) const;
    GroupEntry private_group(const Found<User>& user) const;
    Found<Record> next(Database database, Position& position, bool& from_delta) const;
    static Found<Record> after(const Part& part, Database database, std::uint32_t id, std::uint32_t last,
                               std::uint64_t seed);
    // What became of a member of the base whose name the filter knows: none when no longer a member.
    Found<User> current_member(const GroupPatch* patch, std::string_view name) const;

    Part base_;
    Part delta_;
};

// An end that has come. Ends lie in order of index, so one pass with a moving pointer finds them.
class Ends {
 public:
    Ends(const End* ends, std::size_t count, Now now) : at_(ends), last_(ends + count), now_(now) {}
    bool is_over(std::uint32_t index) {
        while (at_ != last_ && at_->index < index) ++at_;
        return at_ != last_ && at_->index == index && at_->until != 0 && now_() >= at_->until;
    }

 private:
    const End* at_;
    const End* last_;
    Now now_;
};

template <typename Visit>
bool View::for_each_member(const GroupEntry& group, Now now, Visit visit) const {
    if (group.base) {
        const std::uint8_t* lengths = lengths_of(*group.base);
        const char* names = names_of(*group.base);
        std::uint64_t left = group.base->names_size;
        Ends ends(ends_of(*group.base), group.base->end_count, now);
        for (std::uint32_t i = 0; i < group.base->member_count; ++i) {
            const std::size_t size = lengths[i];
            if (size + 1 > left) return false;
            if (!ends.is_over(i)) {
                if (has_stale() && delta_.may_be_stale(names, size)) {
                    const auto member = current_member(group.patch, {names, size});
                    if (member.status == Status::damaged) return false;
                    if (member.status == Status::found)
                        visit(strings_of(*member.record), member.record->name_size);
                } else {
                    visit(names, size);
                }
            }
            names += size + 1;
            left -= size + 1;
        }
    }
    if (!group.patch) return true;
    const Joined* joined = joined_of(*group.patch);
    for (std::uint32_t i = 0; i < group.patch->joined_count; ++i) {
        if (joined[i].until != 0 && now() >= joined[i].until) continue;
        const auto member = find_user(joined[i].uid);
        if (member.status == Status::damaged) return false;
        if (member.status == Status::found) visit(strings_of(*member.record), member.record->name_size);
    }
    return true;
}

template <typename Visit>
void View::for_each_group_of(const User& user, Now now, Visit visit) const {
    const std::uint32_t* gids = gids_of(user);
    const bool some_gone = delta_.is_open() && delta_.header().groups_gone != 0;
    Ends ends(ends_of(user), user.end_count, now);
    for (std::uint32_t i = 0; i < user.group_count; ++i) {
        if (ends.is_over(i) || (some_gone && is_gone(gids[i]))) continue;
        if (!visit(gids[i])) return;
    }
}

}  // namespace userd::snapshot
