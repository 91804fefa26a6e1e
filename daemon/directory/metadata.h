// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd {

// What an admin keeps with an account: one JSON object, at most 16 KiB and 32 levels deep.
Result<std::string> parse_metadata(std::string_view json);  // in its shortest form; empty: {}
// Sets values by dotted paths ("team.lead" → "alice"); an empty value removes.
Result<std::string> merge_metadata(std::string_view json, const std::map<std::string, std::string>& changes);

}  // namespace userd
