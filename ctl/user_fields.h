// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>

#include "ctl/client.h"
#include "ctl/command.h"
#include "daemon/model/value.h"

namespace userd::ctl {

// The options of create and update that set a field, and what they send. The daemon checks and normalises
// every value; here only times and numbers are read.
std::span<const Option> user_field_options();

Answer<Fields> user_fields(const Args& args, std::int64_t now);

// A JSON object (an RFC 7396 merge patch) as fields: null clears, metadata is merged with what `before`, the
// user as it is, has.
Answer<Fields> fields_from_json(std::string_view text, const Fields& before, std::int64_t now);

}  // namespace userd::ctl
