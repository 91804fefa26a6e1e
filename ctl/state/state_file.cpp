// SPDX-License-Identifier: LGPL-2.1-or-later
// Objects are decoded as they are read, so a file of twenty thousand users is never in memory as a tree.
#include "ctl/state/state_file.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <system_error>
#include <tuple>

#include "common/base/text.h"
#include "common/names.h"
#include "ctl/input_file.h"
#include "ctl/state/values.h"

namespace userd::ctl {
namespace {

using Kind = YamlNode::Kind;

std::string_view plural(bool is_group) {
    return is_group ? "groups" : "users";
}
StatePart part_of(bool is_group) {
    return is_group ? StatePart::group : StatePart::user;
}

std::string_view line_of(std::string_view text, unsigned line) {
    for (unsigned i = 1; i < line; ++i) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

// The line up to the first `mark`: what follows may be a secret.
std::string masked_line(unsigned number, std::string_view line, char mark) {
    const auto end = line.find(mark);
    return fmt::format("{:5} | {}{}", number, escaped(line.substr(0, end)),
                       end == std::string_view::npos ? "" : ": ***");
}

// "password: hunter2", wherever on the line it stands.
bool shows_password(std::string_view line) {
    const auto word = line.find("pass");
    const auto colon = word == std::string_view::npos ? word : line.find(':', word);
    if (colon == std::string_view::npos) return false;
    const auto value = trimmed(line.substr(colon + 1));
    return !value.empty() && value[0] != '{' && !value.starts_with("none");
}

class Reader {
 public:
    explicit Reader(const std::string& host)
        : values_(host, [this](const YamlNode& at, std::string message, bool hides) {
              complain(at, std::move(message), hides);
          }) {}

    StateFiles read(std::vector<StateFiles::File> files) {
        state_.files = std::move(files);
        for (file_ = 0; file_ < state_.files.size(); ++file_) read_file();
        fill_in_defaults();
        check_memberships();
        check_services();
        if (state_.any_for_this_host && state_.set.empty() && state_.problems.empty())
            add({state_.files[0].name,
                 1,
                 1,
                 "the key \"set\" is missing: the name under which these objects are managed (set: web-team)",
                 {}});
        sort_problems();
        return std::move(state_);
    }

 private:
    // What a file is for is known at its end: its keys may stand in any order.
    struct Part {
        std::vector<StateObject> objects;
        std::vector<StateEntry> options;
        std::map<bool, std::vector<StateEntry>> defaults;
        std::optional<StateEntry> set;
        std::map<std::pair<bool, std::string>, unsigned> lines;  // of names
        bool is_for_here = true;
        bool has_version = false;
        unsigned counts[2] = {};
    };

    // As a person reads the files: top keys are known only after the lists below them.
    void sort_problems() {
        const auto place = [this](const ConfigProblem& problem) {
            const auto at = std::find_if(state_.files.begin(), state_.files.end(),
                                         [&](const auto& file) { return file.name == problem.file; });
            return std::tuple(at - state_.files.begin(), problem.line, problem.column);
        };
        std::stable_sort(state_.problems.begin(), state_.problems.end(),
                         [&](const auto& a, const auto& b) { return place(a) < place(b); });
    }

    void add(ConfigProblem problem) {
        if (state_.problems.size() < most_state_problems) state_.problems.push_back(std::move(problem));
    }
    void complain(const YamlNode& at, std::string message, bool hides = false) {
        if (!context_.empty()) message = fmt::format("{}: {}", context_, message);
        auto problem =
            state_.problem_at(place_of(at), std::move(message), std::max<std::size_t>(1, at.text.size()));
        if (hides) problem.excerpt = masked_line(at.line, line_of(state_.files[file_].text, at.line), ':');
        add(std::move(problem));
    }
    StatePlace place_of(const YamlNode& node) const {
        return {static_cast<std::uint32_t>(file_), node.line, node.column};
    }

    void read_file() {
        part_ = {};
        const auto& file = state_.files[file_];
        const auto document =
            parse_yaml(file.text, file.name, [this](const std::string& list, YamlNode& item) {
                if (list != "users" && list != "groups") return false;
                context_.clear();
                object(list == "groups", item);
                context_.clear();
                return true;
            });
        for (const auto& problem : document.problems) add(problem);
        if (document.root.kind == Kind::mapping)
            for (const auto& [key, value] : document.root.entries) top_key(key, value);
        else if (document.problems.empty())
            complain(document.root, "a state file is a table of keys: version, set, users, …");
        if (document.problems.empty() && document.root.kind == Kind::mapping && !part_.has_version)
            complain(document.root, "the key \"version\" is missing: version: 1");
        if (part_.is_for_here) take_over();
    }

    void top_key(const YamlNode& key, const YamlNode& value) {
        const StateKey* known = find_state_key(StatePart::file, key.text);
        if (known == nullptr) return values_.unknown_key(StatePart::file, key, "");
        if (key.text == "version") {
            part_.has_version = true;
            if (value.text != "1") complain(value, "this userctl reads version 1 of the state file");
        } else if (key.text == "set") {
            part_.set = entry(*known, key, value);
        } else if (key.text == "hosts") {
            part_.is_for_here = values_.is_for_here(value);
        } else if (key.text == "options") {
            table("options", StatePart::options, value, part_.options);
        } else if (key.text == "defaults") {
            defaults(value);
        } else if (value.kind != Kind::sequence && value.kind != Kind::null) {
            complain(value, fmt::format("{} is a list", key.text));
        }
    }

    // Nothing where the value is wrong.
    std::optional<StateEntry> entry(const StateKey& known, const YamlNode& key, const YamlNode& value) {
        StateEntry result{&known, {}, place_of(key), {}};
        result.json = values_.read(known, value, result.names);
        if (result.json.empty()) return std::nullopt;
        return result;
    }

    void table(std::string_view name, StatePart part, const YamlNode& node, std::vector<StateEntry>& into) {
        if (node.kind == Kind::null) return;
        if (node.kind != Kind::mapping) return complain(node, fmt::format("{} is a table of keys", name));
        for (const auto& [key, value] : node.entries) {
            const StateKey* known = find_state_key(part, key.text);
            if (known == nullptr)
                values_.unknown_key(part, key, name);
            else if (part != StatePart::options && !known->in_defaults)
                complain(key, fmt::format("{} is nobody's default", key.text));
            else if (auto read = entry(*known, key, value))
                into.push_back(*std::move(read));
        }
    }

    void defaults(const YamlNode& node) {
        if (node.kind == Kind::null) return;
        if (node.kind != Kind::mapping)
            return complain(node, "defaults is a table: {users: {…}, groups: {…}}");
        for (const auto& [key, value] : node.entries) {
            if (key.text != "users" && key.text != "groups")
                complain(key,
                         fmt::format("unknown key \"{}\" in defaults: users, groups", escaped(key.text)));
            else
                table("defaults." + key.text, part_of(key.text == "groups"), value,
                      part_.defaults[key.text == "groups"]);
        }
    }

    void object(bool is_group, const YamlNode& node) {
        std::string called = fmt::format("{}[{}]", plural(is_group), part_.counts[is_group]++);
        if (node.kind != Kind::mapping)
            return complain(node, fmt::format("{} is a table of keys: {{name: …}}", called));
        StateObject result{is_group, {}, place_of(node), {}};
        const YamlNode* hosts = nullptr;
        for (const auto& [key, value] : node.entries) {
            if (key.text == "name" && value.kind == Kind::scalar) {
                result.name = value.text;
                result.place = place_of(value);
                called += fmt::format(" ({})", escaped(value.text));
                check_name(called, value);
            } else if (key.text == "hosts") {
                hosts = &value;
            }
        }
        if (result.name.empty()) complain(node, fmt::format("{} has no name", called));
        for (const auto& [key, value] : node.entries) object_key(called, result, key, value);
        context_ = called;
        const bool here = hosts == nullptr || values_.is_for_here(*hosts);
        context_.clear();
        if (here && !result.name.empty() && is_new(result)) part_.objects.push_back(std::move(result));
    }

    void check_name(const std::string& called, const YamlNode& value) {
        if (!is_lookup_name(value.text)) complain(value, fmt::format("{}: that is no name", called));
    }

    void object_key(const std::string& called, StateObject& result, const YamlNode& key,
                    const YamlNode& value) {
        if (key.text == "name" || key.text == "hosts") return;
        const StatePart part = part_of(result.is_group);
        const StateKey* known = find_state_key(part, key.text);
        if (known == nullptr) return values_.unknown_key(part, key, called);
        context_ = called;
        if (const auto* other = result.find(key.text); other != nullptr && other->key != known)
            complain(key,
                     fmt::format("{} and {} are two ways to write one thing", other->key->name, key.text));
        else if (auto read = entry(*known, key, value))
            result.entries.push_back(*std::move(read));
        context_.clear();
    }

    // In one file a name stands once; over several, later keys win.
    bool is_new(const StateObject& result) {
        const auto [first, fresh] =
            part_.lines.try_emplace({result.is_group, result.name}, result.place.line);
        if (fresh) return true;
        YamlNode at;
        at.line = result.place.line;
        at.column = result.place.column;
        at.text = result.name;
        complain(at, fmt::format("{} stands in {} twice (first in line {})", escaped(result.name),
                                 plural(result.is_group), first->second));
        return false;
    }

    static void put(std::vector<StateEntry>& into, StateEntry entry) {
        const auto same = std::find_if(into.begin(), into.end(), [&](const StateEntry& other) {
            return is_same_matter(other.key->name, entry.key->name);
        });
        if (same == into.end())
            into.push_back(std::move(entry));
        else
            *same = std::move(entry);
    }

    void take_over() {
        state_.any_for_this_host = true;
        for (auto& entry : part_.options) put(state_.options, std::move(entry));
        for (auto& [is_group, entries] : part_.defaults)
            for (auto& entry : entries) put(defaults_[is_group], std::move(entry));
        for (auto& object : part_.objects) {
            const auto [at, fresh] =
                state_.index.try_emplace({object.is_group, object.name}, state_.objects.size());
            if (fresh)
                state_.objects.push_back(std::move(object));
            else
                for (auto& entry : object.entries) put(state_.objects[at->second].entries, std::move(entry));
        }
        if (part_.set) take_set(*part_.set);
    }

    void take_set(const StateEntry& entry) {
        const auto set = entry.json == "null" ? std::string() : entry.json.substr(1, entry.json.size() - 2);
        if (!state_.set.empty() && set != state_.set)
            add(state_.problem_at(entry.place,
                                  fmt::format("the set is \"{}\" here and \"{}\" before: files of "
                                              "one apply belong to one set",
                                              set, state_.set)));
        const bool is_word =
            !set.empty() && set.size() <= 64 && std::all_of(set.begin(), set.end(), [](char c) {
                return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.';
            });
        if (!is_word)
            add(state_.problem_at(entry.place, "set is a word of letters, digits, - _ and ."));
        else
            state_.set = set;
    }

    void fill_in_defaults() {
        for (auto& object : state_.objects)
            for (const auto& entry : defaults_[object.is_group])
                if (object.find(entry.key->name) == nullptr) object.entries.push_back(entry);
    }

    // A membership that two places govern would be given by one and taken by the other.
    void check_memberships() {
        std::map<std::string_view, const StateEntry*> by_group;
        for (const auto& object : state_.objects)
            if (object.is_group)
                if (const auto* members = object.find("members")) by_group[object.name] = members;
        if (by_group.empty()) return;
        for (const auto& object : state_.objects) {
            const auto* groups = object.is_group ? nullptr : object.find("groups");
            if (groups == nullptr) continue;
            for (const auto& name : groups->names)
                if (const auto at = by_group.find(name); at != by_group.end())
                    add(state_.problem_at(
                        groups->place,
                        fmt::format(
                            "{} is in {} here, and {} lists its members at {}: write it on the user or "
                            "on the group",
                            escaped(object.name), escaped(name), escaped(name),
                            state_.where(at->second->place)),
                        6));
        }
    }

    static inline const std::pair<std::string_view, std::vector<std::string_view>> allowed_of_services[] = {
        {"mfa", {"null", R"("inherit")", R"("off")", R"("optional")"}},
        {"password", {"null", R"({"none":true})"}},
        {"totp", {"null"}}};

    // A service logs in with keys alone. What stands in defaults counts too: it is cleared on the user.
    void check_services() {
        for (const auto& object : state_.objects) {
            const auto* kind = object.is_group ? nullptr : object.find("kind");
            if (kind == nullptr || kind->json != R"("service")") continue;
            for (const auto& [key, allowed] : allowed_of_services) {
                const auto* entry = object.find(key);
                if (entry == nullptr ||
                    std::find(allowed.begin(), allowed.end(), entry->json) != allowed.end())
                    continue;
                add(state_.problem_at(
                    entry->place,
                    fmt::format("{} is a service, which logs in with keys alone: {}", escaped(object.name),
                                key == "mfa" ? "mfa cannot be required" : fmt::format("it has no {}", key)),
                    key.size()));
            }
        }
    }

    StateValues values_;
    StateFiles state_;
    Part part_;
    std::size_t file_ = 0;
    std::string context_;  // "users[2] (alice)"
    std::map<bool, std::vector<StateEntry>> defaults_;
};

constexpr std::size_t most_bytes = 16 << 20;

Answer<StateFiles::File> read_file(const std::string& path) {
    auto text = read_input(path, most_bytes);
    if (!text) return refuse(std::move(text).error().with_field("file"));
    return StateFiles::File{escaped(path), *std::move(text), path};
}

Answer<std::vector<std::string>> files_under(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) return std::vector{path};
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (!name.starts_with(".") && (name.ends_with(".yaml") || name.ends_with(".yml")))
            names.push_back(at->path().string());
    }
    if (error) return refuse(problem(Exit::failed, "cannot read {}: {}", escaped(path), error.message()));
    std::sort(names.begin(), names.end());
    if (names.empty()) return refuse(problem(Exit::failed, "there is no *.yaml in {}", escaped(path)));
    return names;
}

}  // namespace

bool is_same_matter(std::string_view one, std::string_view other) {
    const auto whole = [](std::string_view key) { return key == "role" ? "roles" : key; };
    return whole(one) == whole(other);
}

const StateEntry* StateObject::find(std::string_view key) const {
    for (const auto& entry : entries)
        if (is_same_matter(entry.key->name, key)) return &entry;
    return nullptr;
}

const StateObject* StateFiles::find(bool is_group, std::string_view name) const {
    const auto at = index.find({is_group, std::string(name)});
    return at == index.end() ? nullptr : &objects[at->second];
}

std::string StateFiles::where(const StatePlace& place) const {
    return fmt::format("{}:{}", files[place.file].name, place.line);
}

ConfigProblem StateFiles::problem_at(const StatePlace& place, std::string message, std::size_t length) const {
    const auto& file = files[place.file];
    const auto line = line_of(file.text, place.line);
    return {file.name, place.line, place.column, std::move(message),
            shows_password(line) ? masked_line(place.line, line, ':')
                                 : excerpt(file.text, place.line, place.column, length)};
}

std::string this_host() {
    char name[256] = {};
    gethostname(name, sizeof name - 1);
    return name;
}

bool is_for_host(const std::vector<std::string>& globs, const std::string& host) {
    const std::string first = host.substr(0, host.find('.'));
    return globs.empty() || std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
               return fnmatch(glob.c_str(), host.c_str(), 0) == 0 ||
                      fnmatch(glob.c_str(), first.c_str(), 0) == 0;
           });
}

StateFiles read_state_texts(std::vector<StateFiles::File> files, const std::string& host) {
    return Reader(host).read(std::move(files));
}

Answer<StateFiles> read_state_files(const std::vector<std::string>& paths, const std::string& host) {
    std::vector<StateFiles::File> files;
    for (const auto& path : paths)
        for (const auto& name : TRY(files_under(path))) files.push_back(TRY(read_file(name)));
    return read_state_texts(std::move(files), host);
}

}  // namespace userd::ctl
