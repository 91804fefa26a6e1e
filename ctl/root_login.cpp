// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/root_login.h"

#include <fstream>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

// shadow(5): a field that is empty, or begins with ! or *, lets nobody in by password.
bool has_password(const std::string& file) {
    std::ifstream shadow(file);
    for (std::string line; std::getline(shadow, line);) {
        const auto fields = split(line, ':');
        if (fields.size() > 1 && fields[0] == "root")
            return !fields[1].empty() && fields[1][0] != '!' && fields[1][0] != '*';
    }
    return false;
}

bool has_key(const std::string& file) {
    std::ifstream keys(file);
    for (std::string line; std::getline(keys, line);) {
        const auto start = line.find_first_not_of(" \t");
        if (start != std::string::npos && line[start] != '#') return true;
    }
    return false;
}

}  // namespace

bool root_can_log_in(const std::string& prefix) {
    return has_password(prefix + "/etc/shadow") || has_key(prefix + "/root/.ssh/authorized_keys");
}

}  // namespace userd::ctl
