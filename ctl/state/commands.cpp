// SPDX-License-Identifier: LGPL-2.1-or-later
// Desired state: validate, diff, apply, export, seal, schema.
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/state/schema.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

Answer<void> schema(Client&, const Args& args, Output& out) {
    const std::string& what = args.words[0];
    if (what == "state")
        out.text(state_schema());
    else if (what == "userd")
        out.text(userd_schema());
    else
        return refuse(problem(Exit::usage, "there is no schema of \"{}\"", what).with_hint("state or userd"));
    return {};
}

}  // namespace

std::span<const Command> desired_commands() {
    static const Command commands[] = {
        {"validate",
         "",
         "[FILE…]",
         "Check userd.yaml and its drop-ins, or state files",
         validate,
         {},
         Trait::none,
         "Without FILE the daemon's configuration, else these state files, or folders of them (see "
         "userd-state(5)). Needs no daemon. Every error is shown with file:line:column; then the exit status "
         "is 6."},
        {"schema",
         "",
         "NAME",
         "Print the JSON Schema of state files (state) or of userd.yaml (userd)",
         schema,
         {},
         Trait::none,
         "For editors and checks in a repository. Needs no daemon."},
    };
    return commands;
}

}  // namespace userd::ctl
