// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/ssh/methods.h"
#include "ctl/ssh/record.h"
#include "ctl/ssh/server.h"

namespace userd::ctl {

// What "ssh setup" is about to have sshd do, and the lines of it that are checked.
struct SshPlan {
    SshSetup setup;
    std::vector<SshLine> lines;
    bool code_by_choice = false;  // who has enrolled must give a code, and may have a key alone to show
};

// By userd.yaml, /etc/passwd and sshd's own settings, as they are now.
Answer<SshPlan> plan_setup(const SshServer& sshd, const std::string& root, bool require_mfa,
                           const std::string& sftp_group, std::int64_t now);

// "ssh setup"
Answer<void> set_up_ssh(Client& client, const Args& args, Output& out);

}  // namespace userd::ctl
