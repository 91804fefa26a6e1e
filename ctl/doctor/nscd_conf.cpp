// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/nscd_conf.h"

#include <vector>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    line = line.substr(0, line.find('#'));
    for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;) {
        const std::size_t end = line.find_first_of(" \t", at);
        words.push_back(line.substr(at, end - at));
        at = end == std::string_view::npos ? end : line.find_first_not_of(" \t", end);
    }
    return words;
}

}  // namespace

bool caches_accounts(std::string_view text) {
    bool users = true, groups = true;
    for (const std::string_view line : split(text, '\n')) {
        const auto words = words_of(line);
        if (words.size() < 3 || words[0] != "enable-cache") continue;
        if (words[1] == "passwd") users = words[2] != "no";
        if (words[1] == "group") groups = words[2] != "no";
    }
    return users || groups;
}

}  // namespace userd::ctl
