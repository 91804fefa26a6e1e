// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "common/snapshot/files.h"
#include "common/snapshot/view.h"

namespace userd::snapshot {

// What a snapshot folder shows at one moment: the base and delta that its control points to, mapped as long
// as this lives. For who looks once and wants to know why not; lookups use a Reader.
class Shown {
 public:
    // `own`: a uid whose files are trusted beside the system's.
    Shown(const char* folder, uid_t own);
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;
    ~Shown();

    bool is_open() const { return is_open_; }
    const View& view() const { return view_; }                // open only
    std::uint64_t generation() const { return generation_; }  // 0 until the control was read
    // The file that was looked at last, and whether it was there: where it ended when nothing is open.
    const char* path() const { return path_.text(); }
    Opened opened() const { return opened_; }
    // Reads base and delta to their ends; lookups do not. Open only.
    bool is_whole() const;

 private:
    bool map(const Path& path, uid_t own, Mapping& mapping);

    Path path_;
    Opened opened_ = Opened::missing;
    Mapping control_, base_, delta_;
    View view_;
    std::uint64_t generation_ = 0;
    bool is_open_ = false;
};

}  // namespace userd::snapshot
