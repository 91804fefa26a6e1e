// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// Where `userctl ssh setup` writes, and what the daemon believes of it. All of them belong to root.
namespace userd::ssh_files {

// Its name goes before other drop-ins: sshd takes the first word it finds.
inline constexpr const char* drop_in = "/etc/ssh/sshd_config.d/00-userd-login.conf";
inline constexpr const char* folder = "/var/lib/userd-ssh";
// What is in force, since when, until when, and what was there before. For userctl alone.
inline constexpr const char* state = "/var/lib/userd-ssh/state.json";
// There as long as sshd confines a group: its name in the first line, then the drop-in as sshd was given it.
inline constexpr const char* confined = "/var/lib/userd-ssh/confined";

}  // namespace userd::ssh_files
