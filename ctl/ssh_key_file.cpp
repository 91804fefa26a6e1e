// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/ssh_key_file.h"

#include "common/base/text.h"
#include "ctl/input_file.h"

namespace userd::ctl {

Answer<std::vector<std::string>> parse_keys(std::string_view text, std::string_view place) {
    if (text.find("PRIVATE KEY-----") != std::string_view::npos)
        return refuse(
            problem(Exit::invalid, "{} holds a private key; it stays with its owner", escaped(place))
                .with_hint("the public one, in the file that ends in .pub"));
    std::vector<std::string> keys;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trimmed(line);
        if (!line.empty() && line[0] != '#') keys.emplace_back(line);
    }
    if (keys.empty()) return refuse(Exit::invalid, "there is no key in {}", escaped(place));
    return keys;
}

Answer<std::vector<std::string>> read_key_file(const std::string& place) {
    constexpr std::size_t most = 1 << 20;
    const auto text = read_input(place, most);
    if (!text) return refuse(Problem(text.error()).with_field("file"));
    return parse_keys(*text, input_name(place));
}

}  // namespace userd::ctl
