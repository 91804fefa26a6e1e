// SPDX-License-Identifier: LGPL-2.1-or-later
// In this order: tested as a candidate, the timer set, the drop-in in its place, tested there, sshd reloaded,
// and only then is the daemon told whom sshd confines. What fails on the way is taken back.
#include "ctl/ssh/setup.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/host_accounts.h"
#include "ctl/ssh/change.h"
#include "ctl/ssh/checks.h"
#include "ctl/ssh/rollback.h"
#include "ctl/time_text.h"
#include "ctl/validate.h"

namespace userd::ctl {
namespace {

constexpr std::int64_t usual_patience = 5 * 60, most_patience = 24 * 3600;

// Seconds; 0: it stays until it is reverted.
Answer<std::int64_t> read_patience(const Args& args) {
    const std::string text = args.text("rollback");
    if (text.empty()) return usual_patience;
    if (text == "0") return 0;
    const std::int64_t seconds = TRY(parse_duration(text));
    if (seconds <= most_patience) return seconds;
    return refuse(problem(Exit::usage, "--rollback {} is too long to wait for an undo", text)
                      .with_hint("at most 24h; 0: none"));
}

Answer<void> check_sftp_group(const Config& config, const std::string& group) {
    if (group.empty()) return {};
    if (group != config.users.sftp_group)
        return refuse(problem(Exit::conflict, "users of the kind sftp are put into {}, not into {}",
                              config.users.sftp_group, escaped(group))
                          .with_hint("userctl config set users.sftp_group=" + escaped(group))
                          .with_field("sftp-group"));
    if (has_local_group(group))
        return refuse(
            problem(Exit::conflict, "{} is a group of /etc/group: its members are not userd's", group)
                .with_hint("another users.sftp_group")
                .with_field("sftp-group"));
    if (getgrnam(group.c_str())) return {};
    return refuse(problem(Exit::not_found, "there is no group {}", group)
                      .with_hint("userctl group create " + group)
                      .with_field("sftp-group"));
}

// Where homes of the kind sftp are made: it must be there, and root's.
Answer<void> make_sftp_folder(const std::string& root, const Config& config) {
    const std::string home = root + config.users.sftp_home, folder = home.substr(0, home.rfind('/'));
    if (folder.empty() || access(folder.c_str(), F_OK) == 0) return {};
    if (mkdir(folder.c_str(), 0755) == 0 && chmod(folder.c_str(), 0755) == 0) return {};
    return refuse(Exit::failed, "cannot make {}: {}", folder, std::strerror(errno));
}

std::string clock_text(std::int64_t time) {
    const std::time_t seconds = time;
    std::tm local{};
    localtime_r(&seconds, &local);
    char text[16];
    std::strftime(text, sizeof text, "%H:%M", &local);
    return text;
}

std::string what_now(bool reloaded, std::int64_t undo_at) {
    const std::string begin =
        reloaded ? "sshd reloaded." : "sshd does not run; it reads this when it starts.";
    if (undo_at == 0) return begin + " It stays until: userctl ssh revert";
    return fmt::format(
        "{} Log in from a second terminal now, then: userctl ssh confirm (undone at {} otherwise; {})", begin,
        clock_text(undo_at),
        systemd_runs() ? "the timer survives a reboot" : "without systemd a reboot ends the timer");
}

Fields record_of(const SshRecord& record, const SshSetup& setup, std::int64_t undo_at) {
    Fields fields = {{"state", undo_at == 0 ? "confirmed" : "trial"},
                     {"path", record.drop_in_path()},
                     {"since", setup.since},
                     {"require_mfa", setup.require_mfa}};
    if (undo_at != 0) fields["undo_at"] = undo_at;
    if (!setup.sftp_group.empty()) fields["sftp_group"] = setup.sftp_group;
    return fields;
}

// The trial stands in the record, and its end is sure, before anything changes.
Answer<void> begin_trial(SshRecord& record, const std::string& root, const SshSetup& setup,
                         std::int64_t undo_at) {
    const SshState old = record.state;
    const auto begun = [&]() -> Answer<void> {
        if (!setup.sftp_group.empty()) TRY(make_sftp_folder(root, *load_config(root).config));
        TRY(record.tell_confined({}));
        // A second trial goes back to what was before the first.
        record.state = {setup, old.undo_at == 0 ? old.now : old.before, undo_at, 0};
        TRY(record.save());
        if (undo_at == 0) return {};
        return arm_rollback(undo_at, setup.since,
                            {[root, undo_at] { return is_trial_open(root, undo_at); },
                             [root, undo_at] { (void)undo_unconfirmed(root, undo_at, std::time(nullptr)); }});
    }();
    if (begun) return begun;
    record.state = old;
    (void)record.save();
    (void)record.tell_confined(old.now);
    return begun;
}

// Whether sshd was reloaded. A failure puts back what was there, and is what is told.
Answer<bool> put_in_force(SshRecord& record, const SshServer& sshd, const SshPlan& plan,
                          const SshBefore& before) {
    const auto done = [&]() -> Answer<bool> {
        TRY(record.put_drop_in(plan.setup));
        TRY(check_meaning(sshd, {}, plan.lines, plan.setup.sftp_group, before));
        const bool reloaded = TRY(sshd.reload());
        TRY(record.tell_confined(plan.setup));
        return reloaded;
    }();
    if (!done) TRY(undo_setup(record, sshd, 0));
    return done;
}

Answer<void> refuse_edited(const SshRecord& record) {
    if (!TRY(record.find_edited())) return {};
    return refuse(
        problem(Exit::conflict, "{} was not written by userctl, or was edited since", record.drop_in_path())
            .with_hint("move it into another file of that folder, or away"));
}

}  // namespace

Answer<SshPlan> plan_setup(const SshServer& sshd, const std::string& root, bool require_mfa,
                           const std::string& sftp_group, std::int64_t now) {
    const LoadedConfig loaded = load_config(root);
    if (!loaded.config)
        return refuse(
            problem(Exit::invalid, "{}", to_text(loaded.problems[0])).with_hint("userctl validate"));
    const Config& config = *loaded.config;
    TRY(check_sftp_group(config, sftp_group));
    const auto settings = TRY(sshd.settings("root", "127.0.0.1"));
    const auto is_on = [&](std::string_view keyword) {
        const auto found = settings.find(keyword);
        return found != settings.end() && found->second == "yes";
    };
    if (!is_on("usepam"))
        return refuse(problem(Exit::conflict, "sshd does not use PAM, so userd is not asked")
                          .with_hint("UsePAM yes in /etc/ssh/sshd_config"));
    SshPlan plan;
    plan.lines = TRY(ssh_lines(config, {require_mfa, is_on("passwordauthentication")}));
    plan.setup = {drop_in_text(plan.lines, TRY(local_accounts(root)), sftp_group), sftp_group, require_mfa,
                  now};
    plan.code_by_choice = !require_mfa && config.mfa.policy == "optional";
    return plan;
}

Answer<void> set_up_ssh(Client& client, const Args& args, Output& out) {
    TRY(only_root("set up sshd", "ssh"));
    const std::string root = config_root();
    const std::int64_t now = out.options().now, patience = TRY(read_patience(args));
    const SshServer sshd = TRY(SshServer::find(root));
    auto record = TRY(SshRecord::open(root));
    TRY(refuse_edited(record));
    const SshPlan plan = TRY(plan_setup(sshd, root, args.has("require-mfa"), args.text("sftp-group"), now));
    SshState& state = record.state;
    const auto there = TRY(record.read_drop_in());
    if (state.now && there == plan.setup.text && state.now->text == plan.setup.text) {
        out.unchanged(record_of(record, *state.now, state.undo_at),
                      state.undo_at ? "sshd is set up so, until " + clock_text(state.undo_at) +
                                          " unless you say userctl ssh confirm"
                                    : std::string("sshd is set up so"),
                      'x');
        return {};
    }
    const SshBefore before = TRY(look_at_locals(sshd, root, state.now ? &*state.now : nullptr));
    const std::string candidate = TRY(record.write_candidate(plan.setup.text));
    TRY(check_meaning(sshd, candidate, plan.lines, plan.setup.sftp_group, before));
    const std::int64_t undo_at = patience == 0 ? 0 : now + patience;
    bool reloaded = true;
    if (!client.dry_run()) {
        TRY(begin_trial(record, root, plan.setup, undo_at));
        reloaded = TRY(put_in_force(record, sshd, plan, before));
        if (undo_at == 0) disarm_rollback();
    }
    out.changed("updated", record_of(record, plan.setup, undo_at), what_now(reloaded, undo_at), 'x');
    if (plan.code_by_choice)
        out.note("Who has enrolled one-time codes and shows a key alone is refused: see --require-mfa.");
    return {};
}

}  // namespace userd::ctl
