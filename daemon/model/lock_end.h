// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/runtime/clock.h"

namespace userd {

// The end of a lock-out that only an admin ends: the last second that is written with four digits of a year.
inline constexpr Time until_unlocked = from_unix(253402300799);

}  // namespace userd
