// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "ctl/output.h"
#include "ctl/problem.h"
#include "daemon/config/config.h"

namespace userd::ctl {

// A fault of a file as a Problem: Exit::invalid, "FILE:LINE:COLUMN: …" and the line of the file.
Problem file_problem(const ConfigProblem& fault);
// Says all of them, their number and `ending` ("nothing was changed"); answers with the exit code alone.
Refusal refuse_file(const std::vector<ConfigProblem>& faults, Output& out, std::string_view ending = {});

}  // namespace userd::ctl
