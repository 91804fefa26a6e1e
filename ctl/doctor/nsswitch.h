// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

// One source of a line of nsswitch.conf, and what stands in brackets behind it: "UNAVAIL=return", in the
// order of the file, the status in capitals and the action in small letters, "!" before a status kept.
struct NssSource {
    std::string name;
    std::vector<std::string> actions;
};

// Databases in order of their names, each with its sources: nsswitch.conf(5). The last line of a database
// counts, as for glibc. Any text at all can be read.
using NssSwitch = std::map<std::string, std::vector<NssSource>, std::less<>>;
NssSwitch parse_nsswitch(std::string_view text);

// Whether the line of passwd or group has lookups ask userd right behind the files, before anybody who may
// answer for its users, and end there when the snapshot cannot be read.
Diagnosis judge_nss_line(const NssSwitch& file, std::string_view database);
// A line of its own would take the place of group's for the groups of a login.
Diagnosis judge_initgroups(const NssSwitch& file);

}  // namespace userd::ctl
