// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace userd::snapshot {

// The gids below 1000 that root lets userd hand out as supplementary groups: lines `name:gid` of a file that
// root owns. The name is for people; what counts is the gid. Lines of another shape are passed over, 0 never
// counts.
class LocalGroups {
 public:
    bool contains(std::uint32_t gid) const { return gid < 1000 && (bits_[gid / 64] >> (gid % 64) & 1U) != 0; }
    void clear() { *this = {}; }
    // The file's bytes, in pieces of any size.
    void feed(const char* text, std::size_t size);
    void finish() { end_line(); }  // the last line may lack its newline

 private:
    void end_line();

    std::uint64_t bits_[16] = {};
    std::uint32_t gid_ = 0;
    enum class In : std::uint8_t { start, name, first_digit, gid, skip } in_ = In::start;
};

}  // namespace userd::snapshot
