// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/difference.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/render.h"

namespace userd::ctl {
namespace {

using json = nlohmann::ordered_json;

std::string list_difference(const json& before, const json& after) {
    std::string text;
    auto add = [&](char mark, const json& list, const json& without) {
        for (const json& item : list)
            if (std::find(without.begin(), without.end(), item) == without.end())
                text += fmt::format(" {}{}", mark, escaped(item.get<std::string>()));
    };
    add('+', after, before);
    add('-', before, after);
    return text;
}

std::string leaf(const json& value) {
    if (value.is_null()) return "-";
    if (value.is_string()) return escaped(value.get<std::string>());
    return escaped(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

void compare(const std::string& path, const json& before, const json& after,
             std::vector<std::string>& result) {
    if (before == after) return;
    if (before.is_object() || after.is_object()) {
        const json none = json::object(), null;
        const json& old = before.is_object() ? before : none;
        const json& now = after.is_object() ? after : none;
        if (!before.is_null() && !before.is_object()) result.push_back(path + ": " + leaf(before) + " → -");
        for (const auto& [key, value] : old.items())
            compare(path + "." + escaped(key), value, now.contains(key) ? now[key] : null, result);
        for (const auto& [key, value] : now.items())
            if (!old.contains(key)) compare(path + "." + escaped(key), null, value, result);
        if (!after.is_null() && !after.is_object()) result.push_back(path + ": - → " + leaf(after));
        return;
    }
    result.push_back(path + ": " + leaf(before) + " → " + leaf(after));
}

}  // namespace

std::vector<std::string> differences(const Fields& before, const Fields& after,
                                     const std::set<std::string>& names) {
    std::vector<std::string> result;
    for (const Field& field : all_fields()) {
        const std::string name(field.name);
        if (!names.contains(name)) continue;
        const json old = to_json(name, value_of(before, name)), now = to_json(name, value_of(after, name));
        if (field.shape != Shape::list)
            compare(name, old, now, result);
        else if (const std::string text = list_difference(old, now); !text.empty())
            result.push_back(name + ":" + text);
    }
    return result;
}

std::string difference_line(char mark, const std::string& name, const std::vector<std::string>& differences) {
    std::string text;
    for (const std::string& one : differences) text += (text.empty() ? "" : "     ") + one;
    return fmt::format("  {} {:<7} {}", mark, escaped(name), text);
}

}  // namespace userd::ctl
