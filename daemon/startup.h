// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/config/config.h"

// What userd does before it serves anybody.
namespace userd::startup {

// --help, --version and --recover answer and end the program with the returned exit code; so does what it
// does not know.
std::optional<int> answer_options(int argc, char** argv);

// Where all paths lie: $USERD_ROOT, normally empty.
std::string root();

// Files of ours for nobody else, no core dumps and no ptrace by the own uid, writes to closed pipes as
// errors. Refuses to run as root, which nothing here needs, but for tests in a folder of their own.
Result<void> confine(const std::string& root);

// The sockets that systemd handed over, by their names; those that are missing are not served.
struct Sockets {
    Fd login, keys, admin, ldap;
};
Result<Sockets> take_sockets();

// Reads the configuration; each problem goes to the log.
Result<Config> read_config(const std::string& root);

int log_level(const std::string& word);  // syslog's number of log.level

std::string system_bus_address(const std::string& root);

}  // namespace userd::startup
