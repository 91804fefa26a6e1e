// SPDX-License-Identifier: LGPL-2.1-or-later
// A list of refused passwords, in pieces of any size: each of its lines is found, and cutting it otherwise
// makes no other list. The first byte is the size of the pieces.
#include "daemon/login/blocklist.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/base/text.h"
#include "daemon/login/password_hash.h"

using namespace userd;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

bool holds(const Blocklist& list, std::string_view password) {
    const auto answer = list.holds(Secret(password));
    require(answer.has_value());
    return *answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = Blocklist::of_text(text), cut = Blocklist::of_text(text, data[0] + 1U);
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.size() > max_password) continue;
        const bool counts = folded(Secret(line)).size() >= Blocklist::shortest_line;
        if (counts) require(holds(*whole, line));
        require(holds(*whole, line) == holds(*cut, line));
    }
    return 0;
}
