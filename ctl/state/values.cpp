// SPDX-License-Identifier: LGPL-2.1-or-later
// Scalars mean what the key says, not what YAML would guess: `mfa: off` is a word, 0755 is nobody's number.
#include "ctl/state/values.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_set>

#include "common/base/text.h"
#include "ctl/time_text.h"
#include "daemon/config/scalars.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::json;
using Kind = YamlNode::Kind;

constexpr std::size_t longest_text = 16 * 1024;

bool is_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// 0755, 0o17, 0x1F: YAML 1.1 and 1.2 disagree about what they are.
bool looks_octal(const YamlNode& node) {
    if (node.quoted || node.text.size() < 2 || node.text[0] != '0') return false;
    const std::string_view rest = std::string_view(node.text).substr(1);
    return is_digits(rest) || rest[0] == 'o' || rest[0] == 'x' || rest[0] == 'X';
}

std::string words_of(std::string_view choices) {
    std::string text;
    for (const auto word : split(choices, '|')) text += (text.empty() ? "" : ", ") + std::string(word);
    return text;
}

std::optional<Json> number_of(const std::string& text) {
    std::int64_t whole = 0;
    const char* end = text.data() + text.size();
    if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc() && at == end)
        return whole;
    double real = 0;
    const bool digits = std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    const auto [at, error] = std::from_chars(text.data(), end, real);
    if (digits && error == std::errc() && at == end) return real;
    return std::nullopt;
}

}  // namespace

struct StateValues::Reader {
    const StateValues& owner;
    std::vector<std::string>& names;
    std::unordered_set<std::string> seen;  // of `names`: a group may have thousands of members
    bool failed = false;

    Json wrong(const YamlNode& node, std::string message, bool hides = false) {
        owner.complain_(node, std::move(message), hides);
        failed = true;
        return nullptr;
    }

    Json value(const StateKey& key, const YamlNode& node) {
        const bool may_be_null = key.name != "name" && key.name != "key" && key.part != StatePart::options;
        if (node.kind == Kind::null)
            return may_be_null ? Json(nullptr) : wrong(node, fmt::format("{} needs a value", key.name));
        switch (key.form) {
            case StateForm::words:
                return words(key, node);
            case StateForm::members:
                return members(key, node);
            case StateForm::hosts:
                return words(key, node);
            case StateForm::metadata:
                return metadata(key, node);
            case StateForm::password:
                return password(node);
            case StateForm::totp:
                return totp(node);
            case StateForm::ssh_keys:
                return ssh_keys(node);
            default:
                return scalar(key, node);
        }
    }

    Json scalar(const StateKey& key, const YamlNode& node) {
        if (node.kind != Kind::scalar) return wrong(node, fmt::format("{} is a single value", key.name));
        if (looks_octal(node))
            return wrong(node,
                         fmt::format("{} begins with a 0, which some read as octal: write \"{}\" in quotes",
                                     escaped(node.text), escaped(node.text)));
        if (node.text.size() > longest_text) return wrong(node, fmt::format("{} is too long", key.name));
        switch (key.form) {
            case StateForm::choice:
                return choice(key, node);
            case StateForm::number:
                return number(key, node);
            case StateForm::flag:
                return flag(key, node);
            case StateForm::time:
                return time(key, node);
            case StateForm::duration:
                return duration(key, node);
            case StateForm::limit:
                return limit(key, node);
            default:
                return node.text;
        }
    }

    Json choice(const StateKey& key, const YamlNode& node) {
        const auto known = split(key.choices, '|');
        if (std::find(known.begin(), known.end(), node.text) != known.end()) return node.text;
        const auto near = nearest_word(node.text, known);
        return wrong(node, fmt::format("{} cannot be \"{}\": it is one of {}.{}", key.name,
                                       escaped(node.text), words_of(key.choices),
                                       near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near)));
    }

    Json number(const StateKey& key, const YamlNode& node) {
        const auto number = parse_number(node.text);
        if (!number || node.quoted || *number > 0xFFFFFFFFU)
            return wrong(node, fmt::format("{} is a number, not \"{}\"", key.name, escaped(node.text)));
        return *number;
    }

    Json flag(const StateKey& key, const YamlNode& node) {
        const auto flag = parse_bool(node.text);
        if (!flag || node.quoted) return wrong(node, fmt::format("{} is true or false", key.name));
        return *flag;
    }

    // No spans from now: they would be another time at each run.
    Json time(const StateKey& key, const YamlNode& node) {
        if (node.text == "never") return nullptr;
        const bool is_date = node.text.size() >= 10 && node.text[4] == '-';
        const auto time = is_date ? parse_time(node.text, 0) : Answer<std::int64_t>(-1);
        if (!is_date || !time || *time < 0)
            return wrong(node, fmt::format("{}: \"{}\" is not a time: 2027-03-31 or 2027-03-31T14:30:00Z",
                                           key.name, escaped(node.text)));
        return *time;
    }

    Json duration(const StateKey& key, const YamlNode& node) {
        const auto span = ctl::parse_duration(node.text);
        if (!span || is_digits(node.text))
            return wrong(node, fmt::format("{}: \"{}\" is not a length of time: 30d, 12h", key.name,
                                           escaped(node.text)));
        return *span;
    }

    Json limit(const StateKey& key, const YamlNode& node) {
        std::string_view digits = node.text;
        const bool percent = digits.ends_with('%');
        if (percent) digits.remove_suffix(1);
        const auto number = parse_number(digits);
        if (!number || (percent && *number > 100))
            return wrong(node, fmt::format("{}: \"{}\" is neither a number nor a percentage", key.name,
                                           escaped(node.text)));
        return node.text;
    }

    Json words(const StateKey& key, const YamlNode& node) {
        if (node.kind != Kind::sequence)
            return wrong(node, fmt::format("{} is a list: [{}]", key.name, escaped(node.text)));
        Json list = Json::array();
        for (const auto& item : node.items) {
            if (item.kind != Kind::scalar || item.text.empty())
                wrong(item, fmt::format("{} is a list of words", key.name));
            else
                list.push_back(scalar({key.part, key.name, StateForm::text, false, {}}, item));
        }
        return list;
    }

    Json members(const StateKey& key, const YamlNode& node) {
        if (node.kind != Kind::sequence)
            return wrong(node, fmt::format("{} is a list: [{}]", key.name, escaped(node.text)));
        for (const auto& item : node.items) member(key, item);
        return names;
    }

    void member(const StateKey& key, const YamlNode& item) {
        const YamlNode* name = &item;
        bool here = true;
        if (item.kind == Kind::mapping) {
            name = nullptr;
            for (const auto& [inner, value] : item.entries) {
                if (inner.text == "name")
                    name = &value;
                else if (inner.text == "hosts")
                    here = owner.is_for_here(value);
                else
                    wrong(inner, fmt::format("unknown key \"{}\" in {}: name, hosts", escaped(inner.text),
                                             key.name));
            }
        }
        if (name == nullptr || name->kind != Kind::scalar) {
            wrong(item, fmt::format("{} is a list of names, or of {{name: …, hosts: […]}}", key.name));
            return;
        }
        const Json text = scalar({key.part, key.name, StateForm::text, false, {}}, *name);
        if (!text.is_string() || !here) return;
        if (!seen.insert(name->text).second)
            wrong(*name, fmt::format("\"{}\" stands in {} twice", escaped(name->text), key.name));
        else
            names.push_back(name->text);
    }

    Json metadata(const StateKey& key, const YamlNode& node) {
        if (node.kind != Kind::mapping) return wrong(node, fmt::format("{} is a table of keys", key.name));
        return tree(node);
    }

    Json tree(const YamlNode& node) {
        switch (node.kind) {
            case Kind::null:
                return nullptr;
            case Kind::scalar:
                return plain(node);
            case Kind::sequence: {
                Json list = Json::array();
                for (const auto& item : node.items) list.push_back(tree(item));
                return list;
            }
            case Kind::mapping:
                break;
        }
        Json table = Json::object();
        for (const auto& [inner, value] : node.entries) table[inner.text] = tree(value);
        return table;
    }

    Json plain(const YamlNode& node) {
        if (node.quoted) return node.text;
        if (looks_octal(node)) return scalar({StatePart::user, "metadata", StateForm::text, false, {}}, node);
        if (node.text == "true") return true;
        if (node.text == "false") return false;
        if (auto number = number_of(node.text)) return *std::move(number);
        return node.text;
    }

    // A table that names where the secret is: exactly one of `sources`, and what else may stand beside it.
    Json source(const YamlNode& node, std::string_view what, const std::vector<std::string_view>& sources,
                std::string_view beside) {
        Json table = Json::object();
        int found = 0;
        for (const auto& [inner, value] : node.entries) {
            const bool is_source = std::find(sources.begin(), sources.end(), inner.text) != sources.end();
            if (!is_source && inner.text != beside) {
                wrong(inner, fmt::format("unknown key \"{}\" in {}", escaped(inner.text), what), true);
                continue;
            }
            found += is_source;
            if (value.kind != Kind::scalar || value.text.empty()) {
                wrong(value, fmt::format("{} of {} needs a value", inner.text, what), true);
            } else if (inner.text == "generate") {
                if (value.text != "true" || value.quoted) wrong(value, "generate is true, or left out");
                table["generate"] = true;
            } else {
                table[inner.text] = value.text;
            }
        }
        if (found != 1 && !failed)
            wrong(node, fmt::format("{} names exactly one of {}", what, fmt::join(sources, ", ")), true);
        return table;
    }

    Json password(const YamlNode& node) {
        if (node.kind == Kind::scalar && node.text == "none") return {{"none", true}};
        if (node.kind != Kind::mapping)
            return wrong(node,
                         "a password never stands in a state file: {hash_file: FILE}, {sealed: …}, "
                         "{credential: NAME}, {generate: true} or none",
                         true);
        Json table = source(node, "password", {"hash_file", "sealed", "credential", "generate"}, "update");
        const auto update = table.find("update");
        if (update != table.end() && *update != "on-create" && *update != "always")
            wrong(node, "update is on-create or always");
        return table;
    }

    Json totp(const YamlNode& node) {
        if (node.kind != Kind::mapping)
            return wrong(node,
                         "the authenticator's key never stands in a state file: {file: FILE} or {sealed: …}",
                         true);
        return source(node, "totp", {"file", "sealed"}, {});
    }

    Json ssh_keys(const YamlNode& node) {
        if (node.kind != Kind::sequence) return wrong(node, "ssh_authorized_keys is a list of keys");
        Json list = Json::array();
        for (const auto& item : node.items) list.push_back(ssh_key(item));
        return list;
    }

    Json ssh_key(const YamlNode& item) {
        if (item.kind == Kind::scalar) return {{"key", item.text}};
        if (item.kind != Kind::mapping)
            return wrong(item, "a key is one line, or a table with key, expires, from, options");
        Json table = Json::object();
        for (const auto& [inner, node] : item.entries) {
            const StateKey* key = find_state_key(StatePart::ssh_key, inner.text);
            if (key == nullptr) {
                owner.unknown_key(StatePart::ssh_key, inner, "ssh_authorized_keys");
                failed = true;
            } else if (Json read = value(*key, node); !read.is_null()) {
                table[inner.text] = std::move(read);
            }
        }
        if (!table.contains("key") && !failed)
            wrong(item, "the key itself is missing: key: ssh-ed25519 AAAA…");
        return table;
    }
};

std::string StateValues::read(const StateKey& key, const YamlNode& node,
                              std::vector<std::string>& names) const {
    Reader reader{*this, names, {}};
    const Json value = reader.value(key, node);
    return reader.failed ? std::string() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool StateValues::is_for_here(const YamlNode& globs) const {
    static const StateKey* key = find_state_key(StatePart::file, "hosts");
    std::vector<std::string> ignored;
    Reader reader{*this, ignored, {}};
    const Json list = reader.value(*key, globs);
    if (reader.failed || list.is_null()) return true;
    return is_for_host(list.get<std::vector<std::string>>(), host_);
}

void StateValues::unknown_key(StatePart part, const YamlNode& key, std::string_view of_what) const {
    std::vector<std::string_view> words;
    for (const StateKey* known : keys_of(part)) words.push_back(known->name);
    const auto near = nearest_word(key.text, words);
    const bool hides = key.text.find("pass") != std::string::npos;
    complain_(key,
              fmt::format("unknown key \"{}\"{}.{}", escaped(key.text),
                          of_what.empty() ? "" : fmt::format(" in {}", of_what),
                          near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near)),
              hides);
}

}  // namespace userd::ctl
