// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/part.h"

#include "common/names.h"

namespace userd::snapshot {
namespace {

bool fits(const Section& section, std::uint64_t end) {
    return section.offset % 8 == 0 && section.offset >= sizeof(Header) && section.offset <= end &&
           section.size <= end - section.offset;
}

bool fits(const Table& table, std::uint64_t end) {
    return table.used <= table.slots &&
           fits(Section{table.offset, std::uint64_t{table.slots} * sizeof(Slot)}, end);
}

// True for most names that is_lookup_name accepts, eight bytes at a time: an ASCII letter or '_' first, and
// nothing in the words it spans that would need a closer look. The NUL and what follows it belong to the
// record, whose last word reaches at least as far as the name's; they may make the answer false, never true.
bool is_plain_name(const char* name, std::size_t size) {
    constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
    // The uppermost bit of some byte is set when one of them is zero, exact for ASCII, and all else is
    // refused.
    const auto has_zero = [](std::uint64_t word) { return word - ones; };
    const char first = name[0];
    if (!((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_')) return false;
    std::uint64_t odd = 0;
    for (std::size_t at = 0; at < size; at += sizeof odd) {
        std::uint64_t word = 0;
        std::memcpy(&word, name + at, sizeof word);
        if (size - at < sizeof word) {  // the bytes behind the name count as letters
            const unsigned bits = static_cast<unsigned>(size - at) * 8;
            word = (word & ((std::uint64_t{1} << bits) - 1)) | (ones * 'a') << bits;
        }
        odd |= word | (word - ones * 0x20) | has_zero(word ^ (ones * 0x7F)) | has_zero(word ^ (ones * ':')) |
               has_zero(word ^ (ones * '/')) | has_zero(word ^ (ones * ','));
    }
    return (odd & tops) == 0;
}

bool is_answered(std::uint32_t id, const Record& record) {
    const std::string_view name = Part::name_of(record);
    return !is_reserved_id(id) && (is_plain_name(name.data(), name.size()) || is_lookup_name(name));
}

}  // namespace

bool Part::open(const void* data, std::size_t size) {
    data_ = nullptr;
    if (size < sizeof(Header) + sizeof(std::uint64_t)) return false;
    const auto& head = *static_cast<const Header*>(data);
    const std::uint64_t end = size - sizeof(std::uint64_t);
    if (head.magic != part_magic || head.version != format_version || head.file_size != size ||
        size % 8 != 0 || head.checksum != checksum(data, offsetof(Header, checksum)))
        return false;
    for (const Section& section : {head.users, head.groups, head.stale})
        if (!fits(section, end)) return false;
    for (const Table& table :
         {head.users_by_name, head.users_by_uid, head.groups_by_name, head.groups_by_gid})
        if (!fits(table, end)) return false;
    if ((head.stale.size & (head.stale.size - 1)) != 0) return false;
    data_ = static_cast<const std::byte*>(data);
    return true;
}

bool Part::is_whole() const {
    const std::uint64_t size = header().file_size - sizeof(std::uint64_t);
    std::uint64_t stored = 0;
    std::memcpy(&stored, data_ + size, sizeof stored);
    return stored == checksum(data_, size);
}

Found<Record> Part::next(Database database, const Record* after) const {
    const Section& all = section(database);
    const std::uint64_t at =
        after ? reinterpret_cast<const std::byte*>(after) - data_ + after->size : all.offset;
    if (at == all.offset + all.size) return {};
    const Record* record = record_at(all, at);
    if (!record) return {Status::damaged, nullptr};
    return {Status::found, record};
}

bool Part::may_be_stale(const char* name, std::size_t size) const {
    const Section& stale = header().stale;
    if (stale.size == 0) return false;
    const std::uint64_t bit = stale_bit(name, size, stale.size * 8);
    return (std::to_integer<unsigned>(data_[stale.offset + bit / 8]) >> (bit % 8) & 1U) != 0;
}

const User* Part::as_user(const Record& record) {
    const auto& user = reinterpret_cast<const User&>(record);
    const char* strings = strings_of(user);
    const std::uint64_t lists =
        std::uint64_t{user.group_count} * sizeof(std::uint32_t) + std::uint64_t{user.end_count} * sizeof(End);
    if (aligned(name_offset + user.strings_size, 4) + lists > user.size ||
        user.name_size + 1U >= user.home_at || user.home_at >= user.shell_at ||
        user.shell_at >= user.strings_size || strings[user.home_at - 1] != '\0' ||
        strings[user.shell_at - 1] != '\0' || strings[user.strings_size - 1] != '\0' ||
        !is_answered(user.uid, record) || is_reserved_id(user.gid))
        return nullptr;
    return &user;
}

const Group* Part::as_group(const Record& record) {
    const auto& group = reinterpret_cast<const Group&>(record);
    const std::uint64_t before_ends =
        name_offset + group.name_size + 1U + std::uint64_t{group.member_count} + group.names_size;
    if (before_ends + std::uint64_t{group.end_count} * sizeof(End) > group.size ||
        (group.member_count == 0) != (group.names_size == 0) ||
        (group.names_size != 0 && names_of(group)[group.names_size - 1] != '\0') ||
        !is_answered(group.gid, record))
        return nullptr;
    return &group;
}

const GroupPatch* Part::as_patch(const Record& record) {
    const auto& patch = reinterpret_cast<const GroupPatch&>(record);
    const std::uint64_t size = aligned(name_offset + patch.name_size + 1U, 8) +
                               std::uint64_t{patch.joined_count} * sizeof(Joined) +
                               std::uint64_t{patch.left_count} * sizeof(std::uint32_t);
    if (size > patch.size || !is_answered(patch.gid, record)) return nullptr;
    return &patch;
}

}  // namespace userd::snapshot
