// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/bus/sd_bus.h"

// The tables of the interfaces; each is at the end of the file that has its name. Their userdata is a
// Connection.
namespace userd::bus {

extern const sd_bus_vtable manager_table[];
extern const sd_bus_vtable user_table[];
extern const sd_bus_vtable group_table[];
extern const sd_bus_vtable role_table[];
extern const sd_bus_vtable ldap_table[];
extern const sd_bus_vtable log_control_table[];

// sd-bus would answer Properties.Set of a writable property before anybody knows who asks: this stands in
// front of the tables of the root object and takes those calls, all others pass.
int take_property_set(sd_bus_message* message, void* connection, sd_bus_error* error) noexcept;

}  // namespace userd::bus
