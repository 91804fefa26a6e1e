// SPDX-License-Identifier: LGPL-2.1-or-later
// One-time codes: enrol, look, help people who lost their phone.
#include <langinfo.h>
#include <unistd.h>

#include <cstring>

#include "common/base/spaced.h"
#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/qr.h"
#include "ctl/secret_input.h"
#include "ctl/target.h"
#include "ctl/terminal.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

constexpr int most_secrets = 3;  // new ones after three wrong codes each; then something else is wrong

std::string_view text_in(const Disclosed& disclosed, std::string_view name) {
    const auto found = disclosed.secrets.find(std::string(name));
    return found == disclosed.secrets.end() ? std::string_view() : found->second.text();
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (const std::string_view line : split(text, '\n'))
        if (!line.empty()) lines.emplace_back(line);
    return lines;
}

void show_recovery(Output& out, std::string_view codes) {
    const auto list = lines_of(codes);
    if (list.empty()) return;
    out.disclose("recovery_codes", list);
    out.line("Recovery codes, each good once, shown once; keep them away from the phone:");
    for (const std::string& code : list) out.line("  " + code);
}

void show_secret(const Args& args, Output& out, const Disclosed& enrolment) {
    const std::string_view secret = text_in(enrolment, "secret"), uri = text_in(enrolment, "uri");
    if (out.json()) {  // first of two objects: the caller computes the code from it and writes it to our
                       // input
        Fields fields = enrolment.plain;
        fields["secret"] = std::string(secret);
        fields["uri"] = std::string(uri);
        out.object(fields, '\0', true);
        out.finish();
        return;
    }
    const bool utf8 = std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    const std::string choice = args.text("qr", "auto");
    if (out.options().terminal || choice != "auto") {
        const QrForm form = qr_form(choice, terminal_columns(STDOUT_FILENO), utf8, uri);
        if (const std::string code = qr_code(uri, form, out.options().colour); !code.empty())
            out.line("Scan this with an authenticator app:\n\n" + code);
    }
    out.line(fmt::format("Key to type instead: {}", spaced(secret)));
    out.finish();
}

// Asks for codes until one is right. Answers whether there is one: false when the third was wrong and the
// secret is void. What the daemon hands back goes to `confirmed`.
Answer<bool> confirm_codes(Client& client, const Found& user, Output& out, Disclosed& confirmed) {
    Problem wrong;  // the last answer, for an input that ends after wrong codes
    for (;;) {
        auto code = ask_code("Code shown by the app");
        if (!code && code.error().exit == Exit::cancelled && !wrong.name.empty())
            return refuse(std::move(wrong));
        if (!code) return refuse(std::move(code).error());
        auto answer = client.confirm_totp(user.path, *code);
        if (answer) {
            confirmed = *std::move(answer);
            return true;
        }
        const std::string& name = answer.error().name;
        if (name == "org.userd1.Error.TooManyTries") return false;
        if (name != "org.userd1.Error.BadCode") return refuse(std::move(answer).error());
        wrong = answer.error();
        out.note(
            "That is not the code; the app shows a new one every 30 seconds. Is the phone's clock right?");
    }
}

Answer<void> enabled(const Found& user, Output& out, const Disclosed& confirmed) {
    out.changed("updated", user.record, "One-time codes are on: from now on a login asks for a code.", 'u');
    show_recovery(out, text_in(confirmed, "recovery"));
    return {};
}

Refusal too_many_codes() {
    return refuse(Problem{Exit::denied,
                          "org.userd1.Error.TooManyTries",
                          "too many wrong codes; nothing was changed",
                          "check that the clocks of phone and host agree",
                          {},
                          {}});
}

// With the key that the authenticator has: there is nothing to show.
Answer<void> enable_key(Client& client, const Args& args, Output& out, const Found& user) {
    Secrets secrets;
    secrets.files["totp"] = TRY(read_secret_file(args.text("totp-file"), "totp-file"));
    TRY(client.begin_totp(user.path, std::move(secrets)));
    if (client.dry_run()) {
        out.changed("updated", user.record, "One-time codes can be turned on with this key.", 'u');
        return {};
    }
    Disclosed confirmed;
    if (!TRY(confirm_codes(client, user, out, confirmed))) return too_many_codes();
    return enabled(user, out, confirmed);
}

Answer<void> enable(Client& client, const Args& args, Output& out) {
    TRY(out.can_disclose());
    const Found user = TRY(user_or_self(client, args));
    if (args.has("totp-file")) return enable_key(client, args, out, user);
    if (client.dry_run()) {  // a key that is not kept is nothing to scan
        TRY(client.begin_totp(user.path, {}));
        out.changed("updated", user.record, "One-time codes can be turned on.", 'u');
        return {};
    }
    for (int i = 0; i < most_secrets; ++i) {
        if (i > 0)
            out.note(
                "Three wrong codes: that key is void. Here is a new one; remove the old one from the app.");
        const Disclosed enrolment = TRY(client.begin_totp(user.path, {}));
        show_secret(args, out, enrolment);
        Disclosed confirmed;
        if (!TRY(confirm_codes(client, user, out, confirmed))) continue;
        return enabled(user, out, confirmed);
    }
    return too_many_codes();
}

Answer<void> disable(Client& client, const Args& args, Output& out) {
    const Found user = TRY(user_or_self(client, args));
    TRY(make_sure(args, "Turn one-time codes off?"));
    const Secret code = TRY(ask_code("Code"));
    TRY(client.disable_totp(user.path, code));
    out.changed("updated", user.record, "One-time codes are off; the recovery codes are void.", 'u');
    return {};
}

Answer<void> status(Client& client, const Args& args, Output& out) {
    const Found user = TRY(user_or_self(client, args));
    out.object(TRY(client.mfa_status(user.path)), 'm', false);
    return {};
}

// Who need not have codes is down to the password after that, which not everybody expects of a reset.
std::string after_reset(Client& client, const Found& user, const std::string& name) {
    const bool had_one = !text_of(user.record, "factors").empty();
    const std::string told =
        had_one ? name + " can enrol a new authenticator" : name + " had no authenticator, and can enrol one";
    const auto state = client.mfa_status(user.path);
    if (!state || text_of(*state, "policy") == "required")
        return told + " at the next login with the password.";
    return told + (had_one ? ": in the login where a rule asks for a code; by userctl mfa enable elsewhere, "
                             "where the password is enough until then."
                           : ": in the login where a rule asks for a code, else by userctl mfa enable.");
}

Answer<void> reset(Client& client, const Args& args, Output& out) {
    Fields options;
    if (args.has("within")) options["within"] = TRY(parse_duration(args.text("within")));
    const Found user = TRY(client.get_user(args.words[0]));
    const std::string name = text_of(user.record, "name");
    const auto deed = [&] { return client.reset_mfa(user.path, options); };
    TRY(make_sure(client, args, fmt::format("Forget the authenticator and the recovery codes of {}?", name),
                  deed));
    TRY(deed());
    out.changed("updated", user.record, after_reset(client, user, name), 'u');
    return {};
}

Answer<void> temporary_code(Client& client, const Args& args, Output& out) {
    TRY(out.can_disclose());
    const std::int64_t seconds = TRY(parse_duration(args.text("for", "1h")));
    const Found user = TRY(client.get_user(args.words[0]));
    const Secret made = TRY(client.create_code(user.path, static_cast<std::uint64_t>(seconds)));
    const std::string name = text_of(user.record, "name"), span = friendly_span(seconds);
    if (client.dry_run()) {
        out.changed("updated", user.record,
                    fmt::format("{} can be given a code, good for one login within {}.", name, span), 'u');
        return {};
    }
    out.changed(
        "updated", user.record,
        fmt::format("Code for {}: {} (shown once; good for one login within {}).", name, made.text(), span),
        'u');
    out.disclose("code", made.text());
    return {};
}

Answer<void> recovery(Client& client, const Args& args, Output& out) {
    const Found user = TRY(user_or_self(client, args));
    if (!args.has("regenerate")) {
        const Fields state = TRY(client.mfa_status(user.path));
        if (out.json()) {
            out.values(state, {"recovery_left"});
        } else {
            const std::string left = text_of(state, "recovery_left");
            out.line(
                fmt::format("{} recovery code{} left. They were shown once; userctl mfa recovery "
                            "--regenerate makes new ones.",
                            left, left == "1" ? " is" : "s are"));
        }
        return {};
    }
    TRY(out.can_disclose());
    const Secret code = TRY(ask_code("Code"));
    const Secret codes = TRY(client.regenerate_recovery(user.path, code));
    out.changed("updated", user.record, "The old recovery codes are void.", 'u');
    show_recovery(out, codes.text());
    return {};
}

Answer<void> remembered(Client& client, const Args& args, Output& out) {
    const Found user = TRY(user_or_self(client, args));
    if (args.has("forget")) {
        const std::string name = text_of(user.record, "name");
        if (TRY(client.forget_remembered(user.path)))
            out.changed("updated", user.record,
                        fmt::format("No code of {} counts again: the next login asks for a new one.", name),
                        'u');
        else
            out.unchanged(user.record, fmt::format("no code of {} counts again", name), 'u');
        return {};
    }
    Listing places{"places", 'n', {"session", "from", "given_at", "until"}, {}, 0, 0, 0};
    places.rows = TRY(client.list_remembered(user.path));
    places.total = places.rows.size();
    out.list(places);
    return {};
}

const Option enable_options[] = {
    {"qr", 0, "auto|utf8|ascii|none", "How to draw the QR code"},
    {"totp-file", 0, "FILE|-|fd:N", "Enrol this key, in base32, which the authenticator has already"}};
const Option reset_options[] = {
    {"within", 0, "DURATION", "Enrolment is open for so long (mfa.enrol_window)"}};
const Option code_options[] = {{"for", 0, "DURATION", "Good for so long; 1h unless given"}};
const Option recovery_options[] = {{"regenerate", 0, "", "Make new ones; the old ones are void"}};
const Option remembered_options[] = {{"forget", 0, "", "None of them counts again"}};

}  // namespace

std::span<const Command> mfa_commands() {
    static const Command commands[] = {
        {"mfa", "status", "[USER]", "Show what is enrolled, and which policy applies", status},
        {"mfa", "enable", "", "Enrol an authenticator app for yourself", enable, enable_options,
         Trait::changes,
         "Shows a QR code and the key, and asks for a code of the app; only a right one turns it "
         "on. Where standard input is not a terminal the code is read from it, one a line, after "
         "the key has been written to standard output; with --json the key is one object and the "
         "result another."},
        {"mfa",
         "disable",
         "",
         "Turn your one-time codes off; takes a code",
         disable,
         {},
         Trait::changes | Trait::destroys},
        {"mfa", "reset", "USER", "Forget another user's authenticator, so that a new one can be enrolled",
         reset, reset_options, Trait::changes | Trait::destroys},
        {"mfa", "code", "USER", "Make one temporary code for a user without the phone", temporary_code,
         code_options, Trait::changes},
        {"mfa", "recovery", "", "Count your recovery codes, or make new ones", recovery, recovery_options,
         Trait::changes},
        {"mfa", "remembered", "[USER]", "Show where a code counts again, or end that", remembered,
         remembered_options, Trait::changes,
         "Where a rule of login.rules says remember_mfa, a code counts again for a while: in the "
         "login session that it was given in, and over ssh from the same address. Each of these "
         "places is a row; until is the latest of all rules."},
    };
    return commands;
}

}  // namespace userd::ctl
