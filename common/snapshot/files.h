// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "common/snapshot/local_groups.h"

namespace userd::snapshot {

enum class Opened : std::uint8_t { ok, missing, refused };

// A file mapped read-only; no descriptor stays open.
struct Mapping {
    const void* data = nullptr;
    std::size_t size = 0;
    dev_t device = 0;
    ino_t inode = 0;
};

// Only a regular file of a system user (uid below 1000, or `own`) that nobody else may write. The descriptor
// is never 0–2 and does not survive exec. missing: there is no such file; refused: all else that can be
// wrong.
Opened map_file(const char* path, uid_t own, Mapping& mapping);
void unmap(Mapping& mapping);

// Reads the list of local groups if it is root's (or `own`'s); without it the list stays empty.
void read_local_groups(const char* path, uid_t own, LocalGroups& groups);

// folder/control, folder/base.N and folder/delta.N.M.
class Path {
 public:
    explicit Path(const char* folder) { append(folder), append("/"); }
    static Path control(const char* folder) { return Path(folder).append("control"); }
    static Path base(const char* folder, std::uint32_t base) {
        return Path(folder).append("base.").append(base);
    }
    static Path delta(const char* folder, std::uint32_t base, std::uint32_t delta) {
        return Path(folder).append("delta.").append(base).append(".").append(delta);
    }
    const char* text() const { return text_; }

 private:
    Path& append(const char* text);
    Path& append(std::uint32_t number);

    std::size_t size_ = 0;
    char text_[256] = {};  // what does not fit is a path that does not exist
};

}  // namespace userd::snapshot
