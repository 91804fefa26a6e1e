// SPDX-License-Identifier: LGPL-2.1-or-later
// The state stream comes from whoever may apply: what it says is read or refused, and nothing else happens.
#include <cstdint>

#include "daemon/state/wanted.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto wanted = userd::state::parse_wanted({reinterpret_cast<const char*>(data), size}, nullptr);
    if (wanted && wanted->set.empty()) __builtin_trap();
    return 0;
}
