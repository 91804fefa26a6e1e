// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/plain_text.h"

#include <algorithm>

#include "common/base/text.h"

namespace userd {

namespace {

Failure refuse(std::string_view text, std::string_view field, std::string_view why) {
    return fail(Error{Errc::invalid,
                      fmt::format("{} cannot be \"{}\": {}", field, escaped(text.substr(0, 64)), why), "",
                      std::string(field)});
}

// C0, DEL, and C1, which terminals obey as well.
bool has_control_characters(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == 0x7F) return true;
        if (c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
    }
    return false;
}

Result<std::string> parse_text(std::string_view given, std::string_view field, std::size_t most) {
    const auto text = trimmed(given);
    if (text.size() > most) return refuse(text, field, fmt::format("it has more than {} bytes", most));
    if (!is_utf8(text)) return refuse(text, field, "it is not UTF-8");
    if (has_control_characters(text)) return refuse(text, field, "it contains control characters");
    return std::string(text);
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

Result<std::string> parse_gecos(std::string_view given, std::string_view field) {
    auto text = TRY(parse_text(given, field, 255));
    if (text.find_first_of(":,") != std::string::npos)
        return refuse(text, field, "a colon or comma would end the field in passwd(5)");
    return text;
}

Result<std::string> parse_line(std::string_view text, std::string_view field) {
    return parse_text(text, field, 1024);
}

Result<std::string> parse_path(std::string_view given, std::string_view field) {
    auto text = TRY(parse_text(given, field, 255));
    if (text.empty() || text[0] != '/') return refuse(text, field, "an absolute path is needed");
    if (text.find(':') != std::string::npos)
        return refuse(text, field, "a colon would end the field in passwd(5)");
    for (const auto component : split(text, '/'))
        if (component == "." || component == "..") return refuse(text, field, "it goes through . or ..");
    while (text.size() > 1 && text.back() == '/') text.pop_back();
    return text;
}

Result<std::string> parse_word_like(std::string_view given, std::string_view field) {
    const auto text = trimmed(given);
    const auto fits = [](char c) {
        return is_word_character(c) || std::string_view(".:@/-").find(c) != std::string_view::npos;
    };
    if (text.empty() || text.size() > 64 || !is_word_character(text[0]) ||
        !std::all_of(text.begin(), text.end(), fits))
        return refuse(text, field,
                      "1 to 64 letters, digits and _ . : @ / - are needed, a letter, digit or _ first");
    return std::string(text);
}

}  // namespace userd
