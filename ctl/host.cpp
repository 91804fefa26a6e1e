// SPDX-License-Identifier: LGPL-2.1-or-later
// The daemon and userctl itself: status, whoami, config, validate, completion, help.
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/complete.h"
#include "ctl/completion_file.h"
#include "ctl/help.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

// What follows a | is performance data.
std::string without_bars(std::string text) {
    std::replace(text.begin(), text.end(), '|', '/');
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// A Nagios plugin: one line on standard output, and exit codes of its own: a daemon that does not answer is
// critical, one that answers something else says nothing about its state.
Answer<void> check_status(Client& client, Output& out) {
    constexpr Exit warning{1}, critical{2}, unknown{3};
    const auto answer = client.status();
    const auto users = client.list_users({}, 0, 1);
    if (!answer || !users) {
        const Problem& why = answer ? users.error() : answer.error();
        const bool is_down = why.exit == Exit::unreachable;
        out.text(fmt::format("USERD {} - {}\n", is_down ? "CRITICAL" : "UNKNOWN", without_bars(why.message)));
        return refuse(Problem{is_down ? critical : unknown, {}, {}, {}, {}, {}});
    }
    std::string wrong;
    if (text_of(*answer, "writable") == "false") wrong = "; the store cannot be written";
    for (const char* name :
         {"key_problem", "snapshot_problem", "disk_problem", "blocklist_problem", "ldap_problem"})
        if (answer->contains(name)) wrong += "; " + text_of(*answer, name);
    if (const auto stopped = number_of(*answer, "stopped_accounts"); stopped > 0)
        wrong += fmt::format("; {} locked until an admin unlocks: userctl list --locked",
                             stopped == 1 ? "1 account is" : fmt::format("{} accounts are", stopped));
    const auto behind = number_of(*answer, "generation") - number_of(*answer, "published");
    if (behind > 0) wrong += fmt::format("; lookups are {} changes behind", behind);
    out.text(
        fmt::format("USERD {0} - {1} users, generation {2}{3}|users={1} generation={2}c behind={4} "
                    "store={5}B waiting={6}\n",
                    wrong.empty() ? "OK" : "WARNING", users->total, text_of(*answer, "generation"),
                    without_bars(wrong), std::max<std::int64_t>(behind, 0), text_of(*answer, "store_bytes"),
                    text_of(*answer, "hashes_waiting")));
    if (wrong.empty()) return {};
    return refuse(Problem{warning, {}, {}, {}, {}, {}});
}

Answer<void> status(Client& client, const Args& args, Output& out) {
    if (args.has("check")) return check_status(client, out);
    Fields fields = TRY(client.status());
    fields["user_count"] = static_cast<std::int64_t>(TRY(client.list_users({}, 0, 1)).total);
    fields["group_count"] = static_cast<std::int64_t>(TRY(client.list_groups({}, 0, 1)).total);
    const auto* started = std::get_if<std::int64_t>(&value_of(fields, "started_at"));
    if (started) {
        const auto uptime = std::max<std::int64_t>(out.options().now - *started, 0);
        fields["uptime"] = out.human() ? Value(friendly_span(uptime)) : Value(uptime);
    }
    out.object(fields, 's', false);
    return {};
}

Answer<void> metrics(Client& client, const Args&, Output& out) {
    out.text(TRY(client.metrics()));
    return {};
}

const Option status_options[] = {
    {"check", 0, "", "As a Nagios plugin: one line with performance data, exit status 0, 1, 2 or 3"},
};

Answer<void> whoami(Client& client, const Args&, Output& out) {
    const Fields me = TRY(client.who_am_i());
    out.object(me, 'u', false);
    if (!me.contains("name")) out.note("not a user of this directory");
    return {};
}

Answer<void> help(Client&, const Args& args, Output& out) {
    if (args.words.empty()) {
        out.text(help_overview());
    } else if (args.words[0] == "fields") {
        out.text(help_fields());
    } else {
        const std::string noun = args.words.size() > 1 ? args.words[0] : "user";
        if (const Command* command = find_command(noun, args.words.back())) {
            out.text(help_command(*command));
        } else if (const std::string list = help_noun(args.words[0]); !list.empty()) {
            out.text(list);
        } else {
            return refuse(problem(Exit::usage, "there is no command \"{}\"", escaped(args.words.back()))
                              .with_hint("userctl help"));
        }
    }
    return {};
}

Answer<void> manual(Client&, const Args&, Output& out) {
    out.text(man_commands());
    return {};
}

// A shell waits for the answer while somebody types: after 200 ms there is none. A timer ends what no
// time-out of a call covers, such as a daemon that is stopped.
Answer<void> complete(Client& client, const Args& args, Output& out) {
    const itimerval patience{{0, 0}, {0, 200'000}};
    std::signal(SIGALRM, [](int) { _exit(0); });
    setitimer(ITIMER_REAL, &patience, nullptr);
    for (const std::string& word : candidates(client, args.words)) out.text(word + "\n");
    return {};
}

}  // namespace

std::span<const Command> host_commands() {
    static const Command commands[] = {
        {"status", "", "", "Show whether userd runs, and how much it keeps", status, status_options},
        {"metrics",
         "",
         "",
         "Print the daemon's figures as OpenMetrics",
         metrics,
         {},
         Trait::none,
         "For a collector that runs commands. metrics.textfile in userd.yaml has the daemon write "
         "the same for node exporter. No names of users are in it."},
        {"whoami", "", "", "Show who userd takes you for", whoami},
        completion_command(),
        {"help", "", "[COMMAND…]", "Show help on a command, or on the fields", help},
        {"__complete", "", "[WORD…]", "Candidates for the last word", complete, {}, Trait::hidden},
        {"__man", "", "", "The commands for the man page", manual, {}, Trait::hidden},
    };
    return commands;
}

}  // namespace userd::ctl
