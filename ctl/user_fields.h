// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ctl/client.h"
#include "ctl/command.h"
#include "daemon/model/value.h"

namespace userd::ctl {

// The options of create and update that set a field, and what they send. The daemon checks and normalises
// every value; here only times and numbers are read.
std::span<const Option> user_field_options();

// The fields that an update can set, by name.
std::vector<std::string> settable_fields();

Answer<Fields> user_fields(const Args& args, std::int64_t now);

}  // namespace userd::ctl
