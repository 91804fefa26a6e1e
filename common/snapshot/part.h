// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/snapshot/format.h"
#include "common/snapshot/hash.h"

namespace userd::snapshot {

enum class Status : std::uint8_t { none, found, damaged };
enum class Database : std::uint8_t { users, groups };

template <typename T>
struct Found {
    Status status = Status::none;
    const T* record = nullptr;
};

// The bytes of one base or delta, and the only code that follows their offsets. Nothing is believed: what
// `open` did not check is checked when it is followed, so any bytes at all give found, none or damaged, and
// never a read outside. The bytes stay the caller's and must not move or change while the part is in use.
class Part {
 public:
    // `data` aligned to 8. False when header, size, version or sections do not hold up.
    bool open(const void* data, std::size_t size);
    // Reads all of it.
    bool is_whole() const;
    bool is_open() const { return data_ != nullptr; }
    const Header& header() const { return *reinterpret_cast<const Header*>(data_); }

    Found<Record> find(Database database, std::string_view name, std::uint64_t hash) const {
        const Table& table = database == Database::users ? header().users_by_name : header().groups_by_name;
        return probe(table, section(database), hash, [name](const Record& record) {
            return record.name_size == name.size() &&
                   is_same(name_of(record).data(), name.data(), name.size());
        });
    }
    Found<Record> find(Database database, std::uint32_t id, std::uint64_t hash) const {
        const Table& table = database == Database::users ? header().users_by_uid : header().groups_by_gid;
        return probe(table, section(database), hash, [id](const Record& record) { return record.id == id; });
    }

    // Records in the order of the file. `after` is a record of this part, or null for the first one.
    Found<Record> next(Database database, const Record* after) const;

    // Bit of the stale filter; true when the name needs a second look.
    bool may_be_stale(const char* name, std::size_t size) const;

    static std::string_view name_of(const Record& record) {
        return {reinterpret_cast<const char*>(&record) + name_offset, record.name_size};
    }
    // Null when the record's inner offsets do not hold up, or its ids or name are never to be answered.
    static const User* as_user(const Record& record);
    static const Group* as_group(const Record& record);       // base
    static const GroupPatch* as_patch(const Record& record);  // delta

 private:
    const Section& section(Database database) const {
        return database == Database::users ? header().users : header().groups;
    }
    const Record* record_at(const Section& section, std::uint64_t offset) const {
        if (offset < section.offset || offset - section.offset >= section.size) return nullptr;
        const std::uint64_t left = section.size - (offset - section.offset);
        const auto* record = reinterpret_cast<const Record*>(data_ + offset);
        if (left < name_offset + 8 || record->size > left || record->size % 8 != 0 ||
            name_offset + record->name_size + 1U > record->size ||
            name_of(*record).data()[record->name_size] != '\0')
            return nullptr;
        return record;
    }
    // memcmp without the call for names of 8 to 16 bytes, as most are.
    static bool is_same(const char* a, const char* b, std::size_t size) {
        if (size < 8 || size > 16) return std::memcmp(a, b, size) == 0;
        const auto word = [](const char* at) {
            std::uint64_t value;
            std::memcpy(&value, at, sizeof value);
            return value;
        };
        return ((word(a) ^ word(b)) | (word(a + size - 8) ^ word(b + size - 8))) == 0;
    }
    template <typename Same>
    Found<Record> probe(const Table& table, const Section& section, std::uint64_t hash, Same same) const {
        if (table.used == 0) return {};
        const auto* slots = reinterpret_cast<const Slot*>(data_ + table.offset);
        std::uint32_t at = first_slot(hash, table.slots);
        for (std::uint32_t i = 0; i < probe_limit; ++i) {
            const Slot slot = slots[at];
            if (slot.ref == 0) return {};
            if (slot.tag == tag_of(hash)) {
                const Record* record = record_at(section, std::uint64_t{slot.ref} * 8);
                if (!record) return {Status::damaged, nullptr};
                if (same(*record)) return {Status::found, record};
            }
            if (++at == table.slots) at = 0;
        }
        return {};
    }

    const std::byte* data_ = nullptr;
};

// What the inner offsets of a checked record lead to.
inline const char* strings_of(const User& user) {
    return reinterpret_cast<const char*>(&user) + name_offset;
}
inline const std::uint32_t* gids_of(const User& user) {
    return reinterpret_cast<const std::uint32_t*>(reinterpret_cast<const std::byte*>(&user) +
                                                  aligned(name_offset + user.strings_size, 4));
}
template <typename T>
const End* ends_of(const T& record) {
    return reinterpret_cast<const End*>(reinterpret_cast<const std::byte*>(&record) + record.size) -
           record.end_count;
}
inline const std::uint8_t* lengths_of(const Group& group) {
    return reinterpret_cast<const std::uint8_t*>(&group) + name_offset + group.name_size + 1;
}
inline const char* names_of(const Group& group) {
    return reinterpret_cast<const char*>(lengths_of(group) + group.member_count);
}
inline const Joined* joined_of(const GroupPatch& patch) {
    return reinterpret_cast<const Joined*>(reinterpret_cast<const std::byte*>(&patch) +
                                           aligned(name_offset + patch.name_size + 1U, 8));
}
inline const std::uint32_t* left_of(const GroupPatch& patch) {
    return reinterpret_cast<const std::uint32_t*>(joined_of(patch) + patch.joined_count);
}

}  // namespace userd::snapshot
