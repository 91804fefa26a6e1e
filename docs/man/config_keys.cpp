// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the table of userd.yaml's keys as scdoc.
#include <fmt/core.h>

#include <string>

#include "daemon/config/keys.h"

namespace {

// scdoc reads _ and * as marks of emphasis.
std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '_' || c == '*' || c == '\\' || c == '`') result += '\\';
        result += c;
    }
    return result;
}

}  // namespace

int main() {
    const userd::Config defaults;
    for (const auto& key : userd::config_keys())
        fmt::print("*{}*: _{}_\n\t{}\n\n", plain(key.path), plain(key.show(defaults)), plain(key.help));
}
