// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

// Whether each group that userd.yaml names stands in /etc/userd/local-groups (`list`) with the number that
// /etc/group (`groups`) gives it.
Diagnoses judge_local_groups(const std::vector<std::string>& names, std::string_view list,
                             std::string_view groups);

}  // namespace userd::ctl
