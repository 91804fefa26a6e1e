// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/table.h"

#include "ctl/doctor/areas.h"

namespace userd::ctl {
namespace {

const HostCheck table[] = {
    // The daemon and its doors.
    {"daemon", look_at::daemon},
    {"store", look_at::store},
    {"configuration", look_at::configuration},
    {"system-accounts", look_at::system_accounts},
    {"login-socket", look_at::login_socket},
    {"keys-socket", look_at::keys_socket},
    {"homes-socket", look_at::homes_socket},
    {"admin-socket", look_at::admin_socket},
    // Directory servers.
    {"ldap-daemon", look_at::ldap_daemon},
    {"ldap-server", look_at::ldap_server},
    {"ldap-credential", look_at::ldap_credential},
    // Lookups.
    {"snapshot", look_at::snapshot},
    {"snapshot-current", look_at::snapshot_current},
    {"nss-module", look_at::nss_module},
    {"nsswitch-passwd", look_at::nsswitch_passwd},
    {"nsswitch-group", look_at::nsswitch_group},
    {"nsswitch-initgroups", look_at::nsswitch_initgroups},
    {"nscd", look_at::nscd},
    {"lookup", look_at::lookup},
    {"local-groups", look_at::local_groups},
    {"id-taken", look_at::id_taken},
    {"subid-overlap", look_at::subid_overlap},
    // Logins.
    {"pam-module", look_at::pam_module},
    {"pam-auth", look_at::pam_auth},
    {"pam-account", look_at::pam_account},
    {"pam-password", look_at::pam_password},
    {"pam-session", look_at::pam_session},
    {"pam-rival", look_at::pam_rival},
    {"google-authenticator", look_at::google_authenticator},
    {"clock", look_at::clock},
    {"code-ahead", look_at::code_ahead},
    // SSH.
    {"sshd-config", look_at::sshd_config},
    {"sshd-pam", look_at::sshd_pam},
    {"sshd-prompts", look_at::sshd_prompts},
    {"sshd-keys", look_at::sshd_keys},
    {"sshd-methods", look_at::sshd_methods},
    {"ssh-setup", look_at::ssh_setup},
    // Homes, and one user.
    {"home", look_at::home},
    {"ssh-folder", look_at::ssh_folder},
    {"login", look_at::login},
};

}  // namespace

std::span<const HostCheck> all_host_checks() {
    return table;
}

}  // namespace userd::ctl
