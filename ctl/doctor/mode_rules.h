// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <string>

#include "ctl/doctor/diagnosis.h"
#include "ctl/doctor/examination.h"

namespace userd::ctl {

// What sshd's StrictModes asks of a home, of .ssh and of authorized_keys. Nothing is found where all is well.
// `file`: of lstat(2). The remedies follow no link that the user could put there.
Diagnoses judge_home(const ShownUser& user, const struct stat& file, bool may_be_roots);
Diagnoses judge_ssh_file(const ShownUser& user, const std::string& path, const struct stat& file);

}  // namespace userd::ctl
