// SPDX-License-Identifier: LGPL-2.1-or-later
// Read as YAML, which JSON is nearly a part of, because only so each value has its line and column. What JSON
// has and yaml-cpp does not take (surrogate pairs) is read as JSON, without places.
#include "ctl/user_patch.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/file_problem.h"
#include "ctl/render.h"
#include "ctl/suggest.h"
#include "ctl/time_text.h"
#include "daemon/config/yaml_tree.h"

namespace userd::ctl {
namespace {

using json = nlohmann::ordered_json;
using Kind = YamlNode::Kind;

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// 0755, 0123: octal to some, decimal to others.
bool is_ambiguous(const YamlNode& node) {
    const std::string& text = node.text;
    return node.kind == Kind::scalar && !node.quoted && text.size() > 1 && text[0] == '0' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return std::isdigit(static_cast<unsigned char>(c)) || c == '_'; });
}

class PatchReader {
 public:
    PatchReader(std::string_view text, const std::string& file, const Fields& before, std::int64_t now)
        : text_(text), file_(file), before_(before), now_(now) {}

    void read(const YamlNode& root) {
        if (root.kind == Kind::null) return;
        if (root.kind != Kind::mapping)
            return complain(root, "a table of fields is expected: shell: /bin/sh");
        for (const auto& [key, value] : root.entries) {
            const Field* field = find_field(key.text);
            if (!field || field->of.find('u') == std::string_view::npos) {
                const Problem unknown = unknown_field(key.text, 'u');
                complain(key, unknown.message + (unknown.hint.ends_with('?') ? ". " + unknown.hint : ""));
                continue;
            }
            patch.places[key.text] = place(value.kind == Kind::null ? key : value, {});
            patch.fields[key.text] = read_field(*field, value);
        }
    }

    UserPatch patch;
    std::vector<ConfigProblem> faults;

 private:
    ConfigProblem place(const YamlNode& node, std::string message) const {
        const std::size_t length =
            node.kind == Kind::scalar ? node.text.size() + (node.quoted ? 2 : 0) : std::size_t{1};
        return {file_, node.line, node.column, std::move(message),
                excerpt(text_, node.line, node.column, length)};
    }
    void complain(const YamlNode& node, std::string message) {
        faults.push_back(place(node, std::move(message)));
    }
    Value wrong(const YamlNode& node, std::string message) {
        complain(node, std::move(message));
        return {};
    }

    Value read_field(const Field& field, const YamlNode& node) {
        if (field.shape == Shape::table) return read_table(field, node);
        if (field.shape == Shape::list) return read_list(field, node);
        if (node.kind == Kind::null)
            return field.shape == Shape::time   ? Value(std::int64_t{-1})
                   : field.shape == Shape::flag ? Value(false)
                                                : Value();
        if (node.kind != Kind::scalar) return wrong(node, fmt::format("{} is one value", field.name));
        if (is_ambiguous(node))
            return wrong(node, fmt::format("{} looks like an octal number: put it in quotes", node.text));
        switch (field.shape) {
            case Shape::flag:
                if (!node.quoted && (node.text == "true" || node.text == "false"))
                    return Value(node.text == "true");
                return wrong(node, fmt::format("{} is true or false", field.name));
            case Shape::number: {
                const auto number = parse_number(node.text);
                if (node.quoted || !number || *number > UINT32_MAX)
                    return wrong(node, fmt::format("{} is a number", field.name));
                return Value(static_cast<std::int64_t>(*number));
            }
            case Shape::time: {
                const auto time = parse_time(node.text, now_);
                return time ? Value(*time) : wrong(node, time.error().message);
            }
            default:
                return Value(node.text);
        }
    }

    Value read_list(const Field& field, const YamlNode& node) {
        std::vector<std::string> list;
        if (node.kind == Kind::null) return list;
        if (node.kind != Kind::sequence)
            return wrong(node, fmt::format("{} is a list: [one, two]", field.name));
        for (const YamlNode& item : node.items) {
            if (item.kind != Kind::scalar)
                return wrong(item, fmt::format("{} is a list of texts", field.name));
            if (is_ambiguous(item))
                return wrong(item, fmt::format("{} looks like an octal number: put it in quotes", item.text));
            list.push_back(item.text);
        }
        return list;
    }

    // The merged table as JSON text, as the daemon takes it.
    Value read_table(const Field& field, const YamlNode& node) {
        if (node.kind == Kind::null) return std::string();
        if (node.kind != Kind::mapping) return wrong(node, fmt::format("{} is a table of keys", field.name));
        json table = to_json(field.name, value_of(before_, field.name));
        if (!table.is_object()) table = json::object();
        table.merge_patch(json_of(node));
        return dumped(table);
    }

    json json_of(const YamlNode& node) {
        if (node.kind == Kind::null) return nullptr;
        if (node.kind == Kind::sequence) {
            json list = json::array();
            for (const YamlNode& item : node.items) list.push_back(json_of(item));
            return list;
        }
        if (node.kind == Kind::mapping) {
            json table = json::object();
            for (const auto& [key, value] : node.entries) table[key.text] = json_of(value);
            return table;
        }
        if (is_ambiguous(node))
            complain(node, fmt::format("{} looks like an octal number: put it in quotes", node.text));
        if (node.quoted) return node.text;
        const json value = json::parse(node.text, nullptr, false);
        return value.is_boolean() || value.is_number() ? value : json(node.text);
    }

    std::string_view text_;
    const std::string& file_;
    const Fields& before_;
    std::int64_t now_;
};

YamlNode node_of(const json& value) {
    YamlNode node;
    if (value.is_null()) return node;
    node.kind = value.is_object() ? Kind::mapping : value.is_array() ? Kind::sequence : Kind::scalar;
    node.quoted = value.is_string();
    if (value.is_array())
        for (const json& item : value) node.items.push_back(node_of(item));
    if (value.is_object())
        for (const auto& [key, item] : value.items()) {
            YamlNode name;
            name.kind = Kind::scalar;
            name.text = key;
            node.entries.push_back({std::move(name), node_of(item)});
        }
    if (node.kind == Kind::scalar) node.text = value.is_string() ? value.get<std::string>() : dumped(value);
    return node;
}

// What only JSON's own reader understands.
void read_as_json(std::string_view text, YamlDocument& document) {
    constexpr int most_levels = 32;  // what walks the tree calls itself
    bool too_deep = false;
    const auto watch = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > most_levels;
        return depth <= most_levels;
    };
    if (text.find("\\u") == std::string_view::npos) return;
    const json value = json::parse(text, watch, false);
    if (too_deep || !value.is_object()) return;
    document.root = node_of(value);
    document.problems.clear();
}

}  // namespace

tl::expected<UserPatch, std::vector<ConfigProblem>> parse_user_patch(std::string_view text,
                                                                     const std::string& file,
                                                                     const Fields& before, std::int64_t now) {
    YamlDocument document = parse_yaml(text, file);
    if (!document.problems.empty()) read_as_json(text, document);
    if (!document.problems.empty()) return tl::unexpected(std::move(document.problems));
    PatchReader reader(text, file, before, now);
    reader.read(document.root);
    if (!reader.faults.empty()) return tl::unexpected(std::move(reader.faults));
    return std::move(reader.patch);
}

Problem placed(Problem problem, const UserPatch& patch) {
    const auto found = patch.places.find(problem.field);
    if (found == patch.places.end()) return problem;
    ConfigProblem fault = found->second;
    fault.message = problem.message;
    Problem result = file_problem(fault);
    problem.message = std::move(result.message);
    problem.excerpt = std::move(result.excerpt);
    return problem;
}

}  // namespace userd::ctl
