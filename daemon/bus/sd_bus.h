// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-bus.h>

#include "common/base/handle.h"

namespace userd::bus {

using BusHandle = Handle<sd_bus, sd_bus_close_unref>;
using BusMessage = Handle<sd_bus_message, sd_bus_message_unref>;
using BusSlot = Handle<sd_bus_slot, sd_bus_slot_unref>;

inline constexpr const char* bus_name = "org.userd1";
inline constexpr const char* manager_path = "/org/userd1";
inline constexpr const char* user_prefix = "/org/userd1/user";
inline constexpr const char* group_prefix = "/org/userd1/group";
inline constexpr const char* role_prefix = "/org/userd1/role";
inline constexpr const char* manager_interface = "org.userd1.Manager";
inline constexpr const char* user_interface = "org.userd1.User";
inline constexpr const char* group_interface = "org.userd1.Group";
inline constexpr const char* ldap_interface = "org.userd1.Ldap";
inline constexpr const char* role_interface = "org.userd1.Role";
inline constexpr const char* log_interface = "org.freedesktop.LogControl1";

}  // namespace userd::bus
