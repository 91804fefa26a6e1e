// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/model/value_json.h"

#include "common/base/json.h"

namespace userd {

namespace {

void append(std::string& json, std::monostate) {
    json += "null";
}
void append(std::string& json, bool flag) {
    json += flag ? "true" : "false";
}
void append(std::string& json, std::int64_t number) {
    json += std::to_string(number);
}
void append(std::string& json, const std::string& text) {
    append_json_string(json, text);
}
void append(std::string& json, const std::vector<std::string>& list) {
    json += '[';
    for (const auto& text : list) {
        if (json.back() != '[') json += ',';
        append_json_string(json, text);
    }
    json += ']';
}
void append(std::string& json, const std::map<std::string, std::string>& table) {
    json += '{';
    for (const auto& [key, text] : table) {
        if (json.back() != '{') json += ',';
        append_json_string(json, key);
        json += ':';
        append_json_string(json, text);
    }
    json += '}';
}

}  // namespace

void append_json(std::string& json, const Value& value) {
    std::visit([&](const auto& held) { append(json, held); }, value);
}

}  // namespace userd
