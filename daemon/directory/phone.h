// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd {

// The one form of a telephone number, "+440123456789": spaces, ( ) - and dots removed, a leading 00 or
// nothing made +, 8 to 15 digits. An empty text is no number.
Result<std::string> parse_phone(std::string_view text);

}  // namespace userd
