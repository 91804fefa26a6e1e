// SPDX-License-Identifier: LGPL-2.1-or-later
// edit: the record as YAML in the person's editor. Like visudo, it comes back with what was wrong until the
// text is right or is left as it was; the daemon takes the change only if the user is still the one that was
// shown.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/difference.h"
#include "ctl/field.h"
#include "ctl/file_problem.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/target.h"
#include "ctl/terminal.h"
#include "ctl/user_change.h"
#include "ctl/user_fields.h"
#include "ctl/user_patch.h"
#include "ctl/yaml_text.h"

namespace userd::ctl {
namespace {

constexpr std::string_view remark = "#! ";  // how a line that we have written about the last try begins

// A file that only its owner can read; it goes with its last user unless it is kept.
class Draft {
 public:
    static Answer<Draft> make(const std::string& name, const std::string& text) {
        const char* folder = std::getenv("TMPDIR");
        Draft draft;
        draft.path_ = fmt::format("{}/userctl-{}-XXXXXX.yaml", folder && *folder ? folder : "/tmp", name);
        const Fd fd(mkostemps(draft.path_.data(), 5, O_CLOEXEC));
        if (!fd) return refuse(Exit::failed, "cannot make a file to edit: {}", std::strerror(errno));
        draft.own_ = true;
        TRY(draft.write(text));
        return draft;
    }
    Draft(Draft&& other) noexcept : path_(std::move(other.path_)), own_(std::exchange(other.own_, false)) {}
    Draft& operator=(Draft&&) = delete;
    ~Draft() {
        if (own_) unlink(path_.c_str());
    }

    Answer<void> write(const std::string& text) const {
        std::ofstream file(path_, std::ios::trunc);
        file << text << std::flush;
        if (!file) return refuse(Exit::failed, "cannot write {}", path_);
        return {};
    }
    Answer<std::string> read() const {
        std::ifstream file(path_);
        std::string text{std::istreambuf_iterator<char>(file), {}};
        if (!file) return refuse(Exit::failed, "cannot read {}", path_);
        return text;
    }
    const std::string& path() const { return path_; }
    void keep() { own_ = false; }

 private:
    Draft() = default;
    std::string path_;
    bool own_ = false;
};

std::string chosen_editor() {
    for (const char* name : {"VISUAL", "EDITOR"})
        if (const char* value = std::getenv(name); value && *value) return value;
    return {};
}

std::string editor() {
    if (std::string chosen = chosen_editor(); !chosen.empty()) return chosen;
    return access("/usr/bin/editor", X_OK) == 0 ? "editor" : "vi";
}

// As git does: the variable may hold options.
Answer<void> run_editor(const std::string& path) {
    std::string command = editor();
    std::string shell = "sh", option = "-c", script = command + " \"$@\"", file = path;
    char* words[] = {shell.data(), option.data(), script.data(), command.data(), file.data(), nullptr};
    const auto interrupt = signal(SIGINT, SIG_IGN), quit = signal(SIGQUIT, SIG_IGN);  // they are the editor's
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGQUIT);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child = -1;
    const int failed = posix_spawn(&child, "/bin/sh", nullptr, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    int status = 0;
    if (failed == 0)
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    signal(SIGINT, interrupt);
    signal(SIGQUIT, quit);
    if (failed != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return refuse(
            problem(Exit::cancelled, "the editor \"{}\" failed; nothing was changed", escaped(command))
                .with_hint("EDITOR=vi userctl edit …"));
    return {};
}

std::string text_to_edit(const Fields& record) {
    nlohmann::ordered_json table;
    const auto settable = settable_fields();
    for (const Field& field : all_fields())
        if (std::find(settable.begin(), settable.end(), field.name) != settable.end())
            table[std::string(field.name)] = to_json(field.name, value_of(record, field.name));
    return fmt::format(
               "# {} (uid {}). Save and leave the editor to apply; leave without a change to stop.\n"
               "# null, or no line, clears a field. Not here: the name (userctl rename), the state (userctl "
               "suspend).\n",
               text_of(record, "name"), text_of(record, "uid")) +
           to_yaml(table);
}

std::size_t remarks_in(const std::string& text) {
    std::size_t count = 0;
    for (std::string_view rest = text; rest.starts_with(remark); ++count)
        rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    return count;
}

std::string without_remarks(const std::string& text) {
    std::size_t at = 0;
    for (std::size_t i = remarks_in(text); i > 0; --i)
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    return text.substr(at);
}

// What the text asks to be different from `record`. A field without a line is cleared.
tl::expected<UserPatch, std::vector<ConfigProblem>> read_edited(const std::string& text, const Fields& record,
                                                                std::int64_t now) {
    Fields bare = record;
    bare.erase("metadata");  // the text holds all of it: nothing is merged
    UserPatch patch = TRY(parse_user_patch(text, "line", bare, now));
    const Fields before = TRY(parse_user_patch(text_to_edit(record), "line", bare, now)).fields;
    for (const auto& [field, value] : before)
        if (const auto found = patch.fields.find(field); found == patch.fields.end())
            patch.fields[field] = TRY(parse_user_patch(field + ":", "line", {}, now)).fields[field];
    for (const auto& [field, value] : before)
        if (patch.fields[field] == value) patch.fields.erase(field);
    return patch;
}

// The way from what is in the editor to the user.
class Edit {
 public:
    Edit(Client& client, Output& out, Found found, Draft draft)
        : client_(client), out_(out), found_(std::move(found)), draft_(std::move(draft)) {}

    Answer<void> run() {
        std::string last = TRY(draft_.read());
        for (;;) {
            TRY(run_editor(draft_.path()));
            const std::string text = TRY(draft_.read());
            if (text == last) return stop();
            faults_.clear();
            auto change = apply(text);
            if (change) return tell(*change);
            refused_ = true;
            wrong_ = std::move(change).error();
            const bool can_be_mended = wrong_.exit == Exit::invalid || wrong_.exit == Exit::conflict ||
                                       wrong_.exit == Exit::not_found;
            if (!can_be_mended || !may_ask()) return stop();
            last = TRY(with_remarks(text));
        }
    }

 private:
    // Left as it was: either nothing is wanted, or what was wrong is not mended.
    Answer<void> stop() {
        if (!refused_) {
            out_.unchanged(found_.record, text_of(found_.record, "name"), 'u');
            return {};
        }
        draft_.keep();
        out_.note(fmt::format("What you wrote is kept in {}.", draft_.path()));
        for (ConfigProblem& fault : faults_) fault.file = draft_.path();
        if (wrong_.message.empty()) return refuse_file(faults_, out_);
        if (!faults_.empty()) {
            Problem in_file = file_problem(faults_.front());
            wrong_.message = std::move(in_file.message);
            wrong_.excerpt = std::move(in_file.excerpt);
        }
        return refuse(std::move(wrong_));
    }

    Answer<Change> apply(const std::string& text) {
        auto read = read_edited(text, found_.record, out_.options().now);
        if (!read) {
            faults_ = std::move(read).error();
            return refuse(Problem{Exit::invalid, {}, {}, {}, {}, {}});  // the faults tell
        }
        if (read->fields.empty()) return Change{false, found_.record};
        const Fields shown_first = found_.record;
        const std::string name = text_of(shown_first, "name");
        std::set<std::string> names;
        for (const auto& [field, value] : read->fields) names.insert(field);
        out_.line(difference_line('~', name, differences(shown_first, read->fields, names)));
        auto change = update_unmoved(client_, found_, [&](const Fields& record) -> Answer<Fields> {
            for (const std::string& field : names)
                if (value_of(record, field) != value_of(shown_first, field))
                    return refuse(
                        Problem{Exit::conflict,
                                "org.userd1.Error.GenerationConflict",
                                fmt::format("{} of {} was changed by somebody else meanwhile", field, name),
                                {},
                                field,
                                {}});
            Fields fields = read->fields;
            TRY(part_local_groups(client_, fields));
            return fields;
        });
        if (change) return change;
        if (const auto place = read->places.find(change.error().field); place != read->places.end()) {
            faults_.push_back(place->second);
            faults_.back().message = change.error().message;
        }
        return change;
    }

    Answer<void> tell(const Change& change) {
        const std::string name = text_of(change.record, "name");
        if (change.changed)
            out_.changed("updated", change.record, fmt::format("Updated {}.", name), 'u');
        else
            out_.unchanged(change.record, name, 'u');
        return {};
    }

    // The text with what is wrong at its top, in the file; answers what the file holds now.
    Answer<std::string> with_remarks(const std::string& text) {
        std::vector<std::string> remarks;
        const std::size_t before = remarks_in(text), after = std::max<std::size_t>(faults_.size(), 1);
        for (const ConfigProblem& fault : faults_)
            remarks.push_back(fmt::format("line {}: {}", fault.line + after - before, fault.message));
        if (remarks.empty()) remarks.push_back(wrong_.message);
        std::string whole;
        for (const std::string& one : remarks) whole += fmt::format("{}✗ {}\n", remark, escaped(one));
        whole += without_remarks(text);
        TRY(draft_.write(whole));
        return whole;
    }

    Client& client_;
    Output& out_;
    Found found_;
    Draft draft_;
    bool refused_ = false;               // the last text was, because of
    std::vector<ConfigProblem> faults_;  // what stands in it, or
    Problem wrong_;                      // what the daemon said
};

Answer<void> edit(Client& client, const Args& args, Output& out) {
    if (!may_ask() && chosen_editor().empty())
        return refuse(problem(Exit::usage, "there is no terminal to edit on")
                          .with_hint(fmt::format("userctl update {} --from FILE, or EDITOR with a program "
                                                 "that needs none",
                                                 escaped(args.words[0]))));
    Found found = TRY(client.get_user(args.words[0]));
    Draft draft = TRY(Draft::make(text_of(found.record, "name"), text_to_edit(found.record)));
    return Edit(client, out, std::move(found), std::move(draft)).run();
}

}  // namespace

Command edit_command() {
    return {"user",
            "edit",
            "TARGET",
            "Change fields of a user in your editor",
            edit,
            {},
            Trait::changes,
            "Opens the record as YAML in $VISUAL or $EDITOR, shows what is different and applies it. What is "
            "wrong brings the editor back with the reason; a text that is left as it was changes nothing."};
}

}  // namespace userd::ctl
