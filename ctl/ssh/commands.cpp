// SPDX-License-Identifier: LGPL-2.1-or-later
// ssh: setup, confirm, revert, status.
#include <ctime>

#include "ctl/client.h"
#include "ctl/ssh/change.h"
#include "ctl/ssh/rollback.h"
#include "ctl/ssh/setup.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

Answer<void> confirm(Client& client, const Args&, Output& out) {
    TRY(only_root("set up sshd", "ssh"));
    auto record = TRY(SshRecord::open(config_root()));
    SshState& state = record.state;
    if (!state.now)
        return refuse(problem(Exit::conflict, "{}",
                              state.undone_at
                                  ? "there is nothing to confirm: it was undone, for nobody did in time"
                                  : "there is nothing to confirm")
                          .with_hint("userctl ssh setup"));
    if (TRY(record.read_drop_in()) != state.now->text)
        return refuse(
            problem(Exit::conflict, "{} is not what was set up: it was edited since", record.drop_in_path())
                .with_hint("userctl ssh revert, then userctl ssh setup"));
    const Fields fields = {
        {"state", "confirmed"}, {"path", record.drop_in_path()}, {"since", state.now->since}};
    if (state.undo_at == 0) {
        out.unchanged(fields, "the SSH setup is confirmed", 'x');
        return {};
    }
    if (!client.dry_run()) {
        state.undo_at = 0;
        TRY(record.save());
        disarm_rollback();
    }
    out.changed("updated", fields, "Confirmed: it stays as it is.", 'x');
    return {};
}

Answer<void> revert(Client& client, const Args&, Output& out) {
    TRY(only_root("set up sshd", "ssh"));
    auto record = TRY(SshRecord::open(config_root()));
    const Fields fields = {{"state", record.state.before ? "confirmed" : "none"},
                           {"path", record.drop_in_path()}};
    if (!record.state.now) {
        out.unchanged(fields, "sshd is not set up by userctl", 'x');
        return {};
    }
    const SshServer sshd = TRY(SshServer::find(config_root()));
    const bool had_before = record.state.before.has_value();
    std::string aside;
    if (!client.dry_run()) aside = TRY(undo_setup(record, sshd, 0));
    out.changed("updated", fields,
                had_before ? "Undone: sshd is as it was before the last ssh setup."
                           : "Undone: sshd is as it was before ssh setup.",
                'x');
    if (!aside.empty()) out.note(fmt::format("What had been edited in the drop-in is kept as {}.", aside));
    return {};
}

Answer<void> undo(Client&, const Args&, Output&) {
    TRY(only_root("set up sshd", "ssh"));
    return undo_unconfirmed(config_root(), 0, std::time(nullptr));
}

Answer<void> status(Client&, const Args&, Output& out) {
    TRY(only_root("see how sshd is set up", "ssh"));
    const auto record = TRY(SshRecord::open(config_root()));
    const SshState& state = record.state;
    Fields fields = {{"state", "none"}, {"path", record.drop_in_path()}};
    if (state.undone_at != 0) fields["undone_at"] = state.undone_at;
    if (state.now) {
        const bool is_there = TRY(record.read_drop_in()) == state.now->text;
        fields["state"] = !is_there ? "changed" : state.undo_at != 0 ? "trial" : "confirmed";
        fields["since"] = state.now->since;
        fields["require_mfa"] = state.now->require_mfa;
        if (state.undo_at != 0) fields["undo_at"] = state.undo_at;
        if (!state.now->sftp_group.empty()) fields["sftp_group"] = state.now->sftp_group;
        const SshServer sshd = TRY(SshServer::find(config_root()));
        const auto plan =
            plan_setup(sshd, config_root(), state.now->require_mfa, state.now->sftp_group, state.now->since);
        fields["fits"] = is_there && plan && plan->setup.text == state.now->text;
        if (!plan) out.note(plan.error().message);
    }
    out.object(fields, 'x', false);
    return {};
}

const Option setup_options[] = {
    {"require-mfa", 0, "",
     "Refuse unless userd asks everybody for a code, and have sshd ask after a key, too"},
    {"sftp-group", 0, "GROUP", "Confine the users of this group to files below their homes"},
    {"rollback", 0, "DURATION", "Undo it after this time unless it is confirmed (5m); 0: never"},
};

}  // namespace

std::span<const Command> ssh_commands() {
    static const Command commands[] = {
        {"ssh", "setup", "", "Have sshd ask what login.rules want, as root", set_up_ssh, setup_options,
         Trait::changes,
         "Writes /etc/ssh/sshd_config.d/00-userd-login.conf: a Match block for each line of "
         "login.rules that speaks at sshd, with the AuthenticationMethods that fit it. It is "
         "tested first: sshd must show what is meant for users of userd, and for root and the "
         "accounts of /etc/passwd what it did before. Then sshd is reloaded. Connections that are "
         "open stay.\n\n"
         "Unless it is confirmed in time, a timer puts back what was there, also after a reboot; "
         "where systemd does not run, a process does, which a reboot ends. A drop-in that was "
         "edited is never overwritten. An account made in /etc/passwd later counts as a user of "
         "userd until ssh setup is run again; ssh status says so.\n\n"
         "With --sftp-group, users of the kind sftp get in: through sshd alone, confined to their "
         "homes."},
        {"ssh", "confirm", "", "Keep what ssh setup did, as root", confirm, {}, Trait::changes},
        {"ssh",
         "revert",
         "",
         "Put back what was there before ssh setup, as root",
         revert,
         {},
         Trait::changes},
        {"ssh", "status", "", "Show what ssh setup did, until when, and whether it still fits, as root",
         status},
        {"ssh", "__undo", "", "What the timer runs", undo, {}, Trait::hidden},
    };
    return commands;
}

}  // namespace userd::ctl
