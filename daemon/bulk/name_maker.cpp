// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/name_maker.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "common/base/text.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

// Letters that are not a letter and an accent to Unicode.
constexpr std::pair<std::string_view, std::string_view> letters[] = {
    {"æ", "ae"}, {"œ", "oe"}, {"ø", "o"}, {"ð", "d"}, {"đ", "d"},
    {"þ", "th"}, {"ł", "l"},  {"ı", "i"}, {"ħ", "h"},
};

Failure bad_template(std::string message, std::string hint = {}) {
    return fail(Error{Errc::invalid, std::move(message), std::move(hint), "name_from"});
}

}  // namespace

std::string in_plain_letters(std::string_view text) {
    utf8proc_uint8_t* mapped = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                   static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                                                  UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD));
    if (size < 0) return {};
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
    std::string folded(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
    for (const auto& [letter, plain] : letters)
        for (auto at = folded.find(letter); at != std::string::npos;
             at = folded.find(letter, at + plain.size()))
            folded.replace(at, letter.size(), plain);
    std::erase_if(folded, [](char c) {
        return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-');
    });
    return folded;
}

Result<NameMaker> NameMaker::parse(std::string_view text, const NameRule& rule) {
    std::vector<Part> parts;
    while (!text.empty()) {
        const auto open = text.find('{');
        if (open > 0) parts.push_back({std::string(text.substr(0, open)), {}, 0});
        if (open == std::string_view::npos) break;
        text.remove_prefix(open + 1);
        const auto close = text.find('}');
        if (close == std::string_view::npos)
            return bad_template("a brace is not closed", "{first_name}.{last_name}");
        auto field = text.substr(0, close);
        std::size_t most = 0;
        if (const auto colon = field.find(':'); colon != std::string_view::npos) {
            const auto number = parse_number(field.substr(colon + 1));
            if (!number || *number == 0 || *number > 64)
                return bad_template(
                    fmt::format("\"{}\" is no number of letters", escaped(field.substr(colon + 1))),
                    "{first_name:1}{last_name}");
            most = static_cast<std::size_t>(*number);
            field = field.substr(0, colon);
        }
        if (find_user_field(field) == nullptr)
            return bad_template(fmt::format("there is no field \"{}\"", escaped(field.substr(0, 64))),
                                "{first_name}.{last_name}");
        parts.push_back({{}, std::string(field), most});
        text.remove_prefix(close + 1);
    }
    if (std::none_of(parts.begin(), parts.end(), [](const Part& part) { return !part.field.empty(); }))
        return bad_template("it names no field", "{first_name}.{last_name}");
    return NameMaker(std::move(parts), rule);
}

Result<std::string> NameMaker::make(const Lookup& value_of) {
    std::string name;
    for (const auto& part : parts_) {
        auto text = part.field.empty() ? part.text : in_plain_letters(value_of(part.field));
        if (text.empty())
            return fail(
                Error{Errc::invalid,
                      fmt::format("no name can be made: {} has no letters of a login name", part.field),
                      "a name in the column name", "name"});
        name += part.most == 0 ? text : text.substr(0, part.most);
    }
    if (!rule_->check(name)) {
        auto other = name;
        std::replace(other.begin(), other.end(), '.', '-');
        if (rule_->check(other)) name = std::move(other);
    }
    auto numbered = name;
    for (unsigned number = 2; !given_.insert(numbered).second; ++number)
        numbered = fmt::format("{}{}", name, number);
    return numbered;
}

}  // namespace userd
