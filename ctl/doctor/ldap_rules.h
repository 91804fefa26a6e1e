// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <string>

#include "ctl/doctor/diagnosis.h"
#include "daemon/model/value.h"

namespace userd::ctl {

// `server`: a record of `userctl ldap status`.
Diagnosis judge_server(const Fields& server);
// `file`: what systemd hands to userd-ldap as its password; null: there is none at any of the places.
Diagnosis judge_credential(const std::string& server, const std::string& path, const struct stat* file);

}  // namespace userd::ctl
