// SPDX-License-Identifier: LGPL-2.1-or-later
// Where the directory and the host meet: the daemon knows, by the rules of check and explain.
#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/render.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

Diagnoses by_rule(Examination& host, const char* rule, const char* good) {
    const auto findings = host.findings(rule);
    if (!findings) return {without_daemon(findings.error())};
    Diagnoses found;
    for (const Fields& finding : *findings) {
        const std::string subject = text_of(finding, "subject");
        found.push_back(wrong(fmt::format("{}: {}", escaped(subject.substr(subject.find(':') + 1)),
                                          without_controls(text_of(finding, "message"))),
                              without_controls(text_of(finding, "advice"))));
    }
    if (found.empty()) found.push_back(right(good));
    return found;
}

// What lets somebody in again: what the daemon says, else by the reason of the refusal.
std::string remedy_for(const Fields& verdict, std::string_view reason, const std::string& user) {
    if (const auto hint = text_of(verdict, "hint"); !hint.empty()) return without_controls(hint);
    const struct {
        std::string_view reason;
        const char* command;
    } table[] = {
        {"suspended", "userctl resume {}"},
        {"pending", "userctl approve {}"},
        {"expired", "userctl update {} --expires never"},
        {"not-yet", "userctl update {} --not-before never"},
        {"locked-out", "userctl unlock {}"},
        {"no-password", "userctl password reset {} --generate"},
        {"mfa-missing", "userctl mfa reset {} --within 24h"},
        {"not-confined", "userctl ssh setup --sftp-group sftponly"},
        {"collides", "userctl check {}"},
    };
    for (const auto& row : table)
        if (row.reason == reason) return fmt::format(fmt::runtime(row.command), user);
    return "userctl explain " + user;
}

}  // namespace

namespace look_at {

Diagnoses id_taken(Examination& host) {
    return by_rule(host, "id-taken", "no local account has a name or number of userd's");
}

Diagnoses subid_overlap(Examination& host) {
    return by_rule(host, "subid-overlap", "no local user may act as one of userd's in a namespace");
}

Diagnoses code_ahead(Examination& host) {
    return by_rule(host, "code-ahead", "no code that was used lies ahead of the clock");
}

Diagnoses login(Examination& host) {
    const std::string& user = host.about.user;
    if (user.empty()) return {};
    const auto explained = host.verdict();
    if (!explained) return {without_daemon(explained.error())};
    const std::string reason = text_of(explained->verdict, "reason");
    const auto* allowed = std::get_if<bool>(&value_of(explained->verdict, "allowed"));
    if (allowed && *allowed) {
        const std::string with = text_of(explained->verdict, "with");
        return {right(fmt::format("{} would be let in{}", user, with.empty() ? "" : ": " + with))};
    }
    return {wrong(fmt::format("{} would be refused: {}", user, reason),
                  remedy_for(explained->verdict, reason, user))};
}

}  // namespace look_at
}  // namespace userd::ctl
