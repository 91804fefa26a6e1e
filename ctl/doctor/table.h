// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string_view>

#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

class Examination;

// One row of what the doctor looks at. Without diagnoses there was nothing to look at, such as a login of
// nobody in particular.
struct HostCheck {
    std::string_view name;  // stable: scripts, and docs/troubleshooting.md, which has a row for each
    Diagnoses (*look)(Examination& host);
};

// All of them, in the order in which a login meets what they are about.
std::span<const HostCheck> all_host_checks();

}  // namespace userd::ctl
