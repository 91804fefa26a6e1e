// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-bus.h>

#include <string_view>

#include "common/base/handle.h"
#include "common/base/result.h"

// Calls to systemd and logind, which are there only where systemd runs.
namespace userd::homes {

using SystemBus = Handle<sd_bus, sd_bus_flush_close_unref>;
using BusRequest = Handle<sd_bus_message, sd_bus_message_unref>;

bool has_systemd();  // whether this host was booted with it
Result<SystemBus> open_system_bus();

// Waits for the answer, some seconds at most. `deed` begins the message of an error: "set the limits of …".
// An error of the name `fine` is none.
Result<void> call_and_wait(sd_bus& bus, sd_bus_message& request, std::string_view deed,
                           const char* fine = "");

}  // namespace userd::homes
