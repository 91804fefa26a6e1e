// SPDX-License-Identifier: LGPL-2.1-or-later
// What sshd does with a user of userd: it is asked, not read.
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "common/base/ssh_files.h"
#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/sshd_lines.h"
#include "ctl/ssh/checks.h"
#include "ctl/ssh/methods.h"
#include "ctl/ssh/setup.h"
#include "daemon/config/scalars.h"

namespace userd::ctl {
namespace {

constexpr const char* key_helper = USERD_LIBEXECDIR "/userd-ssh-keys";
constexpr const char* key_user = "userd-keys";
constexpr const char* reload = "systemctl reload ssh";

std::string value_of(const SshSettings& settings, std::string_view keyword) {
    const auto found = settings.find(keyword);
    return found == settings.end() ? std::string() : found->second;
}

// Why sshd cannot be asked; none: it can.
std::optional<Diagnosis> obstacle(Examination& host) {
    if (!host.is_about_sshd()) return not_checked("this is about " + escaped(host.about.service));
    if (!SshServer::find(host.about.root)) return not_checked("there is no sshd here");
    if (!host.is_root) return not_checked("needs root");
    return std::nullopt;
}

// Judges by the settings that are in force.
template <typename Judge>
Diagnoses by_settings(Examination& host, const Judge& judge) {
    if (auto why = obstacle(host)) return {std::move(*why)};
    if (!host.sshd_settings()) return {not_checked("sshd-config comes first")};
    return {judge(*host.sshd_settings())};
}

// sshd's files in the order in which it reads them where Include stands first, as on Debian.
std::vector<std::string> sshd_files(const Examination& host) {
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(host.path("/etc/ssh/sshd_config.d"), error))
        if (entry.path().extension() == ".conf")
            files.push_back("/etc/ssh/sshd_config.d/" + entry.path().filename().string());
    std::sort(files.begin(), files.end());
    files.emplace_back("/etc/ssh/sshd_config");
    return files;
}

// The line that says otherwise is taken out of the first file that has one, so that userd's own counts; where
// there is none, `otherwise`.
std::string remedy_for(const Examination& host, std::string_view keyword, std::string_view wanted,
                       std::string otherwise) {
    for (const std::string& file : sshd_files(host)) {
        const auto text = host.read(file);
        if (!text || !has_other_value(*text, keyword, wanted)) continue;
        const bool names_helper = keyword.starts_with("AuthorizedKeysCommand");  // and its user, together
        return fmt::format("sed -i -E '/^[[:space:]]*{}[[:space:]=]/Id' {} && {}",
                           names_helper ? "AuthorizedKeysCommand(User)?" : keyword, shell_word(file), reload);
    }
    return otherwise;
}

Diagnosis expect_yes(const Examination& host, const SshSettings& settings, const char* keyword,
                     const char* good, const char* bad) {
    if (value_of(settings, lower_keyword(keyword)) == "yes") return right(good);
    return wrong(bad, remedy_for(host, keyword, "yes",
                                 fmt::format("echo '{} yes' >>/etc/ssh/sshd_config.d/00-userd.conf && {}",
                                             keyword, reload)));
}

// sshd runs no helper that others than root could have changed.
bool is_roots_alone(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == 0 &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0 && (info.st_mode & S_IXOTH) != 0;
}

// As lookups have them now.
std::vector<std::string> groups_of(const std::string& user) {
    std::vector<std::string> names;
    const ::passwd* found = user.empty() ? nullptr : getpwnam(user.c_str());
    if (!found) return names;
    int count = 1024;
    std::vector<gid_t> gids(static_cast<std::size_t>(count));
    if (getgrouplist(user.c_str(), found->pw_gid, gids.data(), &count) < 0) return names;
    for (int i = 0; i < count; ++i)
        if (const ::group* group = getgrgid(gids[static_cast<std::size_t>(i)]))
            names.emplace_back(group->gr_name);
    return names;
}

// What ssh setup did; only root may read it. Empty: nothing.
Answer<SshState> setup_state(const Examination& host) {
    const auto text = host.read(ssh_files::state);
    return text ? parse_ssh_state(*text, ssh_files::state) : SshState{};
}

std::string setup_again(const SshSetup& setup) {
    return fmt::format("userctl ssh setup{}{}", setup.require_mfa ? " --require-mfa" : "",
                       setup.sftp_group.empty() ? "" : " --sftp-group " + shell_word(setup.sftp_group));
}

}  // namespace

namespace look_at {

Diagnoses sshd_config(Examination& host) {
    if (auto why = obstacle(host)) return {std::move(*why)};
    const auto tested =
        SshServer::find(host.about.root).and_then([](const SshServer& sshd) { return sshd.test(); });
    if (tested) return {right("sshd takes its configuration")};
    return {wrong(without_controls(tested.error().message), "mend that line of /etc/ssh; sshd -t tries it")};
}

Diagnoses sshd_pam(Examination& host) {
    return by_settings(host, [&](const SshSettings& settings) {
        return expect_yes(host, settings, "UsePAM", "sshd asks PAM, and so userd",
                          "sshd does not ask PAM (UsePAM no), and so not userd");
    });
}

Diagnoses sshd_prompts(Examination& host) {
    return by_settings(host, [&](const SshSettings& settings) {
        return expect_yes(host, settings, "KbdInteractiveAuthentication", "sshd lets userd ask for codes",
                          "sshd lets nobody ask for codes (KbdInteractiveAuthentication no)");
    });
}

Diagnoses sshd_keys(Examination& host) {
    return by_settings(host, [&](const SshSettings& settings) {
        const std::string command = value_of(settings, "authorizedkeyscommand");
        const std::string as = value_of(settings, "authorizedkeyscommanduser");
        if (command == "none" || command.empty())
            return wrong("sshd does not ask userd for keys", "userctl ssh setup");
        const std::string wanted = fmt::format("{} %u", key_helper);
        if (command != wanted && command != key_helper)
            return wrong(fmt::format("sshd asks {} for keys, not userd", escaped(command)),
                         remedy_for(host, "AuthorizedKeysCommand", wanted, "userctl ssh setup"));
        if (as != key_user)
            return wrong(fmt::format("sshd asks for keys as {}, whom userd does not answer", escaped(as)),
                         remedy_for(host, "AuthorizedKeysCommandUser", key_user, "userctl ssh setup"));
        if (!is_roots_alone(host.path(key_helper)))
            return wrong(
                fmt::format("{} is not there, or not root's alone: sshd does not run it", key_helper),
                "apt install --reinstall userd");
        return right("sshd asks userd for keys");
    });
}

Diagnoses sshd_methods(Examination& host) {
    return by_settings(host, [&](const SshSettings& settings) {
        if (!host.config().config) return not_checked("the configuration comes first");
        const auto state = setup_state(host);
        if (!state) return not_checked("ssh-setup comes first");
        const bool require_mfa = state->now && state->now->require_mfa;
        const auto lines = ssh_lines(*host.config().config,
                                     {require_mfa, value_of(settings, "passwordauthentication") == "yes"});
        if (!lines) return not_checked(lines.error().message);
        const std::string methods = ssh_line_for(*lines, *parse_network(ssh_probe_address), host.about.user,
                                                 groups_of(host.about.user))
                                        .methods;
        std::string shown = value_of(settings, "authenticationmethods");
        std::replace(shown.begin(), shown.end(), '\n', ' ');
        if (shown == methods) return right(fmt::format("sshd asks what login.rules want: {}", methods));
        return wrong(
            fmt::format("login.rules want AuthenticationMethods {}, sshd has {}", methods, escaped(shown)),
            state->now ? setup_again(*state->now) : "userctl ssh setup");
    });
}

Diagnoses ssh_setup(Examination& host) {
    if (auto why = obstacle(host)) return {std::move(*why)};
    const auto state = setup_state(host);
    if (!state) return {wrong(state.error().message, state.error().hint)};
    if (!state->now) return {right("userctl has changed nothing of sshd's")};
    if (state->undo_at != 0)
        return {wrong("the SSH setup is on trial, and will be undone", "userctl ssh confirm")};
    if (host.read(ssh_files::drop_in) != state->now->text)
        return {wrong(fmt::format("{} was edited since userctl wrote it", ssh_files::drop_in),
                      "userctl ssh revert, then: " + setup_again(*state->now))};
    const auto plan = SshServer::find(host.about.root).and_then([&](const SshServer& sshd) {
        return plan_setup(sshd, host.about.root, state->now->require_mfa, state->now->sftp_group,
                          state->now->since);
    });
    if (!plan) return {not_checked(without_controls(plan.error().message))};
    if (plan->setup.text == state->now->text)
        return {right("it is what login.rules and /etc/passwd ask for")};
    return {wrong("login.rules, or the accounts of /etc/passwd, have changed since the SSH setup",
                  setup_again(*state->now))};
}

}  // namespace look_at
}  // namespace userd::ctl
