// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace userd::homes {

// The forms of the host's files in which a login name may stand.
enum class NameFile {
    group,        // name:password:gid:members
    gshadow,      // name:password:administrators:members
    subordinate,  // name:first:count
    names,        // one name a line: cron.allow
    denied,       // the same, of those who may not: cron.deny
    access,       // access.conf: + : users : origins
    sudoers,
};

struct NameLine {
    unsigned line = 0;       // from 1
    std::string what;        // "member of sudo"; never a password
    bool removable = false;  // --clean takes the name out; else it is for a person to do
};

// Where a name stands in a file's text.
std::vector<NameLine> find_name(NameFile form, std::string_view text, std::string_view name);

// The text without the name wherever it is removable; every other byte stays.
std::string without_name(NameFile form, std::string_view text, std::string_view name);

}  // namespace userd::homes
