// SPDX-License-Identifier: LGPL-2.1-or-later
// Passwords: passwd for one's own, password reset for another's; what may be one.
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/new_password.h"
#include "ctl/output.h"
#include "ctl/secret_input.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr std::string_view instead = "--generate, --password-file or --hash-file";

// Who sets another's password knows it; unless that is said to be right, it is good for one login.
bool must_change(const Args& args, const Found& found) {
    const bool own = text_of(found.record, "uid") == std::to_string(getuid());
    return args.has("must-change") || (!args.has("keep") && (!own || args.has("generate")));
}

Answer<void> set_password(Client& client, const Args& args, Output& out, const Found& found,
                          Secrets secrets) {
    Fields options;
    if (args.has("keep")) options["must_change"] = false;
    if (args.has("must-change")) options["must_change"] = true;
    const std::string name = text_of(found.record, "name");
    const Disclosed disclosed = TRY(client.set_password(found.path, std::move(secrets), options));
    const auto password = disclosed.secrets.find("password");
    const bool shown = password != disclosed.secrets.end();
    const std::string_view then = must_change(args, found) ? "must be changed at the next login" : "";
    const std::string sentence =
        shown          ? fmt::format("Changed the password of {}. Password: {} (shown once{}{}).", name,
                                     password->second.text(), then.empty() ? "" : "; ", then)
        : then.empty() ? fmt::format("Changed the password of {}.", name)
                       : fmt::format("Changed the password of {} ({}).", name, then);
    out.changed("updated", found.record, sentence, 'u');
    if (shown) out.disclose("password", password->second.text());
    return {};
}

Answer<void> passwd(Client& client, const Args& args, Output& out) {
    if (args.has("generate")) TRY(out.can_disclose());
    const Found found = TRY(user_or_self(client, args));
    const bool own = text_of(found.record, "uid") == std::to_string(getuid());
    Secret old;
    if (own) old = TRY(ask_password("Current password", "a terminal; an admin uses userctl password reset"));
    Secrets secrets = TRY(new_password(args, "New password for " + text_of(found.record, "name"), instead));
    if (own) secrets.files["old"] = std::move(old);
    return set_password(client, args, out, found, std::move(secrets));
}

Answer<void> reset(Client& client, const Args& args, Output& out) {
    if (args.has("generate")) TRY(out.can_disclose());
    const Found found = TRY(client.get_user(args.words[0]));
    Secrets secrets = TRY(new_password(args, "New password for " + text_of(found.record, "name"), instead));
    return set_password(client, args, out, found, std::move(secrets));
}

Answer<void> policy(Client& client, const Args& args, Output& out) {
    const Found found = TRY(user_or_self(client, args));
    out.object(TRY(client.password_policy(found.path)), 'y', false);
    return {};
}

Answer<void> test(Client& client, const Args& args, Output& out) {
    const Found found = TRY(user_or_self(client, args));
    const Secret password = args.has("password-file")
                                ? TRY(read_secret_file(args.text("password-file"), "password-file"))
                                : TRY(ask_password("Password to be tested", "--password-file"));
    Listing rules{"rules", 't', {"rule", "kept", "finding"}, {}, 0, 0, 0};
    rules.rows = TRY(client.test_password(found.path, password));
    rules.total = rules.rows.size();
    out.list(rules);
    out.flush();
    std::string broken;
    for (const auto& row : rules.rows)
        if (text_of(row, "kept") == "false") broken += (broken.empty() ? "" : ", ") + text_of(row, "rule");
    if (broken.empty()) return {};
    return refuse(Problem{
        Exit::invalid,
        "org.userd1.Error.PasswordRefused",
        fmt::format("{} could not have this password (rule {})", text_of(found.record, "name"), broken),
        {},
        "password",
        {}});
}

const Option test_options[] = {
    {"password-file", 0, "FILE|-|fd:N", "Read the password there instead of asking for it"},
};

const Option options[] = {
    {"generate", 0, "", "Make a password and show it once; it must be changed at the next login"},
    {"keep", 0, "", "With --generate: it need not be changed"},
    {"password-file", 0, "FILE|-|fd:N", "Read the new password there"},
    {"hash-file", 0, "FILE|-|fd:N", "Read a password hash there, of crypt(5) or Argon2id"},
    {"must-change", 0, "", "It must be changed at the next login"},
};

}  // namespace

std::span<const Command> password_commands() {
    static const Command commands[] = {
        {"user", "passwd", "[USER]", "Change a password, without a name your own", passwd, options,
         Trait::changes, "Your own password is asked for first."},
        {"password", "reset", "USER", "Set another user's password", reset, options, Trait::changes},
        {"password", "policy", "[USER]", "Show what is asked of a new password", policy},
        {"password", "test", "[USER]", "Hold a password against the policy; nothing is set", test,
         test_options, Trait::none,
         "Exit code 6 when a rule is broken. Whether it is the password in use, or a former one, is not "
         "told."},
    };
    return commands;
}

}  // namespace userd::ctl
