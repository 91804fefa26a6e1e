// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/yaml_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

using json = nlohmann::ordered_json;

bool is_plain(const std::string& text) {
    static constexpr std::string_view words[] = {"true", "false", "yes", "no", "on",
                                                 "off",  "null",  "y",   "n",  "nan"};
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (std::find(std::begin(words), std::end(words), lower) != std::end(words)) return false;
    const auto first = static_cast<unsigned char>(text.empty() ? 0 : text.front());
    if (first >= 0x80 || !(std::isalpha(first) || first == '/')) return false;
    return text.back() != ' ' && std::all_of(text.begin(), text.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) ||
                      std::string_view(" ._/@+-").find(c) != std::string_view::npos;
           });
}

std::string in_quotes(const json& value) {  // a JSON text is a YAML text
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What stands on one line; lists and tables in lists in JSON's form, which YAML reads.
std::string inline_value(const json& value) {
    if (value.is_string())
        return is_plain(value.get<std::string>()) ? value.get<std::string>() : in_quotes(value);
    if (!value.is_array()) return in_quotes(value);
    std::string text;
    for (const json& item : value) text += (text.empty() ? "" : ", ") + inline_value(item);
    return "[" + text + "]";
}

void add_table(std::string& text, const json& table, std::size_t indent) {
    for (const auto& [key, value] : table.items()) {
        text += fmt::format("{}{}:", std::string(indent, ' '), is_plain(key) ? key : in_quotes(key));
        if (value.is_object() && !value.empty()) {
            text += '\n';
            add_table(text, value, indent + 2);
        } else {
            text += ' ' + inline_value(value) + '\n';
        }
    }
}

}  // namespace

std::string to_yaml(const json& table) {
    std::string text;
    add_table(text, table, 0);
    return text;
}

}  // namespace userd::ctl
