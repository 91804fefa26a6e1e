// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"
#include "daemon/config/config.h"

namespace userd::ctl {

// How sshd's methods fit login.rules. sshd proves keys, userd all else: over keyboard-interactive, or over
// sshd's password method where that is on. A key alone leaves the daemon nobody to ask, so where it wants a
// code as well, sshd must go on after the key.

// One line of login.rules as a Match block: like the rules, sshd takes the first that matches.
struct SshLine {
    std::vector<std::string> users, groups;  // empty: everybody
    std::vector<Network> networks;           // empty: everywhere
    std::string methods;                     // AuthenticationMethods
};

struct SshMethods {
    bool require_mfa = false;  // a code after a key, for everybody
    bool passwords = false;    // sshd's password method is on
};

// Refused: rules that sshd has no words for; require_mfa where the rules let somebody in without a code.
Answer<std::vector<SshLine>> ssh_lines(const Config& config, const SshMethods& wanted);

// The line that decides for a user in these groups from this address (all its bits); no name: one whom no
// line names. `lines` are those of ssh_lines().
const SshLine& ssh_line_for(std::span<const SshLine> lines, const Network& address, const std::string& user,
                            std::span<const std::string> groups);

// The drop-in: `locals` are the accounts of /etc/passwd, which it leaves alone; `sftp_group`, if any, gets
// files and nothing else, each member below the own home.
std::string drop_in_text(std::span<const SshLine> lines, std::span<const std::string> locals,
                         std::string_view sftp_group);

std::string network_text(const Network& network);  // 10.0.0.0/8, 2001:db8::/32

}  // namespace userd::ctl
