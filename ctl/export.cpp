// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory as a file: the daemon writes it into a pipe, from where it goes to standard output as it
// comes.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/stream.h"
#include "ctl/whole_file.h"

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

// Hashes go to no file that others can read.
Answer<void> check_output(Output& out) {
    struct stat about {};
    if (fstat(STDOUT_FILENO, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & 077) != 0)
        return refuse(
            problem(Exit::usage, "the hashes of passwords would go into a file that others can read")
                .with_hint("--file FILE, a new file that only you can read"));
    if (isatty(STDOUT_FILENO) == 1)
        out.note(
            "! What follows has the hashes of passwords. --file FILE writes a file that only you can read.");
    return {};
}

Answer<void> check_form(const Args& args, const std::string& format) {
    if (args.has("pin-ids") && format != "yaml")
        return refuse(problem(Exit::usage, "--pin-ids is for state files: in {} the ids stand anyway", format)
                          .with_hint("--format yaml"));
    if (args.has("with-passwords") && format != "ldif")
        return refuse(problem(Exit::usage,
                              "--with-passwords is for a directory server: {} has no place for them", format)
                          .with_hint("--format ldif"));
    return {};
}

Answer<void> export_to(Client& client, int to, bool with_passwords, const Fields& options) {
    int failed = 0;
    Stream stream = TRY(Stream::from_daemon([&](std::string_view text) {
        if (write_all(to, text)) return true;
        failed = errno;
        return false;
    }));
    const auto done = with_passwords ? client.export_passwords(stream.end_of_daemon(), options)
                                     : client.export_all(stream.end_of_daemon(), options);
    stream.finish();
    if (failed != 0) return refuse(Exit::failed, "write what was exported: {}", std::strerror(failed));
    return done;
}

Answer<void> export_all(Client& client, const Args& args, Output& out) {
    const bool pins = args.has("pin-ids");
    const std::string format = args.text("format", out.json() && !pins ? "json" : "yaml");
    const bool with_passwords = args.has("with-passwords");
    TRY(check_form(args, format));
    if (with_passwords && !args.has("file")) TRY(check_output(out));
    Fields options;
    if (!with_passwords) options["format"] = format;
    for (const char* option : {"set", "base", "schema"})
        if (args.has(option)) options[option] = args.text(option);
    if (pins) options["pin_ids"] = true;
    if (format == "ldif" && !args.has("base")) {
        options["base"] = default_base();
        out.note(fmt::format("below {}; another entry: --base", default_base()));
    }
    const std::string path = args.text("file");
    const Fd file = path.empty() ? Fd() : TRY(make_private_file(path));
    auto done = export_to(client, file ? file.get() : STDOUT_FILENO, with_passwords, options);
    if (done && file && fsync(file.get()) != 0)
        done = refuse(Exit::failed, "write {}: {}", escaped(path), std::strerror(errno));
    if (!done && file) unlink(path.c_str());  // half of it would pass for all
    return done;
}

const Option options[] = {
    {"format", 0, "yaml|json|csv|ldif", "The form of the file: yaml unless given"},
    {"set", 0, "SET", "Only what this state file manages"},
    {"pin-ids", 0, "", "State file with uid and gid, for the same numbers on every host"},
    {"base", 0, "DN", "LDIF: the entry below which ou=people and ou=groups shall lie"},
    {"schema", 0, "rfc2307|rfc2307bis",
     "LDIF: members by name, as OpenLDAP's own schema has them, or by entry"},
    {"with-passwords", 0, "", "LDIF: with the hashes of passwords; for root, on the host itself"},
    {"file", 0, "FILE", "A new file, for you alone, instead of standard output"},
};

}  // namespace

std::span<const Command> export_commands() {
    static const Command commands[] = {
        {"export", "", "", "Write all users and groups to standard output", export_all, options,
         Trait::writes,
         "The form is a state file (userd-state(5)), which apply takes. With --format json, or "
         "--json, it is JSON with all fields; with --format csv a table of the users; with "
         "--format ldif what a directory server loads. Passwords, keys and codes are in none of "
         "the forms, but for LDIF --with-passwords, which moves everybody to a server with the "
         "password they have: Argon2id hashes as OpenLDAP's {ARGON2} (its module argon2 must be "
         "loaded), imported ones as {CRYPT}. Keep such a file like /etc/shadow; the audit trail "
         "has who made it. In CSV a text that a spreadsheet would take for a formula (= + - @ in front) "
         "has an apostrophe in front, which import takes off again."},
    };
    return commands;
}

}  // namespace userd::ctl
