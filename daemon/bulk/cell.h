// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/model/value.h"

namespace userd {

// A cell's text as the value of a field: lists are split at ',' and ';', times are RFC 3339 or a date, flags
// yes and no. Errors: invalid, with the field. The directory checks what the value may be.
Result<Value> parse_cell(std::string_view field, std::string_view text);

}  // namespace userd
