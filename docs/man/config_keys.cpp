// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the table of userd.yaml's keys as scdoc.
#include <fmt/core.h>

#include <string>

#include "daemon/config/keys.h"
#include "daemon/config/ldap_keys.h"

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
    const auto source = userd::default_ldap_source("NAME");
    for (const auto& key : userd::ldap_keys())
        fmt::print("*ldap.NAME.{}*: _{}_\n\t{}\n\n", plain(key.path),
                   key.must_be_given ? "must be given" : plain(key.show(source)), plain(key.help));
}
