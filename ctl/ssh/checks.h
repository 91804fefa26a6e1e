// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ctl/ssh/methods.h"
#include "ctl/ssh/record.h"
#include "ctl/ssh/server.h"

namespace userd::ctl {

// Whom sshd is asked about where it is about users of userd in general, and from where.
inline constexpr const char* ssh_probe_name = "userd-probe";  // no account has it: for sshd it is one of ours
inline constexpr const char* ssh_probe_address = "192.0.2.1";  // of the documentation network

// The accounts of /etc/passwd, each fit to stand in a Match line.
Answer<std::vector<std::string>> local_accounts(const std::string& root);

// What sshd shows for root and local accounts that can log in, to be compared later. `old` is a setup that
// is in force: accounts that it did not know yet are left out, for it takes them for ours.
using SshBefore = std::vector<std::pair<std::string, SshSettings>>;
Answer<SshBefore> look_at_locals(const SshServer& sshd, const std::string& root, const SshSetup* old);

// Whether sshd with the main file `file` (empty: the host's own) shows what was meant for ours, and for all
// others what it did before.
Answer<void> check_meaning(const SshServer& sshd, const std::string& file, std::span<const SshLine> lines,
                           const std::string& sftp_group, const SshBefore& before);

}  // namespace userd::ctl
