// SPDX-License-Identifier: LGPL-2.1-or-later
// `userctl update --from` and `userctl edit`: what is not refused is a patch whose fields all have their
// place.
#include "ctl/user_patch.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "ctl/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const userd::Fields before = {{"metadata", std::string(R"({"a":{"b":1}})")}};
    const auto patch = userd::ctl::parse_user_patch(
        std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml", before, 1'000'000);
    if (!patch) {
        if (patch.error().empty()) __builtin_trap();
        for (const auto& fault : patch.error()) (void)userd::to_text(fault);
        return 0;
    }
    for (const auto& [field, value] : patch->fields) {
        if (!patch->places.contains(field)) __builtin_trap();
        (void)userd::ctl::to_json(field, value).dump();
    }
    return 0;
}
