// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

#include "common/base/result.h"

namespace userd {

// The D-Bus error name of a code, "org.userd1.Error.Exists" or "org.freedesktop.DBus.Error.InvalidArgs".
const char* dbus_error_name(Errc code);
// The way back; `internal` for a name that no code of ours has.
Errc errc_of_dbus_name(std::string_view name);

// An error's text on the wire: the message in one line, then "hint: …" and "field: …" lines where there are
// any.
std::string to_wire(const Error& error);
Error error_from_wire(std::string_view name, std::string_view text);

}  // namespace userd
