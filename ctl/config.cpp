// SPDX-License-Identifier: LGPL-2.1-or-later
// The configuration file, read here and not by the daemon: it must be possible to mend one that the daemon
// refuses.
#include "daemon/config/config.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"

namespace userd::ctl {
namespace {

std::string root() {
    const char* value = std::getenv("USERD_ROOT");
    return value ? value : "";
}

Answer<LoadedConfig> load(const std::vector<std::string>& files) {
    if (files.empty()) return load_config(root());
    LoadedConfig all;
    for (const std::string& file : files) {
        std::ifstream in(file);
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        if (!in) return refuse(problem(Exit::failed, "cannot read {}", escaped(file)).with_field("file"));
        LoadedConfig one = parse_config(text, file);
        std::move(one.problems.begin(), one.problems.end(), std::back_inserter(all.problems));
        all.config = std::move(one.config);
    }
    return all;
}

Fields record_of(const ConfigProblem& problem) {
    return {{"file", problem.file},
            {"line", std::int64_t{problem.line}},
            {"column", std::int64_t{problem.column}},
            {"message", problem.message},
            {"excerpt", problem.excerpt}};
}

// All problems, and the exit code for them. With --json they are the answer: a list of objects.
Answer<void> report(const std::vector<ConfigProblem>& problems, Output& out) {
    if (out.json()) {
        Listing listing{"problems", 'p', {}, {}, problems.size(), 0, 0};
        for (const ConfigProblem& problem : problems) listing.rows.push_back(record_of(problem));
        out.list(listing);
    }
    if (problems.empty()) return {};
    if (!out.json()) {
        for (const ConfigProblem& problem : problems)
            out.problem({Exit::invalid, {}, to_text(problem), {}, {}, {}});
        out.note(fmt::format("{} error{}", problems.size(), problems.size() == 1 ? "" : "s"));
    }
    return refuse(Problem{Exit::invalid, {}, {}, {}, {}, {}});
}

Answer<void> validate(Client&, const Args& args, Output& out) {
    const LoadedConfig loaded = TRY(load(args.words));
    TRY(report(loaded.problems, out));
    out.line(args.words.empty() ? "userd.yaml and its drop-ins are in order." : "In order.");
    return {};
}

Answer<void> show(Client&, const Args&, Output& out) {
    const LoadedConfig loaded = load_config(root());
    if (!loaded.config) return report(loaded.problems, out);
    Listing listing{"settings", 'c', {"key", "value", "where"}, {}, loaded.config->shown.size(), 0, 0};
    for (const auto& [key, setting] : loaded.config->shown)
        listing.rows.push_back({{"key", key}, {"value", setting.value}, {"where", setting.where}});
    out.list(listing);
    return {};
}

}  // namespace

std::span<const Command> config_commands() {
    static const Command commands[] = {
        {"config",
         "show",
         "",
         "Show every setting in force, and where it stands",
         show,
         {},
         Trait::none,
         "Reads userd.yaml and its drop-ins itself and needs no daemon."},
        {"validate",
         "",
         "[FILE…]",
         "Check userd.yaml and its drop-ins, or these files in their place",
         validate,
         {},
         Trait::none,
         "Needs no daemon. Every error is shown with file:line:column; then the exit status is 6."},
    };
    return commands;
}

}  // namespace userd::ctl
