// SPDX-License-Identifier: LGPL-2.1-or-later
// State files: whatever the bytes are, either all is read or every problem has a place in the text.
#include "ctl/state/state_file.h"

#include <cstdlib>

using namespace userd;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto state = ctl::read_state_texts({{"fuzz.yaml", text}}, "web1.example.org");
    for (const auto& problem : state.problems)
        if (problem.line == 0 || problem.column == 0 || problem.message.empty()) std::abort();
    for (const auto& object : state.objects)
        for (const auto& entry : object.entries)
            if (entry.json.empty()) std::abort();
    return 0;
}
