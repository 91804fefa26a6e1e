// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "daemon/model/value.h"

namespace userd::ctl {

// What a change of a user, or of a group or role with those whom it reaches, opened: a sentence with a blank
// before it, or nothing.
std::string about_enrolment(const Fields& before, const Fields& after, std::int64_t now);

}  // namespace userd::ctl
