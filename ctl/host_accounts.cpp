// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/host_accounts.h"

#include <fstream>
#include <vector>

#include "common/base/text.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

// The first line of the file whose field at `index` is `value`, as its fields.
std::vector<std::string> find_line(const char* path, std::size_t index, std::string_view value) {
    std::ifstream file(config_root() + path);
    for (std::string line; std::getline(file, line);) {
        const auto fields = split(line, ':');
        if (index < fields.size() && fields[index] == value) return {fields.begin(), fields.end()};
    }
    return {};
}

}  // namespace

bool has_local_user(std::string_view name) {
    return !find_line("/etc/passwd", 0, name).empty();
}

bool has_local_group(std::string_view name) {
    return !find_line("/etc/group", 0, name).empty();
}

std::string local_owner_of_home(std::string_view path) {
    const auto line = find_line("/etc/passwd", 5, path);
    return line.empty() ? "" : line[0];
}

bool is_listed_shell(std::string_view path) {
    return !find_line("/etc/shells", 0, path).empty();
}

}  // namespace userd::ctl
