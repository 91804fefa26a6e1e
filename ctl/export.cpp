// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory as a file: the daemon writes it into a pipe, from where it goes to standard output as it
// comes.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/stream.h"

namespace userd::ctl {
namespace {

// dc=example,dc=org for a host of example.org; without a domain the same as an example.
std::string default_base() {
    std::array<char, 256> name{};
    std::string_view host = gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
    const auto dot = host.find('.');
    const std::string domain(dot == std::string_view::npos ? "example.org" : host.substr(dot + 1));
    std::string base;
    for (const std::string_view part : split(domain, '.'))
        base += fmt::format("{}dc={}", base.empty() ? "" : ",", part);
    return base;
}

bool write_out(std::string_view text, int& failed) {
    while (!text.empty()) {
        const ssize_t size = write(STDOUT_FILENO, text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) {
            failed = errno;
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

Answer<void> export_all(Client& client, const Args& args, Output& out) {
    const bool pins = args.has("pin-ids");
    const std::string format = args.text("format", out.json() && !pins ? "json" : "yaml");
    if (pins && format != "yaml")
        return refuse(problem(Exit::usage, "--pin-ids is for state files: in {} the ids stand anyway", format)
                          .with_hint("--format yaml"));
    Fields options{{"format", format}};
    for (const char* option : {"set", "base", "schema"})
        if (args.has(option)) options[option] = args.text(option);
    if (pins) options["pin_ids"] = true;
    if (format == "ldif" && !args.has("base")) {
        options["base"] = default_base();
        out.note(fmt::format("below {}; another entry: --base", default_base()));
    }
    int failed = 0;
    Stream stream = TRY(Stream::from_daemon([&](std::string_view text) { return write_out(text, failed); }));
    const auto done = client.export_all(stream.end_of_daemon(), options);
    stream.finish();
    if (failed != 0) return refuse(Exit::failed, "write to standard output: {}", std::strerror(failed));
    return done;
}

const Option options[] = {
    {"format", 0, "yaml|json|csv|ldif", "The form of the file: yaml unless given"},
    {"set", 0, "SET", "Only what this state file manages"},
    {"pin-ids", 0, "", "State file with uid and gid, for the same numbers on every host"},
    {"base", 0, "DN", "LDIF: the entry below which ou=people and ou=groups shall lie"},
    {"schema", 0, "rfc2307|rfc2307bis",
     "LDIF: members by name, as OpenLDAP's own schema has them, or by entry"},
};

}  // namespace

std::span<const Command> export_commands() {
    static const Command commands[] = {
        {"export", "", "", "Write all users and groups to standard output", export_all, options,
         Trait::writes,
         "The form is a state file (userd-state(5)), which apply takes. With --format json, or "
         "--json, it is JSON with all fields; with --format csv a table of the users; with "
         "--format ldif what a directory server loads. Passwords, keys and codes are in none of "
         "the forms. In CSV a text that a spreadsheet would take for a formula (= + - @ in front) "
         "has an apostrophe in front, which import takes off again."},
    };
    return commands;
}

}  // namespace userd::ctl
