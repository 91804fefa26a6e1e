// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory servers that userd.yaml has under ldap. Without any there is nothing to look at.
#include <algorithm>

#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"
#include "ctl/doctor/ldap_rules.h"
#include "ctl/host_accounts.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

// Where systemd looks for a credential, the encrypted ones first (systemd.exec(5)).
const struct {
    const char* folder;
    bool is_encrypted;
} stores[] = {{"/etc/credstore.encrypted/", true},
              {"/run/credstore.encrypted/", true},
              {"/usr/lib/credstore.encrypted/", true},
              {"/etc/credstore/", false},
              {"/run/credstore/", false},
              {"/usr/lib/credstore/", false}};

bool has_servers(Examination& host) {
    const auto& config = host.config().config;
    return config && !config->ldap.empty();
}

Diagnosis look_for_credential(Examination& host, const LdapSource& server) {
    struct stat file {};
    for (const auto& [folder, is_encrypted] : stores) {
        const std::string path = folder + server.bind.credential;
        if (lstat(host.path(path).c_str(), &file) != 0) continue;
        if (is_encrypted) return right(fmt::format("{}: {} is sealed", server.name, path));
        return judge_credential(server.name, path, &file);
    }
    return judge_credential(server.name, "/etc/credstore/" + server.bind.credential, nullptr);
}

}  // namespace

Diagnosis judge_server(const Fields& server) {
    const std::string name = text_of(server, "name"), state = text_of(server, "state");
    const std::string held = text_of(server, "held"), since = text_of(server, "stale_since");
    if (!held.empty() && held != "0")
        return wrong(fmt::format("{}: {} removals wait for an admin", name, held),
                     fmt::format("userctl ldap confirm {} --removals {}, if that is right", name, held));
    if (state == "failed")
        return wrong(fmt::format("{}: {}{}", name, without_controls(text_of(server, "problem")),
                                 since.empty() ? "" : ", stale since " + since),
                     fmt::format("userctl ldap test {}", name));
    if (state == "away") return not_checked("ldap-daemon comes first");
    if (text_of(server, "synced_at").empty())
        return wrong(fmt::format("{}: nothing was synchronised yet ({})", name, state),
                     fmt::format("userctl ldap test {}", name));
    return right(fmt::format("{}: {}, {} users", name, state, text_of(server, "user_count")));
}

Diagnosis judge_credential(const std::string& server, const std::string& path, const struct stat* file) {
    if (file == nullptr)
        return wrong(
            fmt::format("{}: there is no {}: userd-ldap has no password to bind with", server, path),
            fmt::format(
                "install -m 0600 -o root FILE {}, systemctl daemon-reload, systemctl restart userd-ldap",
                shell_word(path)));
    if (!S_ISREG(file->st_mode))
        return wrong(fmt::format("{}: {} is no file", server, path), fmt::format("rm {}", shell_word(path)));
    if (file->st_uid != 0)
        return wrong(fmt::format("{}: {} belongs to uid {}", server, path, file->st_uid),
                     fmt::format("chown root: {}", shell_word(path)));
    if ((file->st_mode & 077) != 0)
        return wrong(fmt::format("{}: others than root may read {}", server, path),
                     fmt::format("chmod 0600 {}", shell_word(path)));
    return right(fmt::format("{}: only root may read {}", server, path));
}

namespace look_at {

Diagnoses ldap_daemon(Examination& host) {
    if (!has_servers(host)) return {};
    if (!has_local_user("userd-ldap"))
        return {wrong("/etc/passwd lacks the system account userd-ldap", "systemd-sysusers")};
    const auto& servers = host.servers();
    if (!servers) return {without_daemon(servers.error())};
    const bool is_away = std::any_of(servers->begin(), servers->end(),
                                     [](const Fields& server) { return text_of(server, "state") == "away"; });
    if (is_away)
        return {wrong("userd-ldap is not there: what is mirrored stays, and ages",
                      "systemctl restart userd-ldap.socket userd-ldap.service")};
    return {right("userd-ldap runs")};
}

Diagnoses ldap_server(Examination& host) {
    if (!has_servers(host)) return {};
    const auto& servers = host.servers();
    if (!servers) return {without_daemon(servers.error())};
    Diagnoses found;
    for (const Fields& server : *servers) found.push_back(judge_server(server));
    return found;
}

Diagnoses ldap_credential(Examination& host) {
    if (!has_servers(host)) return {};
    Diagnoses found;
    for (const LdapSource& server : host.config().config->ldap)
        if (!server.bind.dn.empty() && server.bind.sasl == LdapSource::Sasl::none)
            found.push_back(host.is_root ? look_for_credential(host, server) : not_checked("needs root"));
    return found;
}

}  // namespace look_at
}  // namespace userd::ctl
