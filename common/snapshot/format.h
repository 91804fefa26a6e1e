// SPDX-License-Identifier: LGPL-2.1-or-later
// The snapshot's files, byte for byte: control, base.N and delta.N.M. Written by daemon/publish, read by the
// NSS module. Host byte order: the files never leave the host. A change of meaning is a new `format_version`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace userd::snapshot {

inline constexpr std::uint64_t control_magic = 0x6C72746364726573;  // "serdctrl"
inline constexpr std::uint64_t part_magic = 0x7472617064726573;     // "serdpart"
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t control_size = 4096;

// Which base and delta belong together, in one word so that one atomic load sees both: base in the upper half
// (31 bits), delta in the lower; delta 0 is none. Numbers are never used twice in a folder.
struct Pair {
    std::uint32_t base = 0;
    std::uint32_t delta = 0;
    constexpr std::uint64_t word() const { return (std::uint64_t{base} << 32U) | delta; }
    static constexpr Pair of(std::uint64_t word) {
        return {static_cast<std::uint32_t>(word >> 32U), static_cast<std::uint32_t>(word)};
    }
    bool operator==(const Pair&) const = default;
};
inline constexpr std::uint64_t retired_bit = std::uint64_t{1} << 63U;

// File `control`. Readers keep it mapped. `current` is what is visible now; its uppermost bit says *retired*:
// another control stands at the path, open it. `durable` is synced and whole even after a power loss. The
// last three are accessed atomically.
struct Control {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t reserved;
    std::uint64_t generation;
    std::uint64_t current;
    std::uint64_t durable;
};

// A stretch of the file, in bytes from its start, aligned to 8.
struct Section {
    std::uint64_t offset;
    std::uint64_t size;
};

// Open addressing with linear probing. `tag` is the upper half of the hash, its lower half gives the first
// slot; `ref` is the record's offset ÷ 8, 0 is an empty slot. No record lies further than `probe_limit` slots
// from its first: the writer sees to that (another seed, more slots), so nobody can make lookups slow by
// choice of names.
struct Slot {
    std::uint32_t tag;
    std::uint32_t ref;
};
inline constexpr std::uint32_t probe_limit = 128;
struct Table {
    std::uint64_t offset;
    std::uint32_t slots;
    std::uint32_t used;
};

// First bytes of base.N and delta.N.M. The last 8 bytes of the file are XXH3 of all before them. A reader
// checks that of a delta, and of a base only the header's own: a base is synced before anyone is pointed to
// it, and reading all of it would cost a process more than its lookups. Offsets are checked when they are
// followed.
struct Header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t base;   // N
    std::uint32_t delta;  // M; 0 in a base
    std::uint32_t flags;
    std::uint64_t file_size;
    std::uint64_t store_id;    // of the store it shows
    std::uint64_t generation;  // the last change it shows
    std::uint64_t identity;    // random, of the base; a delta repeats its base's
    std::uint64_t seed;        // of the hash; the same in base and delta, so a key is hashed once
    Section users;             // records, ascending by uid
    Section groups;            // records, ascending by gid
    Table users_by_name;
    Table users_by_uid;
    Table groups_by_name;
    Table groups_by_gid;
    Section stale;  // delta: bits of a filter over member names of the base that need a second look, see
                    // stale_bit
    std::uint32_t groups_gone;  // delta: how many groups of the base are gone
    std::uint32_t reserved;
    std::uint64_t checksum;  // XXH3 of the header before this field
};
inline constexpr std::uint32_t header_has_local_groups = 1;  // some user's list holds a gid below 1000

// What every record begins with; `size` is all of it, a multiple of 8. The name and its NUL follow at
// `name_offset`, whatever the kind.
struct Record {
    std::uint32_t size;
    std::uint32_t id;
    std::uint8_t name_size;  // without NUL
    std::uint8_t flags;
    std::uint16_t by_kind;
};
inline constexpr std::size_t name_offset = 24;
// Delta: the base's user or group of this id is gone; a lookup that meets the record ends with "not found".
inline constexpr std::uint8_t record_gone = 1;
// Delta: a former name of a user or group that lives on; stands in the table of names only.
inline constexpr std::uint8_t record_former_name = 2;
// Answered by name and id, left out of enumerations.
inline constexpr std::uint8_t record_unlisted = 4;

// name NUL gecos NUL home NUL shell NUL | gids (4 aligned) | ends at the very end. One copy brings the
// strings to the caller. Offsets are within the strings.
struct User {
    std::uint32_t size;
    std::uint32_t uid;
    std::uint8_t name_size;
    std::uint8_t flags;
    std::uint16_t home_at;
    std::uint32_t gid;
    std::uint16_t shell_at;
    std::uint16_t strings_size;
    std::uint16_t group_count;
    std::uint16_t end_count;
};

// The list's entry `index` holds until this second (wall clock), not at it.
struct End {
    std::uint32_t index;
    std::uint32_t reserved;
    std::int64_t until;
};

// A group of a base: name NUL | length of each member's name, one byte each | the names, each with NUL | ends
// at the very end. Members ascend by uid. Names are kept, not ids, since names are what is asked for.
struct Group {
    std::uint32_t size;
    std::uint32_t gid;
    std::uint8_t name_size;
    std::uint8_t flags;
    std::uint16_t reserved;
    std::uint32_t member_count;
    std::uint32_t names_size;
    std::uint32_t end_count;
};

// A group of a delta: what differs from the base's members. name NUL | joined (8 aligned) | uids that left.
struct GroupPatch {
    std::uint32_t size;
    std::uint32_t gid;
    std::uint8_t name_size;
    std::uint8_t flags;
    std::uint16_t reserved;
    std::uint32_t joined_count;
    std::uint32_t left_count;
    std::uint32_t reserved2;
};
struct Joined {
    std::uint32_t uid;
    std::uint32_t reserved;
    std::int64_t until;
};

static_assert(sizeof(Control) == 40 && sizeof(Header) == 192 && sizeof(Slot) == 8);
static_assert(sizeof(User) == name_offset && sizeof(Group) == name_offset &&
              sizeof(GroupPatch) == name_offset);
static_assert(sizeof(End) == 16 && sizeof(Joined) == 16);

constexpr std::uint64_t aligned(std::uint64_t size, std::uint64_t to) {
    return (size + to - 1) & ~(to - 1);
}

}  // namespace userd::snapshot
