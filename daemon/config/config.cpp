// SPDX-License-Identifier: LGPL-2.1-or-later
// Two steps: collect the second-level keys of all files (a later file replaces a whole second-level key),
// then read what was collected against the table of keys.
#include "daemon/config/config.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "daemon/config/keys.h"
#include "daemon/config/ldap_keys.h"
#include "daemon/config/scalars.h"
#include "daemon/config/yaml_tree.h"

namespace userd {
namespace {

struct File {
    std::string name;
    std::string text;
    YamlDocument document;
};

struct Collected {
    const File* file;
    const YamlNode* key;
    const YamlNode* value;
};

class Reader {
 public:
    explicit Reader(const std::vector<File>& files) : files_(files) {}

    LoadedConfig read() {
        for (const File& file : files_) {
            problems_.insert(problems_.end(), file.document.problems.begin(), file.document.problems.end());
            collect(file);
        }
        for (const auto& [path, place] : collected_) {
            file_ = place.file;
            walk(path, *place.key, *place.value);
        }
        if (problems_.empty())
            for (auto& text : contradictions(config_)) problems_.push_back({place_of(text), 0, 0, text, {}});
        std::stable_sort(problems_.begin(), problems_.end(), [&](const auto& one, const auto& other) {
            return std::tuple(index_of(one.file), one.line, one.column) <
                   std::tuple(index_of(other.file), other.line, other.column);
        });
        if (!problems_.empty()) return {std::nullopt, std::move(problems_)};
        for (const ConfigKey& key : config_keys()) {
            const auto set = set_at_.find(key.path);
            config_.shown[std::string(key.path)] = {key.show(config_),
                                                    set == set_at_.end() ? "default" : set->second};
        }
        for (const LdapSource& source : config_.ldap) show(source);
        return {std::move(config_), {}};
    }

 private:
    void collect(const File& file) {
        const YamlNode& root = file.document.root;
        file_ = &file;
        if (root.kind == YamlNode::Kind::null) return;
        if (root.kind != YamlNode::Kind::mapping)
            return complain(root, "a table of keys is expected: users: …");
        for (const auto& [key, value] : root.entries) {
            if (is_leaf(key.text) || !is_section(key.text)) {
                collected_[key.text] = {&file, &key, &value};
            } else if (value.kind == YamlNode::Kind::mapping) {
                for (const auto& [inner, inner_value] : value.entries)
                    collected_[key.text + "." + inner.text] = {&file, &inner, &inner_value};
            } else if (value.kind != YamlNode::Kind::null) {
                complain(value, fmt::format("{} is a table of keys", key.text));
            }
        }
    }

    void walk(const std::string& path, const YamlNode& key, const YamlNode& value) {
        if (path == "ldap." + key.text) return walk_source(key, value);
        for (const ConfigKey& known : config_keys()) {
            if (known.path != path) continue;
            for (const KeyProblem& problem : known.read(value, config_))
                complain(*problem.node, fmt::format("{}: {}", path, problem.message));
            set_at_[path] = fmt::format("{}:{}", file_->name, key.line);
            if (path == "login.rules") name_file(config_.rules);
            if (path == "login.access") name_file(config_.access);
            return;
        }
        if (!is_section(path)) return unknown(path, key);
        if (value.kind != YamlNode::Kind::mapping)
            return complain(value, fmt::format("{} is a table of keys", path));
        for (const auto& [inner, inner_value] : value.entries)
            walk(path + "." + inner.text, inner, inner_value);
    }

    void walk_source(const YamlNode& name, const YamlNode& value) {
        LdapSource source;
        std::map<std::string, unsigned> set;
        for (const KeyProblem& problem : read_ldap_source(name, value, source, set))
            complain(*problem.node, problem.message);
        for (const auto& [key, line] : set)
            set_at_[fmt::format("ldap.{}.{}", source.name, key)] = fmt::format("{}:{}", file_->name, line);
        source.where = fmt::format("{}:{}", file_->name, name.line);
        name_file(source.access);
        config_.ldap.push_back(std::move(source));
    }

    void show(const LdapSource& source) {
        for (const LdapKey& key : ldap_keys()) {
            const auto path = fmt::format("ldap.{}.{}", source.name, key.path);
            const auto set = set_at_.find(path);
            config_.shown[path] = {key.show(source), set == set_at_.end() ? "default" : set->second};
        }
    }

    template <typename Line>
    void name_file(std::vector<Line>& lines) const {
        for (Line& line : lines) line.where = fmt::format("{}:{}", file_->name, line.where);
    }

    static bool is_leaf(std::string_view path) {
        return std::any_of(config_keys().begin(), config_keys().end(),
                           [&](const ConfigKey& key) { return key.path == path; });
    }
    static bool is_section(const std::string& path) {
        if (path == "ldap") return true;
        const std::string start = path + ".";
        return std::any_of(config_keys().begin(), config_keys().end(),
                           [&](const ConfigKey& key) { return key.path.substr(0, start.size()) == start; });
    }

    void unknown(const std::string& path, const YamlNode& key) {
        const std::size_t dot = path.rfind('.');
        const std::string parent = dot == std::string::npos ? "" : path.substr(0, dot + 1);
        std::vector<std::string_view> siblings;
        if (parent.empty()) siblings.push_back("ldap");
        for (const ConfigKey& known : config_keys()) {
            if (known.path.substr(0, parent.size()) != parent) continue;
            const std::string_view rest = known.path.substr(parent.size());
            siblings.push_back(rest.substr(0, rest.find('.')));
        }
        const std::string_view near = nearest_word(key.text, siblings);
        complain(key, fmt::format("unknown key \"{}\"{}.{}", escaped(key.text),
                                  parent.empty() ? "" : " in " + parent.substr(0, parent.size() - 1),
                                  near.empty() ? "" : fmt::format(" Did you mean \"{}\"?", near)));
    }

    void complain(const YamlNode& node, std::string message) {
        const std::size_t length =
            node.kind == YamlNode::Kind::scalar ? node.text.size() + (node.quoted ? 2 : 0) : 1;
        problems_.push_back({file_->name, node.line, node.column, std::move(message),
                             excerpt(file_->text, node.line, node.column, length)});
    }

    std::size_t index_of(const std::string& name) const {
        const auto found =
            std::find_if(files_.begin(), files_.end(), [&](const File& file) { return file.name == name; });
        return static_cast<std::size_t>(found - files_.begin());
    }

    // A contradiction stands where the first key of its section was set last.
    std::string place_of(const std::string& text) const {
        const std::string section = text.substr(0, text.find(':'));
        for (const auto& [path, place] : set_at_)
            if (path.substr(0, section.size()) == section) return place;
        return "configuration";
    }

    const std::vector<File>& files_;
    const File* file_ = nullptr;
    std::map<std::string, Collected> collected_;
    std::map<std::string, std::string, std::less<>> set_at_;
    Config config_;
    std::vector<ConfigProblem> problems_;
};

constexpr off_t max_file_size = 1 << 20;

// An absent file is empty; what cannot be read is a problem.
std::optional<std::string> read_file(const std::string& path, std::vector<ConfigProblem>& problems) {
    auto problem = [&](std::string message) {
        problems.push_back({escaped(path), 0, 0, std::move(message), {}});
        return std::nullopt;
    };
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) {
        if (errno == ENOENT) return std::nullopt;
        return problem(fmt::format("cannot read it: {}", std::strerror(errno)));
    }
    struct stat status {};
    if (fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return problem("not a regular file");
    if (status.st_size > max_file_size) return problem("larger than 1 MiB");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
        const ssize_t n = ::read(fd.get(), text.data() + have, text.size() - have);
        if (n < 0) return problem(fmt::format("cannot read it: {}", std::strerror(errno)));
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    text.resize(have);
    return text;
}

std::vector<std::string> drop_ins(const std::string& root) {
    glob_t found{};
    const std::string pattern = root + "/etc/userd/userd.yaml.d/*.yaml";
    std::vector<std::string> names;
    if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
        names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    return names;
}

LoadedConfig read_all(const std::vector<File>& files) {
    return Reader(files).read();
}

}  // namespace

const LdapSource* Config::find_ldap(std::string_view name) const {
    const auto found =
        std::find_if(ldap.begin(), ldap.end(), [&](const auto& one) { return one.name == name; });
    return found == ldap.end() ? nullptr : &*found;
}

LoadedConfig load_config(const std::string& root, const ConfigDraft* instead) {
    std::vector<File> files;
    std::vector<ConfigProblem> problems;
    auto names = drop_ins(root);
    if (instead && std::find(names.begin(), names.end(), instead->file) == names.end())
        names.push_back(instead->file);
    std::sort(names.begin(), names.end());
    names.insert(names.begin(), root + "/etc/userd/userd.yaml");
    for (const auto& name : names) {
        const bool is_draft = instead && name == instead->file;
        auto text = is_draft ? instead->text : read_file(name, problems);
        if (!text) continue;
        auto shown = escaped(name);  // in answers on the bus too, which takes only text
        auto document = parse_yaml(*text, shown);
        files.push_back({std::move(shown), std::move(*text), std::move(document)});
    }
    if (!problems.empty()) return {std::nullopt, std::move(problems)};
    return read_all(files);
}

LoadedConfig parse_config(std::string_view text, const std::string& file_name) {
    std::vector<File> files;
    files.push_back({file_name, std::string(text), parse_yaml(text, file_name)});
    return read_all(files);
}

std::string to_text(const ConfigProblem& problem) {
    std::string text = problem.file;
    if (problem.line != 0) text += fmt::format(":{}:{}", problem.line, problem.column);
    text += ": " + problem.message;
    if (!problem.excerpt.empty()) text += "\n" + problem.excerpt;
    return text;
}

}  // namespace userd
