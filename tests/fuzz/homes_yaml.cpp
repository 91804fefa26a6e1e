// SPDX-License-Identifier: LGPL-2.1-or-later
// The limits of the root helper. Whatever the file says, an id of the system is never within them, and a path
// is never relative or crooked.
#include "daemon/homes/homes_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto limits = userd::homes::parse_limits({reinterpret_cast<const char*>(data), size}, "homes.yaml");
    if (!limits) return 0;
    for (const std::uint32_t id : {0U, 1U, 999U, 60001U, 65534U, 65535U, 0x80000000U, 0xFFFFFFFFU})
        if (limits->allows(id)) __builtin_trap();
    for (const auto* list : {&limits->roots, &limits->scan})
        for (const std::string& path : *list)
            if (path.size() < 2 || path[0] != '/' || path.find("/..") + 3 == path.size() ||
                path.find("/../") != std::string::npos || path.find("//") != std::string::npos)
                __builtin_trap();
    return 0;
}
