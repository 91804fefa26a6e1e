// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user owns on the host: resources, transfer.
#include "ctl/resources.h"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/progress.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

using Json = nlohmann::json;

struct Resources {
    std::vector<Fields> rows;
    Fields summary;
};

Refusal cut_off(const std::string& target) {
    return refuse(Problem{Exit::failed,
                          "",
                          fmt::format("what {} owns was not looked through to the end", target),
                          "look at: journalctl -u userd -u userd-homes",
                          {},
                          target});
}

// Calls `take` with each line until the pipe ends or it says no.
bool for_each_line(const Fd& pipe, const std::function<bool(std::string_view)>& take) {
    std::string buffer(64 << 10, '\0'), text;
    for (;;) {
        const ssize_t n = read(pipe.get(), buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n == 0;
        text.append(buffer, 0, static_cast<std::size_t>(n));
        std::size_t from = 0;
        for (std::size_t end = 0; (end = text.find('\n', from)) != std::string::npos; from = end + 1)
            if (!take(std::string_view(text).substr(from, end - from))) return false;
        text.erase(0, from);
    }
}

Fields fields_of(const Json& line) {
    Fields fields;
    for (const auto& [name, value] : line.items()) {
        if (value.is_number_integer())
            fields[name] = value.get<std::int64_t>();
        else if (value.is_string() && !value.get_ref<const std::string&>().empty())
            fields[name] = value.get<std::string>();
    }
    return fields;
}

Answer<Resources> find(Client& client, const Found& found, const Fields& options, bool with_rows,
                       Output& out) {
    const std::string target = text_of(found.record, "name");
    const Fd pipe = TRY(client.open_resources(found.path, options));
    Resources resources;
    std::optional<Problem> problem;
    bool ended = false;
    std::uint64_t count = 0;
    Progress progress(out, "looking through files");
    for_each_line(pipe, [&](std::string_view text) {
        const Json line = Json::parse(text, nullptr, false);
        if (!line.is_object()) return false;
        if (line.contains("summary")) {
            ended = true;
            resources.summary = fields_of(line["summary"]);
        } else if (line.contains("error")) {
            const Fields error = fields_of(line["error"]);
            problem = Problem{exit_for(text_of(error, "name")),
                              text_of(error, "name"),
                              text_of(error, "message"),
                              text_of(error, "hint"),
                              {},
                              {}};
        } else {
            if (with_rows) resources.rows.push_back(fields_of(line));
            progress.at(++count);
        }
        return true;
    });
    if (problem) return refuse(*problem);
    if (!ended) return cut_off(target);
    return resources;
}

std::string sentence(const Fields& summary) {
    std::string text;
    struct Row {
        const char *key, *one, *several;
    };
    for (const auto& [key, one, several] : {Row{"file", "file", "files"},
                                            {"process", "process", "processes"},
                                            {"cron", "job", "jobs"},
                                            {"session", "session", "sessions"},
                                            {"group", "group", "groups"},
                                            {"note", "place not looked into", "places not looked into"}}) {
        const std::string count = text_of(summary, key);
        if (count.empty() || count == "0") continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, count == "1" ? one : several);
        if (std::string_view(key) == "file") text += fmt::format(" ({} bytes)", text_of(summary, "bytes"));
    }
    return text.empty() ? "nothing" : text;
}

// Names are bytes, and messages of the bus take only text.
Fields paths_of(const Args& args) {
    std::vector<std::string> paths;
    for (const std::string& path : args.all("path")) paths.push_back(escaped(path));
    return paths.empty() ? Fields() : Fields{{"paths", paths}};
}

Answer<void> resources(Client& client, const Args& args, Output& out) {
    const Found found = TRY(client.get_user(args.words[0]));
    Fields options = paths_of(args);
    if (args.has("kind")) options["kinds"] = args.all("kind");
    const bool summary_only = args.has("summary");
    auto owned = TRY(find(client, found, options, !summary_only, out));
    if (summary_only) {
        if (out.json()) {
            out.object(owned.summary, 'e', true);
        } else {
            out.line(fmt::format("{} owns {}.", text_of(found.record, "name"), sentence(owned.summary)));
        }
        return {};
    }
    Listing listing{"resources", 'e', {"kind", "path", "what", "bytes"}, std::move(owned.rows), 0, 0, 0};
    listing.total = listing.rows.size();
    out.list(listing);
    if (out.human())
        out.note(fmt::format("{} owns {}.", text_of(found.record, "name"), sentence(owned.summary)));
    return {};
}

Answer<void> transfer(Client& client, const Args& args, Output& out) {
    if (!args.has("to"))
        return refuse(Problem{Exit::usage, "", "who gets the files is not said", "--to USER", {}, {}});
    const Found found = TRY(client.get_user(args.words[0]));
    const std::string name = text_of(found.record, "name");
    const Fields options = paths_of(args);
    TRY(make_sure(args, fmt::format("Give the files of {} to {}?", name, args.text("to"))));
    const Change change = TRY(client.transfer(found.path, args.text("to"), options));
    tell_left(change.record, out);
    if (change.changed)
        out.changed("transferred", change.record,
                    fmt::format("Gave {} files of {} to {}.", text_of(change.record, "files"), name,
                                text_of(change.record, "to")),
                    'e');
    else
        out.unchanged(change.record, name + " owns no files there", 'e');
    return {};
}

const Option resources_options[] = {
    {"path", 0, "DIR", "Only below this folder", true},
    {"kind", 0, "file|process|cron|session|group|all", "Only this kind", true},
    {"summary", 0, "", "Only how many of each kind"},
};
const Option transfer_options[] = {
    {"to", 0, "USER", "Who gets them"},
    {"path", 0, "DIR", "Only below this folder; jobs are left as they are", true},
};

}  // namespace

void tell_left(const Fields& record, Output& out) {
    for (const auto& [field, words] :
         std::initializer_list<std::pair<const char*, const char*>>{{"stopped", "stopped"},
                                                                    {"released", "released"},
                                                                    {"cleaned", "cleaned"},
                                                                    {"left", "left alone"}}) {
        const auto entry = record.find(field);
        const auto* list =
            entry == record.end() ? nullptr : std::get_if<std::vector<std::string>>(&entry->second);
        if (list == nullptr) continue;
        for (const auto& thing : *list) out.note(fmt::format("{}: {}", words, thing));
    }
    if (const auto warning = text_of(record, "warning"); !warning.empty()) out.note("warning: " + warning);
}

std::span<const Command> resource_commands() {
    static const Command commands[] = {
        {"user", "resources", "TARGET", "What a user owns on this host", resources, resources_options,
         Trait::none,
         "Files under the folders of resources.paths in userd.yaml, ACL entries, processes, crontabs, at "
         "jobs, user "
         "timers, sessions, and groups. userd-homes looks; /etc/userd/homes.yaml says where it may."},
        {"user", "transfer", "TARGET --to USER", "Give the files of a user to another", transfer,
         transfer_options, Trait::changes | Trait::destroys,
         "Crontab, at jobs and user timers are put off first, and listed. Files with several names and "
         "devices are left "
         "alone, and listed; set-id bits and capabilities go. Entries for the user in ACLs become the "
         "other's."},
    };
    return commands;
}

}  // namespace userd::ctl
