// SPDX-License-Identifier: LGPL-2.1-or-later
// Only what grants something is taken out. A line that refuses somebody stays: it harms nobody that the name
// is gone, and a broken core must not be able to lift it. In sudoers only a line that is one user's own is
// touched.
#include "daemon/homes/name_lines.h"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "common/base/text.h"

namespace userd::homes {
namespace {

constexpr std::string_view blanks = " \t";

std::string joined(const std::vector<std::string_view>& parts, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) text.append(i == 0 ? "" : separator).append(parts[i]);
    return text;
}

// What a line says of the name, and the line without it; no rest: the line goes whole.
struct Hit {
    std::string what;
    bool removable = false;
    std::optional<std::string> rest = std::nullopt;
};

bool take_out(std::string_view& list, std::string_view name, std::string& kept) {
    auto names = split(list, ',');
    const auto gone =
        std::remove_if(names.begin(), names.end(), [&](auto one) { return trimmed(one) == name; });
    if (gone == names.end()) return false;
    names.erase(gone, names.end());
    kept = joined(names, ",");
    list = kept;
    return true;
}

std::optional<Hit> group_line(std::string_view line, std::string_view name, bool shadow) {
    auto fields = split(line, ':');
    if (fields.size() != 4) return std::nullopt;
    std::string members, administrators;
    const bool is_member = take_out(fields[3], name, members);
    const bool is_administrator = shadow && take_out(fields[2], name, administrators);
    if (!is_member && !is_administrator) return std::nullopt;
    return Hit{
        fmt::format("{} of the group {}", is_administrator ? "administrator" : "member", escaped(fields[0])),
        true, joined(fields, ":")};
}

std::optional<Hit> subordinate_line(std::string_view line, std::string_view name) {
    if (split(line, ':')[0] != name) return std::nullopt;
    return Hit{"subordinate ids", true};
}

std::optional<Hit> access_line(std::string_view line, std::string_view name) {
    const auto fields = split(line, ':');
    const auto sign = trimmed(fields[0]);
    if (fields.size() < 3 || (sign != "+" && sign != "-")) return std::nullopt;
    std::vector<std::string_view> others;
    bool found = false;
    for (const auto tabbed : split(fields[1], ' '))
        for (const auto word : split(tabbed, '\t'))
            if (word == name)
                found = true;
            else if (!word.empty())
                others.push_back(word);
    if (!found) return std::nullopt;
    const bool excepts = std::find(others.begin(), others.end(), "EXCEPT") != others.end();
    Hit hit{sign == "+" ? "may log in" : "may not log in", sign == "+" && !excepts};
    if (!others.empty()) {
        auto rest = fields;
        const std::string users = " " + joined(others, " ") + " ";
        rest[1] = users;
        hit.rest = joined(rest, ":");
    }
    return hit;
}

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
}

// Whether a rule may take something away: by a `!`, or by an alias behind which one may stand. Tags and
// options (NOPASSWD:, CWD=) are no aliases.
bool may_refuse(std::string_view rule) {
    const auto is_part = [](char c) { return is_word_character(c) || c == '/'; };
    for (std::size_t at = 0; at < rule.size();) {
        if (rule[at] == '!') return true;
        std::size_t end = at;
        while (end < rule.size() && is_part(rule[end])) ++end;
        const auto word = rule.substr(at, end - at);
        const bool is_tag = end < rule.size() && (rule[end] == ':' || rule[end] == '=');
        if (!word.empty() && word[0] >= 'A' && word[0] <= 'Z' && word != "ALL" && !is_tag) return true;
        at = std::max(end, at + 1);
    }
    return false;
}

std::optional<Hit> sudoers_line(std::string_view line, std::string_view name, bool continues_another) {
    const auto start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos || (line[start] == '#' && !continues_another)) return std::nullopt;
    for (std::size_t at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
        const std::size_t end = at + name.size();
        const bool is_word = (at == 0 || !is_word_character(line[at - 1])) &&
                             (end == line.size() || !is_word_character(line[end]));
        if (!is_word) continue;
        // The first word, followed by a host: this user's own rule, on a line of its own.
        const bool own = !continues_another && at == start && end < line.size() &&
                         blanks.find(line[end]) != std::string_view::npos && !line.ends_with('\\');
        const auto behind = own ? trimmed(line.substr(end)) : std::string_view();
        const bool is_list = behind.starts_with(',') || behind.starts_with('=');
        if (own && !is_list && may_refuse(behind)) return Hit{"sudo rule that may refuse something"};
        return Hit{"sudo rule", own && !is_list};
    }
    return std::nullopt;
}

std::optional<Hit> look(NameFile form, std::string_view line, std::string_view name, bool continues_another) {
    switch (form) {
        case NameFile::group:
            return group_line(line, name, false);
        case NameFile::gshadow:
            return group_line(line, name, true);
        case NameFile::subordinate:
            return subordinate_line(line, name);
        case NameFile::names:
        case NameFile::denied:
            if (trimmed(line) != name) return std::nullopt;
            return Hit{form == NameFile::names ? "allowed" : "denied", form == NameFile::names};
        case NameFile::access:
            return access_line(line, name);
        case NameFile::sudoers:
            return sudoers_line(line, name, continues_another);
    }
    return std::nullopt;
}

using Each =
    std::function<void(std::string_view line, unsigned number, const std::optional<Hit>& hit, bool last)>;
void for_each_line(NameFile form, std::string_view text, std::string_view name, const Each& each) {
    const auto lines = split(text, '\n');
    bool continues_another = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto hit = name.empty() ? std::nullopt : look(form, lines[i], name, continues_another);
        each(lines[i], static_cast<unsigned>(i + 1), hit, i + 1 == lines.size());
        continues_another = lines[i].ends_with('\\');
    }
}

}  // namespace

std::vector<NameLine> find_name(NameFile form, std::string_view text, std::string_view name) {
    std::vector<NameLine> found;
    for_each_line(form, text, name, [&](auto, unsigned number, const auto& hit, bool) {
        if (hit) found.push_back({number, hit->what, hit->removable});
    });
    return found;
}

std::string without_name(NameFile form, std::string_view text, std::string_view name) {
    std::string kept;
    for_each_line(form, text, name, [&](std::string_view line, unsigned, const auto& hit, bool last) {
        if (hit && hit->removable && !hit->rest) return;
        kept += hit && hit->removable ? *hit->rest : std::string(line);
        if (!last) kept += '\n';
    });
    return kept;
}

}  // namespace userd::homes
