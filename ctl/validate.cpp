// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/validate.h"

#include <cstdlib>

#include "ctl/command.h"
#include "ctl/file_problem.h"
#include "ctl/output.h"
#include "ctl/state/state_file.h"

namespace userd::ctl {
namespace {

Fields record_of(const ConfigProblem& problem) {
    return {{"file", problem.file},
            {"line", std::int64_t{problem.line}},
            {"column", std::int64_t{problem.column}},
            {"message", problem.message},
            {"excerpt", problem.excerpt}};
}

}  // namespace

std::string config_root() {
    const char* value = std::getenv("USERD_ROOT");
    return value ? value : "";
}

Answer<void> report_problems(const std::vector<ConfigProblem>& problems, std::string_view ending,
                             Output& out) {
    if (out.json()) {
        Listing listing{"problems", 'p', {}, {}, problems.size(), 0, 0};
        for (const ConfigProblem& problem : problems) listing.rows.push_back(record_of(problem));
        out.list(listing);
    }
    if (problems.empty()) return {};
    if (!out.json()) return refuse_file(problems, out, ending);
    return refuse(Problem{Exit::invalid, {}, {}, {}, {}, {}});
}

Answer<void> validate(Client&, const Args& args, Output& out) {
    if (args.words.empty()) {
        TRY(report_problems(load_config(config_root()).problems, {}, out));
        out.line("userd.yaml and its drop-ins are in order.");
        return {};
    }
    const auto state = TRY(read_state_files(args.words, this_host()));
    TRY(report_problems(state.problems, {}, out));
    out.line("In order.");
    return {};
}

}  // namespace userd::ctl
