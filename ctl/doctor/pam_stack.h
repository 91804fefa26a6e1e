// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"

namespace userd::ctl {

// What one service's files of /etc/pam.d come to for one type, as libpam reads them (pam.conf(5)), and what
// libpam makes of what the modules say.

// One module of the stack. `level` is that of the substack it stands in, 0 outside.
struct PamModule {
    std::string name;  // "pam_unix.so", without a folder; empty: a substack begins behind it
    std::map<std::string, std::string, std::less<>> actions;  // by what it returns, "default" among them
    std::vector<std::string> arguments;
    std::string where;  // "/etc/pam.d/common-auth:17"
    unsigned level = 0;
};
using PamStack = std::vector<PamModule>;

// The text of /etc/pam.d/NAME; none: there is no such file.
using PamFiles = std::function<std::optional<std::string>(const std::string& name)>;

// `type`: auth, account, password, session. Without a line of the type there, libpam takes that of "other".
// Refused: what libpam would refuse too, such as a file that includes itself, or one that is not there.
Answer<PamStack> read_pam_stack(const PamFiles& files, const std::string& service, std::string_view type);

// What becomes of a run through the stack.
struct PamRun {
    bool succeeds = false;
    std::vector<const PamModule*> asked;  // in this order
};
// `says`: what a module returns, a word such as "success" or "auth_err".
PamRun run_pam_stack(const PamStack& stack, const std::function<std::string(const PamModule&)>& says);

// The action that a word leads to: "ok", "done", "bad", "die", "ignore", "reset" or a number.
std::string_view action_for(const PamModule& module, std::string_view word);

}  // namespace userd::ctl
