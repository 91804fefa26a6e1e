// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/nsswitch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr std::string_view ours = "userd", on_outage = "UNAVAIL=return";
constexpr const char* path = "/etc/nsswitch.conf";

bool is_blank(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// The next word, "[", "]" or what lies between blanks and those; empty at the end.
std::string_view take_word(std::string_view& text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    std::size_t size = 0;
    const auto is_bracket = [](char c) { return c == '[' || c == ']'; };
    if (!text.empty() && is_bracket(text.front())) {
        size = 1;
    } else {
        while (size < text.size() && !is_blank(text[size]) && !is_bracket(text[size])) ++size;
    }
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

std::string plain_action(std::string_view word) {
    std::string text(word);
    bool in_status = true;
    for (char& c : text) {
        if (c == '=') in_status = false;
        c = static_cast<char>(in_status ? std::toupper(static_cast<unsigned char>(c))
                                        : std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}

std::vector<NssSource> parse_sources(std::string_view text) {
    std::vector<NssSource> sources;
    bool in_brackets = false;
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        if (word == "[" || word == "]") {
            in_brackets = word == "[";
        } else if (!in_brackets) {
            sources.push_back({std::string(word), {}});
        } else if (!sources.empty()) {
            sources.back().actions.push_back(plain_action(word));
        }
    }
    return sources;
}

std::size_t position_of(const std::vector<NssSource>& sources, std::string_view name) {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const NssSource& source) { return source.name == name; });
    return static_cast<std::size_t>(found - sources.begin());
}

// The host's own files, under either name.
bool is_files(const NssSource& source) {
    return source.name == "files" || source.name == "compat";
}

bool ends_search(std::string_view action) {
    return action == "NOTFOUND=return" || action == "!SUCCESS=return";
}

bool holds(const NssSource& source, std::string_view action) {
    return std::find(source.actions.begin(), source.actions.end(), action) != source.actions.end();
}

std::string source_text(const NssSource& source) {
    std::string text = source.name;
    for (std::size_t i = 0; i < source.actions.size(); ++i)
        text += (i == 0 ? " [" : " ") + source.actions[i] + (i + 1 == source.actions.size() ? "]" : "");
    return text;
}

// The line as it should be: userd behind the files, all others where they were.
std::string mended_line(std::string_view database, const std::vector<NssSource>& sources) {
    std::string first, rest;
    for (NssSource source : sources) {
        if (source.name == ours) continue;
        if (is_files(source)) std::erase_if(source.actions, ends_search);
        (is_files(source) ? first : rest) += " " + source_text(source);
    }
    return fmt::format("{}:{} {} [{}]{}", database, first.empty() ? " files" : first, ours, on_outage, rest);
}

bool fits_sed(std::string_view text) {
    return text.find_first_of("'/\\&\n") == std::string_view::npos;
}

std::string remedy_for(std::string_view database, const std::vector<NssSource>* sources) {
    if (!sources) return fmt::format("echo '{}' >>{}", mended_line(database, {}), path);
    const std::string line = mended_line(database, *sources);
    if (!fits_sed(line)) return fmt::format("in {}: {}", path, escaped(line));
    return fmt::format("sed -i 's/^[[:space:]]*{}[[:space:]]*:.*/{}/' {}", database, line, path);
}

}  // namespace

NssSwitch parse_nsswitch(std::string_view text) {
    NssSwitch file;
    for (std::string_view line : split(text, '\n')) {
        line = line.substr(0, line.find('#'));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        std::string_view name = line.substr(0, colon);
        const std::string_view database = take_word(name);
        if (!database.empty()) file[std::string(database)] = parse_sources(line.substr(colon + 1));
    }
    return file;
}

Diagnosis judge_nss_line(const NssSwitch& file, std::string_view database) {
    const auto found = file.find(database);
    if (found == file.end())
        return wrong(fmt::format("{} has no line for {}", path, database), remedy_for(database, nullptr));
    const std::vector<NssSource>& sources = found->second;
    const auto bad = [&](std::string what) { return wrong(std::move(what), remedy_for(database, &sources)); };
    const std::size_t at = position_of(sources, ours);
    if (at == sources.size()) return bad(fmt::format("{}: {} is not looked up in userd", path, database));
    if (std::none_of(sources.begin(), sources.begin() + static_cast<std::ptrdiff_t>(at), is_files))
        return bad(fmt::format("{}: {} is looked up in userd before files", path, database));
    for (std::size_t i = 0; i < at; ++i) {
        const NssSource& source = sources[i];
        if (!is_files(source))
            return bad(
                fmt::format("{}: {} is looked up in {} before userd", path, database, escaped(source.name)));
        if (std::any_of(source.actions.begin(), source.actions.end(), ends_search))
            return bad(fmt::format("{}: {} ends before userd is asked", path, database));
    }
    if (!holds(sources[at], on_outage))
        return bad(fmt::format("{}: {} goes on where userd is unavailable, as if there were no such name",
                               path, database));
    return right(fmt::format("{} is looked up in files, then in userd", database));
}

Diagnosis judge_initgroups(const NssSwitch& file) {
    const auto found = file.find("initgroups");
    if (found == file.end() || position_of(found->second, ours) != found->second.size())
        return right("the groups of a login are looked up in userd");
    return wrong(fmt::format("{}: a line for initgroups leaves userd out, so logins lack its groups", path),
                 fmt::format("sed -i '/^[[:space:]]*initgroups[[:space:]]*:/d' {}", path));
}

}  // namespace userd::ctl
