// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fcntl.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/snapshot/hash.h"

// The least that any design can cost, to hold ours against: a mapped hash table, a look at a generation, a
// copy into the caller's buffer. No names checked, no bounds, no threads.
namespace userd::bench {

struct FloorHead {
    std::uint64_t generation;
    std::uint64_t slots;
    std::uint64_t records;  // offset
};
struct FloorSlot {
    std::uint32_t tag;
    std::uint32_t ref;  // ÷ 8
};
struct FloorRecord {
    std::uint32_t uid, gid;
    std::uint16_t name, gecos, home, size;  // ends of the strings, NULs included
};

class Floor {
 public:
    bool open(const char* path) {
        const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
        struct stat info;
        if (fd < 0 || ::fstat(fd, &info) != 0) return false;
        void* data = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, fd, 0);
        ::close(fd);
        if (data == MAP_FAILED) return false;
        data_ = static_cast<const char*>(data);
        generation_ = head().generation;
        return true;
    }

    bool find(std::string_view name, passwd* out, char* buffer, std::size_t size) const {
        if (__atomic_load_n(&head().generation, __ATOMIC_ACQUIRE) != generation_) return false;
        const std::uint64_t key = snapshot::hash(name, 1);
        const auto* slots = reinterpret_cast<const FloorSlot*>(data_ + sizeof(FloorHead));
        for (std::uint64_t at = key & (head().slots - 1);; at = (at + 1) & (head().slots - 1)) {
            if (slots[at].ref == 0) return false;
            if (slots[at].tag != static_cast<std::uint32_t>(key >> 32U)) continue;
            const auto* record =
                reinterpret_cast<const FloorRecord*>(data_ + std::uint64_t{slots[at].ref} * 8);
            const char* strings = reinterpret_cast<const char*>(record + 1);
            if (record->name != name.size() + 1 || std::memcmp(strings, name.data(), name.size()) != 0)
                continue;
            if (record->size + 2U > size) return false;
            std::memcpy(buffer, strings, record->size);
            std::memcpy(buffer + record->size, "x", 2);
            *out = {.pw_name = buffer,
                    .pw_passwd = buffer + record->size,
                    .pw_uid = record->uid,
                    .pw_gid = record->gid,
                    .pw_gecos = buffer + record->name,
                    .pw_dir = buffer + record->gecos,
                    .pw_shell = buffer + record->home};
            return true;
        }
    }

 private:
    const FloorHead& head() const { return *reinterpret_cast<const FloorHead*>(data_); }
    const char* data_ = nullptr;
    std::uint64_t generation_ = 0;
};

}  // namespace userd::bench
