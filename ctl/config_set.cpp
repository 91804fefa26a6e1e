// SPDX-License-Identifier: LGPL-2.1-or-later
// What would be refused is not written: the whole configuration is read as it would be, then the file takes
// its place in one step, then the daemon reads it. If the daemon refuses it all the same, the old file comes
// back.
#include "ctl/config_set.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/file_problem.h"
#include "ctl/output.h"
#include "ctl/validate.h"
#include "ctl/whole_file.h"
#include "daemon/config/keys.h"
#include "daemon/config/yaml_tree.h"

namespace userd::ctl {
namespace {

using Kind = YamlNode::Kind;

constexpr std::string_view heading =
    "# Written by \"userctl config set\", which keeps no remarks: write your own settings into another "
    "file.\n";

std::string scalar_text(const YamlNode& node) {
    if (node.kind == Kind::null) return "null";
    return node.quoted ? nlohmann::json(node.text).dump() : node.text;
}

// Block style: what is plain in a file stays plain in any other.
void write_node(std::string& text, const YamlNode& node, std::size_t indent) {
    const std::string margin(indent, ' ');
    if (node.kind == Kind::mapping && !node.entries.empty()) {
        text += '\n';
        for (const auto& [key, value] : node.entries) {
            text += margin + scalar_text(key) + ":";
            write_node(text, value, indent + 2);
        }
    } else if (node.kind == Kind::sequence && !node.items.empty()) {
        text += '\n';
        for (const YamlNode& item : node.items) {
            text += margin + "-";
            write_node(text, item, indent + 2);
        }
    } else {
        text += (node.kind == Kind::sequence  ? " []"
                 : node.kind == Kind::mapping ? " {}"
                                              : " " + scalar_text(node)) +
                std::string("\n");
    }
}

YamlNode::Entry* find_entry(YamlNode& table, std::string_view key) {
    for (YamlNode::Entry& entry : table.entries)
        if (entry.key.text == key) return &entry;
    return nullptr;
}

YamlNode& child(YamlNode& table, const std::string& key) {
    table.kind = Kind::mapping;
    if (YamlNode::Entry* entry = find_entry(table, key)) return entry->value;
    YamlNode name;
    name.kind = Kind::scalar;
    name.text = key;
    table.entries.push_back({std::move(name), {}});
    return table.entries.back().value;
}

YamlNode& at_path(YamlNode& root, std::string_view path) {
    YamlNode* node = &root;
    for (const std::string_view part : split(path, '.')) node = &child(*node, std::string(part));
    return *node;
}

void erase_path(YamlNode& table, std::string_view path) {
    const std::size_t dot = path.find('.');
    YamlNode::Entry* entry = find_entry(table, path.substr(0, dot));
    if (!entry) return;
    if (dot != std::string_view::npos) erase_path(entry->value, path.substr(dot + 1));
    if (dot == std::string_view::npos || entry->value.entries.empty())
        table.entries.erase(table.entries.begin() + (entry - table.entries.data()));
}

// "users.name" for users.name.min; empty for users.shell and log.level.
std::string_view replaced_whole(std::string_view key) {
    const std::size_t first = key.find('.');
    const std::size_t second = first == std::string_view::npos ? first : key.find('.', first + 1);
    return second == std::string_view::npos ? std::string_view() : key.substr(0, second);
}

// A key of an LDAP source is in force as long as the source is.
Config::Shown shown_or_none(const Config& config, const std::string& key) {
    const auto found = config.shown.find(key);
    return found == config.shown.end() ? Config::Shown{"-", "default"} : found->second;
}

Problem unknown_key(const std::string& key) {
    std::vector<std::string_view> known;
    for (const ConfigKey& one : config_keys()) known.push_back(one.path);
    const std::string_view near = nearest_word(key, known);
    return problem(Exit::invalid, "unknown key \"{}\"", escaped(key))
        .with_hint(near.empty() ? "userctl config show" : fmt::format("Did you mean \"{}\"?", near))
        .with_field(escaped(key));
}

// 90-userctl.yaml: what it holds, and how it is replaced.
class SettingsFile {
 public:
    explicit SettingsFile(const std::string& root)
        : name_(root + "/etc/userd/userd.yaml.d/90-userctl.yaml") {}

    const std::string& name() const { return name_; }

    Answer<std::string> read() {
        before_ = TRY(read_whole_file(name_));
        return before_.value_or("");
    }
    Answer<void> write(const std::string& text) { return replace_file(name_, text, 0644); }
    Answer<void> restore() { return before_ ? write(*before_) : remove_file(name_); }

 private:
    std::string name_;
    std::optional<std::string> before_;
};

// The daemon takes the new configuration; when it refuses, the file is as before. A daemon that is not there
// reads it when it starts.
Answer<void> put_in_force(Client& client, Output& out, SettingsFile& file) {
    const auto reloaded = client.reload();
    if (reloaded) return {};
    if (reloaded.error().exit == Exit::unreachable) {
        out.note("userd does not answer: it reads the setting at its next start.");
        return {};
    }
    TRY(file.restore());
    return refuse(reloaded.error());
}

}  // namespace

tl::expected<std::string, std::vector<ConfigProblem>> with_setting(std::string_view text,
                                                                   const std::string& file,
                                                                   const std::string& key,
                                                                   const std::string& value,
                                                                   const Config& now) {
    YamlDocument document = parse_yaml(text, file);
    if (!document.problems.empty()) return tl::unexpected(std::move(document.problems));
    YamlDocument given = parse_yaml(value, key + "=");
    if (!given.problems.empty()) return tl::unexpected(std::move(given.problems));
    if (value.empty()) {
        erase_path(document.root, key);
    } else {
        if (const std::string whole(replaced_whole(key));
            !whole.empty() && at_path(document.root, whole).entries.empty())
            for (const auto& [other, setting] : now.shown)
                if (other.starts_with(whole + ".") && setting.where != "default")
                    at_path(document.root, other) = parse_yaml(setting.value, file).root;
        at_path(document.root, key) = std::move(given.root);
    }
    std::string result(heading);
    if (document.root.kind == Kind::mapping && !document.root.entries.empty()) {
        std::string body;
        write_node(body, document.root, 0);
        result += body.substr(1);  // the line end before the first key
    }
    return result;
}

Answer<void> set_config(Client& client, const Args& args, Output& out) {
    TRY(only_root("change the configuration", "config"));
    const LoadedConfig before = load_config(config_root());
    if (!before.config) return report_problems(before.problems, "nothing was changed", out);
    SettingsFile file(config_root());
    std::string text = TRY(file.read());
    const std::string old_text = text;
    std::vector<std::string> keys;
    for (const std::string& word : args.words) {
        const std::size_t equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            return refuse(problem(Exit::usage, "\"{}\" is not KEY=VALUE", escaped(word))
                              .with_hint("userctl config set users.shell=/bin/zsh"));
        keys.push_back(word.substr(0, equals));
        if (!is_config_key(keys.back())) return refuse(unknown_key(keys.back()));
        auto next = with_setting(text, file.name(), keys.back(), word.substr(equals + 1), *before.config);
        if (!next) return report_problems(next.error(), "nothing was changed", out);
        text = *std::move(next);
    }
    const ConfigDraft draft{file.name(), text};
    const LoadedConfig after = load_config(config_root(), &draft);
    if (!after.config) return report_problems(after.problems, "nothing was changed", out);
    if (!client.dry_run() && text != old_text) {
        TRY(file.write(text));
        TRY(put_in_force(client, out, file));
    }
    for (const std::string& key : keys) {
        const Config::Shown old = shown_or_none(*before.config, key), now = shown_or_none(*after.config, key);
        const Fields record = {{"key", key}, {"value", now.value}, {"where", now.where}};
        if (old.value == now.value)
            out.unchanged(record, fmt::format("{} is {}", key, now.value), 'c');
        else
            out.changed("updated", record, fmt::format("{}: {} → {}", key, old.value, now.value), 'c');
    }
    return {};
}

Answer<void> reload_config(Client& client, const Args&, Output& out) {
    TRY(only_root("reload the configuration", "config"));
    const LoadedConfig loaded = load_config(config_root());
    if (!loaded.config) return report_problems(loaded.problems, "the configuration in force stays", out);
    TRY(client.reload());
    out.did(true, client.dry_run() ? "The configuration can be reloaded." : "Reloaded the configuration.");
    return {};
}

}  // namespace userd::ctl
