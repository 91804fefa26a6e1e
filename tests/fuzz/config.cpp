// SPDX-License-Identifier: LGPL-2.1-or-later
// userd.yaml is written by root, but a reload must survive whatever stands there.
#include "daemon/config/config.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto loaded =
        userd::parse_config(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
    for (const auto& problem : loaded.problems) (void)userd::to_text(problem);
    if (loaded.config.has_value() != loaded.problems.empty()) __builtin_trap();
    return 0;
}
