// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/self_service.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "common/base/text.h"
#include "daemon/bus/record.h"

namespace userd::bus {
namespace {

constexpr std::array<std::string_view, 5> open_fields{"display_name", "first_name", "last_name", "phone",
                                                      "shell"};

Failure refused(std::string_view field, std::string why) {
    return fail(Error{Errc::denied, std::move(why), "ask an administrator", std::string(field)});
}

Result<void> check_shell(const Core& core, const User& user, const std::string& shell) {
    std::ifstream file(core.root + "/etc/shells", std::ios::binary);
    const auto shells = parse_shells(std::string(std::istreambuf_iterator<char>(file), {}));
    const auto listed = [&](const std::string& path) {
        return std::find(shells.begin(), shells.end(), path) != shells.end();
    };
    if (!listed(user.shell))
        return refused("shell", "not authorized: the present shell is not in /etc/shells");
    if (!listed(shell)) return refused("shell", "not authorized: the shell is not in /etc/shells");
    return {};
}

}  // namespace

Result<void> check_self_service(const Core& core, const User& user, const Fields& fields) {
    for (const auto& [name, value] : fields) {
        const bool open = std::find(open_fields.begin(), open_fields.end(), name) != open_fields.end() ||
                          (name == "email" && core.config.users.self_email);
        if (!open)
            return refused(name,
                           fmt::format("not authorized: {} is for an administrator to set", escaped(name)));
        if (name == "shell") TRY(check_shell(core, user, text_in(fields, name)));
    }
    return {};
}

std::vector<std::string> parse_shells(std::string_view text) {
    std::vector<std::string> shells;
    for (auto line : split(text, '\n')) {
        line = trimmed(line.substr(0, line.find('#')));
        if (!line.empty() && line[0] == '/') shells.emplace_back(line);
    }
    return shells;
}

}  // namespace userd::bus
