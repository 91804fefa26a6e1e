// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "common/base/text.h"

namespace userd {
namespace {

constexpr std::size_t max_size = 16 << 20;
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_keys = 1000;  // of one table: each is held against the others

// Builds the tree. Open containers stand on a stack; a mapping holds its key until the value comes.
class Builder final : public YAML::EventHandler {
 public:
    Builder(YamlDocument& document, const YamlItemTaker& take) : document_(document), take_(take) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        add(at(mark, YamlNode::Kind::null));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        problem(mark, "aliases (*name) are not used here: write the value out");
        add(at(mark, YamlNode::Kind::null));
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        if (tag != "?" && tag != "!") problem(mark, "tags (!name) are not used here");
        const bool quoted = tag == "!";  // yaml-cpp's mark of a quoted or block scalar
        const bool null = !quoted && (value == "null" || value == "~" || value.empty());
        YamlNode node = at(mark, null ? YamlNode::Kind::null : YamlNode::Kind::scalar);
        node.text = value;
        node.quoted = quoted;
        add(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        refuse_anchor(mark, anchor);
        open(at(mark, YamlNode::Kind::sequence));
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        refuse_anchor(mark, anchor);
        open(at(mark, YamlNode::Kind::mapping));
    }
    void OnMapEnd() override { close(); }

 private:
    struct Open {
        YamlNode node;
        YamlNode key;
        bool has_key = false;
    };

    static YamlNode at(const YAML::Mark& mark, YamlNode::Kind kind) {
        YamlNode node;
        node.kind = kind;
        node.line = static_cast<unsigned>(std::max(mark.line, 0)) + 1;
        node.column = static_cast<unsigned>(std::max(mark.column, 0)) + 1;
        return node;
    }

    void problem(const YAML::Mark& mark, std::string message) {
        const YamlNode place = at(mark, YamlNode::Kind::null);
        document_.problems.push_back({{}, place.line, place.column, std::move(message), {}});
    }

    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != 0) problem(mark, "anchors (&name) are not used here: write the value out");
    }

    void open(YamlNode node) {
        if (stack_.size() >= max_depth) throw YAML::ParserException({}, "nested too deeply");
        stack_.push_back({std::move(node), {}, false});
    }

    void close() {
        YamlNode node = std::move(stack_.back().node);
        stack_.pop_back();
        add(std::move(node));
    }

    void add(YamlNode node) {
        if (stack_.empty()) {
            document_.root = std::move(node);
            return;
        }
        Open& top = stack_.back();
        if (top.node.kind == YamlNode::Kind::sequence) {
            const bool listed = stack_.size() == 2 && stack_.front().has_key;
            if (!listed || !take_ || !take_(stack_.front().key.text, node))
                top.node.items.push_back(std::move(node));
        } else if (!top.has_key) {
            check_key(top, node);
            top.key = std::move(node);
            top.has_key = true;
        } else {
            top.node.entries.push_back({std::move(top.key), std::move(node)});
            top.has_key = false;
        }
    }

    void check_key(const Open& mapping, const YamlNode& key) {
        auto complain = [&](std::string message) {
            document_.problems.push_back({{}, key.line, key.column, std::move(message), {}});
        };
        if (key.kind != YamlNode::Kind::scalar) return complain("a key must be a word");
        const auto& entries = mapping.node.entries;
        if (entries.size() >= max_keys) throw YAML::ParserException({}, "a table of more than 1000 keys");
        const auto same = std::find_if(entries.begin(), entries.end(), [&](const YamlNode::Entry& entry) {
            return entry.key.text == key.text;
        });
        if (same != entries.end())
            complain(fmt::format("key \"{}\" stands here twice (first in line {})", escaped(key.text),
                                 same->key.line));
    }

    YamlDocument& document_;
    const YamlItemTaker& take_;
    std::vector<Open> stack_;
};

}  // namespace

std::string excerpt(std::string_view text, unsigned line, unsigned column, std::size_t length) {
    for (unsigned i = 1; i < line; ++i) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    if (text.size() > 200 || column > text.size() + 1) return {};
    // What is indented deeper is shown four in: the place says where it stands.
    const std::size_t indent = std::min(text.find_first_not_of(' '), std::size_t{column} - 1);
    if (indent > 4) {
        text.remove_prefix(indent - 4);
        column -= static_cast<unsigned>(indent - 4);
    }
    const std::string number = fmt::format("{:5}", line);
    const std::string tail(length > 1 ? std::min(length, text.size() + 1 - column + 1) - 1 : 0, '~');
    return fmt::format("{} | {}\n{:5} | {:>{}}{}", number, escaped(text), "", "^", column, tail);
}

YamlDocument parse_yaml(std::string_view text, const std::string& file_name, const YamlItemTaker& take) {
    YamlDocument document;
    if (text.size() > max_size) {
        document.problems.push_back({file_name, 1, 1, "the file is larger than 16 MiB", {}});
        return document;
    }
    if (!is_utf8(text)) {
        document.problems.push_back({file_name, 1, 1, "the file is not UTF-8 text", {}});
        return document;
    }
    try {
        std::istringstream input{std::string(text)};
        YAML::Parser parser(input);
        Builder builder(document, take);
        if (parser.HandleNextDocument(builder)) {
            YamlDocument rest;
            const YamlItemTaker none;
            Builder second(rest, none);
            if (parser.HandleNextDocument(second))
                document.problems.push_back(
                    {{}, rest.root.line, 1, "a second document (---) is not read: one is enough", {}});
        }
    } catch (const YAML::Exception& error) {
        const bool placed = !error.mark.is_null();
        document.problems.push_back({{},
                                     placed ? static_cast<unsigned>(error.mark.line) + 1 : 1,
                                     placed ? static_cast<unsigned>(error.mark.column) + 1 : 1,
                                     fmt::format("not YAML: {}", error.msg),
                                     {}});
    }
    for (ConfigProblem& problem : document.problems) {
        problem.file = file_name;
        problem.excerpt = excerpt(text, problem.line, problem.column, 1);
    }
    return document;
}

}  // namespace userd
