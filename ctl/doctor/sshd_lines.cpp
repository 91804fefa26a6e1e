// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/sshd_lines.h"

#include <cctype>

#include "common/base/text.h"

namespace userd::ctl {

bool has_other_value(std::string_view text, std::string_view keyword, std::string_view wanted) {
    for (const std::string_view raw : split(text, '\n')) {
        const std::string_view line = trimmed(raw);
        const std::size_t end = line.find_first_of(" \t=");
        if (end == std::string_view::npos || lower_keyword(line.substr(0, end)) != lower_keyword(keyword))
            continue;
        const std::size_t start = line.find_first_not_of(" \t=", end);
        if (start == std::string_view::npos || trimmed(line.substr(start)) != wanted) return true;
    }
    return false;
}

std::string lower_keyword(std::string_view keyword) {
    std::string text(keyword);
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

}  // namespace userd::ctl
