// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace userd::ctl {

// JSON Schemas (2020-12) for editors, made from the tables that the readers use.
std::string state_schema();
std::string userd_schema();
// The tables of userd-state(5), as scdoc.
std::string state_page();

}  // namespace userd::ctl
