// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/model/value.h"

namespace userd {

// Appends the value as compact JSON.
void append_json(std::string& json, const Value& value);

}  // namespace userd
