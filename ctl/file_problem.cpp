// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/file_problem.h"

namespace userd::ctl {

Problem file_problem(const ConfigProblem& fault) {
    ConfigProblem bare = fault;
    bare.excerpt.clear();
    Problem result = problem(Exit::invalid, "{}", to_text(bare));
    result.excerpt = fault.excerpt;
    return result;
}

Refusal refuse_file(const std::vector<ConfigProblem>& faults, Output& out, std::string_view ending) {
    for (const ConfigProblem& fault : faults) out.problem(file_problem(fault));
    if (!out.json())
        out.note(fmt::format("{} error{}{}", faults.size(), faults.size() == 1 ? "" : "s",
                             ending.empty() ? "" : fmt::format("; {}.", ending)));
    return refuse(Problem{Exit::invalid, {}, {}, {}, {}, {}});
}

}  // namespace userd::ctl
