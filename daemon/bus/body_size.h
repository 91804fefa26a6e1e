// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

#include "common/base/result.h"
#include "daemon/bus/sd_bus.h"

namespace userd::bus {

// About the bytes of a message's arguments, which sd-bus does not tell; refused (limits) above `most`,
// without reading on. The message is at its beginning again afterwards.
Result<std::size_t> body_size(sd_bus_message* message, std::size_t most);

}  // namespace userd::bus
