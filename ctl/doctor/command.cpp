// SPDX-License-Identifier: LGPL-2.1-or-later
// Is this host set up right: doctor. The checks stand in the table; here they are run and shown.
#include "ctl/command.h"

#include <algorithm>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/table.h"
#include "ctl/output.h"
#include "ctl/target.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

using State = Diagnosis::State;

constexpr const char* usual_service = "sshd";

const char* word_of(State state) {
    return state == State::right ? "right" : state == State::wrong ? "wrong" : "unknown";
}

// It names a file of /etc/pam.d.
Answer<std::string> service_of(const Args& args) {
    const std::string service = args.text("service", usual_service);
    const bool is_name =
        !service.empty() && service.front() != '.' && service.find_first_of("/ \t\n") == std::string::npos;
    if (is_name) return service;
    return refuse(problem(Exit::usage, "\"{}\" is no name of a PAM service", escaped(service))
                      .with_hint("the name of a file of /etc/pam.d, such as sshd")
                      .with_field("service"));
}

// Whom a target means; the snapshot knows names also while the daemon does not answer.
Answer<void> turn_to_user(Client& client, Examination& host, const Args& args) {
    if (args.words.empty()) return {};
    if (host.status()) {
        host.about.user = text_of(TRY(client.get_user(args.words[0])).record, "name");
        return {};
    }
    host.about.user = args.words[0];
    if (!host.users(1).empty()) return {};
    return refuse(problem(Exit::not_found, "lookups know no user {} of userd, and the daemon does not answer",
                          escaped(args.words[0]))
                      .with_hint("userctl doctor, without a user"));
}

Fields record_of(const HostCheck& check, const Diagnosis& diagnosis) {
    Fields record = {
        {"check", std::string(check.name)}, {"state", word_of(diagnosis.state)}, {"message", diagnosis.text}};
    if (!diagnosis.remedy.empty()) record["advice"] = diagnosis.remedy;
    return record;
}

void tell(const HostCheck& check, const Diagnosis& diagnosis, std::size_t width, Output& out) {
    out.line(fmt::format("{} {:<{}}  {}", mark_of(diagnosis.state, out.options().colour), check.name, width,
                         diagnosis.text));
    if (!diagnosis.remedy.empty()) out.line(fmt::format("    Try: {}", diagnosis.remedy));
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

Answer<void> doctor(Client& client, const Args& args, Output& out) {
    const std::string service = TRY(service_of(args));
    Examination host(client, {config_root(), {}, service, out.options().now});
    TRY(turn_to_user(client, host, args));
    const bool for_a_person = out.human() && !out.options().csv && out.options().columns.empty();
    std::size_t width = 0;
    for (const HostCheck& check : all_host_checks()) width = std::max(width, check.name.size());
    Listing listing{"checks", 'd', {"check", "state", "message", "advice"}, {}, 0, 0, 0};
    std::size_t count[3] = {};
    for (const HostCheck& check : all_host_checks())
        for (const Diagnosis& diagnosis : check.look(host)) {
            ++count[static_cast<std::size_t>(diagnosis.state)];
            if (for_a_person) tell(check, diagnosis, width, out);
            const bool is_named = out.json() || !out.options().quiet || diagnosis.state == State::wrong;
            if (!for_a_person && is_named) listing.rows.push_back(record_of(check, diagnosis));
        }
    const auto [sound, faults, open] = count;
    listing.total = listing.rows.size();
    if (!for_a_person) out.list(listing);
    if (for_a_person && out.options().legend)
        out.note(fmt::format("{}: {} wrong, {} not checked", counted(sound + faults + open, "check"), faults,
                             open));
    if (faults == 0 && sound > 0) return {};
    return refuse(Problem{faults > 0 ? Exit::differences : Exit::unreachable, {}, {}, {}, {}, {}});
}

const Option doctor_options[] = {
    {"service", 0, "SERVICE", "The PAM service that logins go through (sshd)"},
};

}  // namespace

std::span<const Command> doctor_commands() {
    static const Command commands[] = {
        {"doctor", "", "[USER]", "Look whether this host is set up right, for everybody or one user", doctor,
         doctor_options, Trait::none,
         "Nothing is changed. Each line is one check: ✓ it is right, ✗ it is not, and what to "
         "try, – it was not checked, and why. As root it sees the most; it works without, and "
         "while the daemon does not answer. The exit code is 10 when something is wrong, 7 when "
         "nothing could be checked, else 0.\n\n"
         "With a user it is also about that one's home and login. "
         "/usr/share/doc/userd/troubleshooting.md goes from what is seen to the check that finds "
         "why.\n\n"
         "status tells whether userd runs, doctor whether this host is set up right, check "
         "whether the data are right, explain who gets in."},
    };
    return commands;
}

}  // namespace userd::ctl
