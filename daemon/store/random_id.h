// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sodium.h>

#include <cstdint>

namespace userd::store {

inline std::int64_t random_id() {
    std::int64_t value = 0;
    while (value == 0) {
        randombytes_buf(&value, sizeof value);
        value &= INT64_MAX;
    }
    return value;
}

}  // namespace userd::store
