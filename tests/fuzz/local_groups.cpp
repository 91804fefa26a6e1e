// SPDX-License-Identifier: LGPL-2.1-or-later
// The list of local groups: root's file, read in other people's processes. Pieces must not change what it
// says, and 0 is never in it.
#include "common/snapshot/local_groups.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const char* text = reinterpret_cast<const char*>(data);
    userd::snapshot::LocalGroups whole, pieces;
    whole.feed(text, size);
    whole.finish();
    for (std::size_t i = 0; i < size; ++i) pieces.feed(text + i, 1);
    pieces.finish();
    for (std::uint32_t gid = 0; gid < 1100; ++gid)
        if (whole.contains(gid) != pieces.contains(gid) || (whole.contains(gid) && (gid == 0 || gid > 999)))
            __builtin_trap();
    return 0;
}
