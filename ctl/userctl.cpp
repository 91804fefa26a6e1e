// SPDX-License-Identifier: LGPL-2.1-or-later
// The program: reads the command line, makes client and output, runs the command, says what went wrong.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "common/base/text.h"
#include "ctl/advice.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/field.h"
#include "ctl/help.h"
#include "ctl/output.h"
#include "ctl/overview.h"
#include "ctl/parser.h"
#include "ctl/remote.h"
#include "ctl/root_login.h"
#include "ctl/secret_input.h"
#include "ctl/suggest.h"
#include "ctl/terminal.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

bool wants_colour(const Args& args, int fd) {
    const std::string choice = args.text("color", "auto");
    if (choice != "auto") return choice == "always";
    const char* none = std::getenv("NO_COLOR");
    return isatty(fd) == 1 && !(none && *none);
}

// A line can be drawn anew there.
bool can_redraw(int fd) {
    const char* kind = std::getenv("TERM");
    return isatty(fd) == 1 && kind && *kind && std::string_view(kind) != "dumb";
}

Json json_style(const Args& args) {
    if (!args.has("json")) return Json::off;
    const std::string style = args.text("json");
    return style == "off"     ? Json::off
           : style == "short" ? Json::compact
           : style == "lines" ? Json::lines
                              : Json::pretty;
}

Answer<void> read_columns(const Args& args, OutputOptions& options) {
    std::string columns = args.text("columns");
    const bool writes = args.command && has(args.command->traits, Trait::writes);
    const std::string format = writes ? "" : args.text("format");
    if (format == "csv") {
        options.csv = true;
    } else if (columns.empty() && format != "table") {
        columns = format;
    }
    if (columns.empty()) return {};
    for (const std::string_view name : split(columns, ',')) {
        if (!find_field(name)) return refuse(unknown_field(name));
        options.columns.emplace_back(name);
    }
    return {};
}

OutputOptions output_options(const Args& args) {
    OutputOptions options;
    options.json = json_style(args);
    options.quiet = args.has("quiet");
    options.legend = !args.has("no-legend");
    options.pager = !args.has("no-pager");
    options.colour = wants_colour(args, STDOUT_FILENO);
    options.colour_errors = wants_colour(args, STDERR_FILENO);
    options.terminal = isatty(STDOUT_FILENO) == 1;
    options.terminal_errors = can_redraw(STDERR_FILENO);
    options.width = terminal_columns(STDERR_FILENO);
    options.dry_run = args.has("dry-run");
    options.now = std::time(nullptr);
    return options;
}

// What --otp gives, once; without it a person is asked, each time.
std::function<Answer<Secret>()> code_source(const Args& args) {
    if (!args.has("otp") && !may_ask()) return {};
    if (!args.has("otp")) return [] { return ask_code("One-time code"); };
    return [given = args.text("otp"), used = false]() mutable -> Answer<Secret> {
        if (std::exchange(used, true))
            return refuse(Problem{Exit::denied,
                                  "org.userd1.Error.BadCode",
                                  "the one-time code is not right",
                                  "a fresh code: each is good once",
                                  "otp",
                                  {}});
        return given == "-" ? ask_code("One-time code") : Secret(given);
    };
}

Answer<ClientOptions> client_options(const Args& args) {
    ClientOptions options;
    options.interactive = may_ask();
    options.debug = args.has("debug");
    options.dry_run = args.has("dry-run");
    options.code = code_source(args);
    // The daemon guards the last admin among its users; root who has a way in of its own needs none of them.
    const char* prefix = std::getenv("USERD_ROOT");
    options.allow_lockout =
        args.has("allow-lockout") || (geteuid() == 0 && root_can_log_in(prefix ? prefix : ""));
    options.as = args.text("as");
    if (args.has("timeout")) options.timeout = TRY(parse_duration(args.text("timeout")));
    return options;
}

// The command line for the other host: without -H and its value.
std::vector<std::string> without_host(const std::vector<std::string>& words) {
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "-H" || words[i] == "--host") {
            ++i;
        } else if (!words[i].starts_with("-H") && !words[i].starts_with("--host=")) {
            kept.push_back(words[i]);
        }
    }
    return kept;
}

int told(Output& out, const Problem& problem) {
    out.finish();
    out.problem(problem);
    return static_cast<int>(problem.exit);
}

Answer<void> carry_out(Client& client, const Args& args, Output& out) {
    if (args.has("version")) {
        out.text("userctl " USERD_VERSION "\n");
    } else if (args.has("help")) {
        out.text(args.command        ? help_command(*args.command)
                 : args.noun.empty() ? help_overview()
                                     : help_noun(args.noun));
    } else {
        return args.command ? args.command->run(client, args, out) : overview(client, out);
    }
    return {};
}

// "status --check", whose exit codes are those of Nagios: 2 would be "critical".
constexpr int plugin_unknown = 3;
bool is_plugin(const std::vector<std::string>& words) {
    const auto has = [&](std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    return has("status") && has("--check");
}

int run(const std::vector<std::string>& words) {
    const auto parsed = parse(words);
    if (!parsed) {
        OutputOptions plain;  // the options could not be read: only --json is looked for
        for (const std::string& word : words)
            if (word == "-j" || word == "--json" || word.starts_with("--json=")) plain.json = Json::pretty;
        plain.colour_errors = wants_colour({}, STDERR_FILENO);
        Output out(plain);
        const int code = told(out, parsed.error());
        return is_plugin(words) ? plugin_unknown : code;
    }
    const Args& args = *parsed;
    if (args.has("no-input")) never_ask();
    OutputOptions shape = output_options(args);
    const auto columns = read_columns(args, shape);
    Output out(shape);
    if (!columns) return told(out, columns.error());
    const auto connection = client_options(args);
    if (!connection) return told(out, connection.error());

    const std::string host = args.text("host");
    if (const std::string line = banner(host); !line.empty() && isatty(STDERR_FILENO) == 1) out.note(line);
    if (!host.empty()) {
        const auto code = run_remotely(host, without_host(words));
        return code ? *code : told(out, code.error());
    }
    Client client(*connection);
    out.use_adviser([&](Problem& problem) { add_advice(client, problem); });
    const auto done = carry_out(client, args, out);
    if (!done) return told(out, done.error());
    if (out.finish()) return 0;
    out.problem(problem(Exit::failed, "standard output cannot be written: {}", std::strerror(errno)));
    return 1;
}

// A file opened later must not take the place of a stream that the caller has closed: answers would be
// written into it. What stands there instead fails to be read or written, like a closed one.
void hold_streams() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(fd, F_GETFD) < 0) (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

}  // namespace
}  // namespace userd::ctl

int main(int argc, char** argv) {
    userd::ctl::hold_streams();
    std::setlocale(LC_CTYPE, "");
    try {  // the libraries may throw where memory runs out
        return userd::ctl::run(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "✗ userctl: %s\n", error.what());
        return 1;
    }
}
