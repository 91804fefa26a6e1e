// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/metadata.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"

namespace userd {

namespace {

using Json = nlohmann::json;

constexpr std::size_t most_bytes = 16 * 1024;
constexpr int most_levels = 32;

Failure refuse(std::string_view why) {
    return fail(Error{Errc::invalid, fmt::format("metadata cannot be stored: {}", why), "", "metadata"});
}

// Brackets outside strings: counted before parsing, since a tree of depth N is written and freed N calls
// deep.
bool is_too_deep(std::string_view text) {
    int level = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if ((c == '{' || c == '[') && ++level > most_levels) return true;
        if (c == '}' || c == ']') --level;
    }
    return false;
}

Result<Json> parse(std::string_view text) {
    if (text.size() > most_bytes) return refuse("it has more than 16 KiB");
    if (is_too_deep(text)) return refuse("it is nested more than 32 levels deep");
    auto json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return refuse("it is not JSON");
    if (!json.is_object()) return refuse("a JSON object is needed, {\"key\": …}");
    return json;
}

Result<std::string> write(const Json& json) {
    auto text = json.dump();
    if (text.size() > most_bytes) return refuse("it has more than 16 KiB");
    if (is_too_deep(text)) return refuse("it is nested more than 32 levels deep");
    return text;
}

void set_at(Json& object, const std::vector<std::string_view>& path, std::size_t at,
            const std::string& value) {
    const std::string key(path[at]);
    if (at + 1 == path.size()) {
        if (value.empty())
            object.erase(key);
        else
            object[key] = value;
        return;
    }
    if (value.empty() && !(object.contains(key) && object[key].is_object())) return;
    if (!object[key].is_object()) object[key] = Json::object();
    set_at(object[key], path, at + 1, value);
}

}  // namespace

Result<std::string> parse_metadata(std::string_view text) {
    if (trimmed(text).empty()) return std::string("{}");
    const auto json = TRY(parse(text));
    return write(json);
}

Result<std::string> merge_metadata(std::string_view text, const std::map<std::string, std::string>& changes) {
    auto json = TRY(parse(text.empty() ? "{}" : text));
    for (const auto& [key, value] : changes) {
        const auto path = split(key, '.');
        if (path.size() > most_levels ||
            std::any_of(path.begin(), path.end(), [](auto part) { return part.empty(); }))
            return refuse(fmt::format("\"{}\" is no key", escaped(key.substr(0, 64))));
        if (!is_utf8(key) || !is_utf8(value))
            return refuse(fmt::format("\"{}\" is not UTF-8", escaped(key.substr(0, 64))));
        set_at(json, path, 0, value);
    }
    return write(json);
}

}  // namespace userd
