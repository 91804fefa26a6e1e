// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.h"
#include "ctl/parser.h"

namespace userd::ctl {

// "list --all" as the shell would split it.
inline Answer<Args> parse_line(std::string_view line) {
    std::vector<std::string> words;
    for (const std::string_view word : split(line, ' '))
        if (!word.empty()) words.emplace_back(word);
    return parse(words);
}

// What parse_line() refuses, as "message (hint)".
inline std::string refusal(std::string_view line) {
    const auto parsed = parse_line(line);
    if (parsed) return "accepted";
    if (parsed.error().exit != Exit::usage) return "not a usage error";
    return parsed.error().message + (parsed.error().hint.empty() ? "" : " (" + parsed.error().hint + ")");
}

}  // namespace userd::ctl
