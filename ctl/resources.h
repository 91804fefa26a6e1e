// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/output.h"

namespace userd::ctl {

// What a change of Delete or Transfer put off, and what it left alone, one a line on standard error.
void tell_left(const Fields& record, Output& out);

}  // namespace userd::ctl
