// SPDX-License-Identifier: LGPL-2.1-or-later
// Users from a CSV file. The daemon reads and checks it; here are the file, the report and what a person
// reads.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/output.h"
#include "ctl/progress.h"
#include "ctl/render.h"
#include "ctl/stream.h"
#include "ctl/target.h"
#include "ctl/whole_file.h"

namespace userd::ctl {
namespace {

constexpr const char* standard_input = "(standard input)";

struct Source {
    Fd fd;
    std::string name;  // for messages
};

Answer<Source> open_file(const std::string& path) {
    if (path == "-") return Source{Fd(dup(STDIN_FILENO)), standard_input};
    return Source{TRY(open_input(path)), escaped(path)};
}

// Passwords come only where somebody will find them, and before the file is sent: not one is made in vain.
Answer<Fd> open_report(const Args& args, const Output& out, bool dry_run) {
    const std::string path = args.text("report");
    if (!args.has("generate")) {
        if (path.empty()) return Fd();
        return refuse(
            problem(Exit::usage, "--report is for the passwords of --generate").with_hint("--generate"));
    }
    if (path.empty() && !out.json())
        return refuse(problem(Exit::usage, "the passwords that --generate makes must go somewhere")
                          .with_hint("--report FILE, a new file that only you can read, or --json"));
    if (path.empty() || dry_run) return Fd();
    return make_private_file(path);
}

Answer<Fields> import_options(const Args& args) {
    Fields options;
    std::map<std::string, std::string> map;
    for (const std::string& given : args.all("map")) {
        const auto equals = given.rfind('=');
        if (equals == std::string::npos || equals == 0)
            return refuse(problem(Exit::usage, "--map takes COLUMN=FIELD, not \"{}\"", escaped(given))
                              .with_field("map"));
        map[given.substr(0, equals)] = given.substr(equals + 1);
    }
    if (!map.empty()) options["map"] = map;
    std::vector<std::string> groups;
    for (const std::string& given : args.all("group"))
        for (const std::string_view group : split(given, ','))
            if (!group.empty()) groups.emplace_back(group);
    if (!groups.empty()) options["groups"] = groups;
    if (args.has("name-from")) options["name_from"] = args.text("name-from");
    if (args.has("on-exists")) options["on_exists"] = args.text("on-exists");
    for (const char* option : {"role", "mfa"})
        if (args.has(option)) options[option] = args.text(option);
    for (const char* flag : {"must-change", "generate"})
        if (args.has(flag)) options[flag == std::string_view("generate") ? "generate" : "must_change"] = true;
    return options;
}

// What the daemon gets: the file as it is read, and once more from the beginning, which may be gone from a
// pipe.
class Sent {
 public:
    Sent(Source& source, Output& out)
        : source_(source), progress_(out, fmt::format("reading {}", source.name)) {}

    int open() {
        pipe_.reset();
        given_ = 0;
        auto made = Stream::to_daemon([this] { return next(); });
        if (!made) return -EMFILE;
        return pipe_.emplace(*std::move(made)).end_of_daemon().get();
    }
    Answer<void> finish() {
        pipe_.reset();
        if (failed_ == 0) return {};
        return refuse(Exit::failed, "cannot read {}: {}", source_.name, std::strerror(failed_));
    }

 private:
    std::string_view next() {
        if (given_ == text_.size()) read_more();
        return std::string_view(text_).substr(std::exchange(given_, text_.size()));
    }
    void read_more() {
        constexpr std::size_t piece = 65536;
        const auto before = text_.size();
        text_.resize(before + piece);
        ssize_t size = 0;
        while ((size = read(source_.fd.get(), text_.data() + before, piece)) < 0 && errno == EINTR) {
        }
        if (size < 0) failed_ = errno;
        text_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        lines_ += static_cast<std::uint64_t>(
            std::count(text_.begin() + static_cast<std::ptrdiff_t>(before), text_.end(), '\n'));
        progress_.at(lines_);
    }

    Source& source_;
    Progress progress_;
    std::string text_;  // the daemon takes 16 MiB at most, and stops
    std::size_t given_ = 0;
    std::uint64_t lines_ = 0;
    int failed_ = 0;
    std::optional<Stream> pipe_;
};

// Sends the file while the call is under way.
Answer<Imported> send(Client& client, Source& source, const Fields& options, Output& out) {
    Sent sent(source, out);
    auto answer = client.import_users([&] { return sent.open(); }, options);
    TRY(sent.finish());
    return answer;
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

Refusal tell_problems(const Imported& imported, const std::string& file, Output& out) {
    const std::string count = text_of(imported.summary, "problems");
    for (const Fields& row : imported.problems) {
        const std::string place = fmt::format("{}:{}:{}", file, text_of(row, "line"), text_of(row, "column"));
        auto told = problem(Exit::invalid, "{}: {}", place, without_controls(text_of(row, "message")))
                        .with_hint(without_controls(text_of(row, "hint")))
                        .with_field(text_of(row, "field"));
        told.target = place;
        out.problem(told);
    }
    const auto all = parse_number(count).value_or(imported.problems.size());
    const bool cut = all > imported.problems.size();
    if (out.human())
        out.note(fmt::format("{}{}; nothing was changed.", counted(all, "error"),
                             cut ? fmt::format(" ({} shown)", imported.problems.size()) : ""));
    return refuse(Problem{Exit::invalid, {}, {}, {}, {}, {}});
}

struct Line {
    std::string_view deed, name, uid, password;
};

Line parse_line(std::string_view text) {
    const auto parts = split(text, '\t');
    return parts.size() == 4 ? Line{parts[0], parts[1], parts[2], parts[3]} : Line{};
}

Answer<void> write_report(const Fd& report, const Secret& results) {
    Secret text = Secret::with_size(results.size() + 32);
    std::size_t at = 0;
    const auto put = [&](std::string_view part) {
        std::memcpy(text.data() + at, part.data(), part.size());
        at += part.size();
    };
    put("name,uid,password\r\n");
    for (const std::string_view row : split(results.text(), '\n')) {
        const Line line = parse_line(row);
        if (line.password.empty()) continue;
        put(line.name), put(","), put(line.uid), put(","), put(line.password), put("\r\n");
    }
    std::size_t done = 0;
    while (done < at) {
        const ssize_t wrote = write(report.get(), text.data() + done, at - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return refuse(Exit::failed, "write the report: {}", std::strerror(errno));
        done += static_cast<std::size_t>(wrote);
    }
    if (fsync(report.get()) != 0) return refuse(Exit::failed, "write the report: {}", std::strerror(errno));
    return {};
}

// For programs, and with -q: each user.
void tell_each(const Imported& imported, Output& out) {
    for (const std::string_view row : split(imported.results.text(), '\n')) {
        const Line line = parse_line(row);
        if (line.name.empty()) continue;
        Fields record{{"name", std::string(line.name)}};
        if (const auto uid = parse_number(line.uid)) record["uid"] = static_cast<std::int64_t>(*uid);
        if (line.deed != "created" && line.deed != "updated") {
            out.kept(line.deed, record, {});
            continue;
        }
        out.changed(line.deed, record, {});
        if (!line.password.empty()) out.disclose("password", line.password);
    }
}

// What would become of each line, for people.
void show_table(const Imported& imported, Output& out) {
    Listing listing{"users", 'u', {"deed", "name", "uid"}, {}, 0, 0, 0};
    for (const std::string_view row : split(imported.results.text(), '\n')) {
        const Line line = parse_line(row);
        if (line.name.empty()) continue;
        Fields record{{"deed", std::string(line.deed)}, {"name", std::string(line.name)}};
        if (const auto uid = parse_number(line.uid)) record["uid"] = static_cast<std::int64_t>(*uid);
        listing.rows.push_back(std::move(record));
    }
    listing.total = listing.rows.size();
    out.list(listing);
}

std::string sentence(const Imported& imported) {
    std::string text;
    for (const char* deed : {"created", "updated", "unchanged", "skipped"}) {
        const auto count = parse_number(text_of(imported.summary, deed)).value_or(0);
        if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", grouped(count), deed);
    }
    return text.empty() ? "nothing to do" : text;
}

Answer<void> import(Client& client, const Args& args, Output& out) {
    const std::string path = args.words[0];
    const Fields options = TRY(import_options(args));
    Source source = TRY(open_file(path));
    const Fd report = TRY(open_report(args, out, client.dry_run()));
    auto answer = send(client, source, options, out);
    const bool refused = !answer || !answer->problems.empty();
    if (refused && report) unlink(args.text("report").c_str());  // it is empty, and ours
    const Imported imported = TRY(std::move(answer));
    if (refused) return tell_problems(imported, source.name, out);
    if (report) TRY(write_report(report, imported.results));
    const std::string ignored = text_of(imported.summary, "ignored");
    if (!ignored.empty())
        out.note(fmt::format("not imported, since they follow from other things: {}", ignored));
    if (!out.human()) {
        tell_each(imported, out);
    } else if (client.dry_run()) {
        show_table(imported, out);
        out.line(fmt::format("Dry run, nothing was changed. {}: {}.", source.name, sentence(imported)));
    } else {
        out.line(fmt::format("{}: {}.{}", source.name, sentence(imported),
                             report ? fmt::format(" Passwords: {} (must be changed at first login).",
                                                  escaped(args.text("report")))
                                    : ""));
    }
    return {};
}

const Option options[] = {
    {"map", 0, "COLUMN=FIELD", "Take this column for the field; COLUMN= leaves it out", true},
    {"name-from", 0, "TEMPLATE",
     "Make login names: \"{first_name}.{last_name}\", \"{first_name:1}{last_name}\""},
    {"group", 'g', "GROUP", "Put all of them into this group", true},
    {"role", 0, "ROLE", "The role of those for whom the file says none"},
    {"mfa", 0, "inherit|off|optional|required", "Policy for one-time codes, where the file says none"},
    {"must-change", 0, "", "Passwords must be changed at the next login"},
    {"on-exists", 0, "skip|update|fail", "What becomes of a line whose name exists; fail unless given"},
    {"generate", 0, "", "Make a password for each new user, into --report or the JSON"},
    {"report", 0, "FILE", "A new file, for you alone, with the passwords"},
};

}  // namespace

std::span<const Command> import_commands() {
    static const Command commands[] = {
        {"user", "import", "FILE|-", "Create or update users from a CSV file", import, options,
         Trait::changes,
         "The first line names the columns: the fields of userctl help fields, in any case, with "
         "spaces or hyphens; --map renames others. Comma, semicolon or tab, UTF-8, with or "
         "without a byte order mark. Lists are separated by commas or semicolons inside their "
         "cell; an empty cell says nothing about its field.\n\n"
         "All lines or none: each error is told with line and column, and then nothing was "
         "changed. At most 25,000 lines at once.\n\n"
         "With --name-from names are written in plain letters (ä becomes a, ß ss); a dot becomes "
         "a hyphen where users.name allows no dots; the second of two equal names gets a 2, so "
         "that the same file always gives the same names."},
    };
    return commands;
}

}  // namespace userd::ctl
