// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "ctl/doctor/diagnosis.h"
#include "ctl/problem.h"

// The checks, an area a source file; docs/troubleshooting.md says what each is about. Nothing is changed.
namespace userd::ctl {

class Examination;

// What is not known because the daemon did not say it.
Diagnosis without_daemon(const Problem& problem);

namespace look_at {

Diagnoses daemon(Examination& host);
Diagnoses store(Examination& host);
Diagnoses configuration(Examination& host);
Diagnoses system_accounts(Examination& host);

Diagnoses login_socket(Examination& host);
Diagnoses keys_socket(Examination& host);
Diagnoses homes_socket(Examination& host);
Diagnoses admin_socket(Examination& host);

Diagnoses ldap_daemon(Examination& host);
Diagnoses ldap_server(Examination& host);
Diagnoses ldap_credential(Examination& host);

Diagnoses snapshot(Examination& host);
Diagnoses snapshot_current(Examination& host);

Diagnoses nss_module(Examination& host);
Diagnoses nsswitch_passwd(Examination& host);
Diagnoses nsswitch_group(Examination& host);
Diagnoses nsswitch_initgroups(Examination& host);
Diagnoses lookup(Examination& host);
Diagnoses local_groups(Examination& host);
Diagnoses nscd(Examination& host);

Diagnoses pam_module(Examination& host);
Diagnoses pam_auth(Examination& host);
Diagnoses pam_account(Examination& host);
Diagnoses pam_password(Examination& host);
Diagnoses pam_session(Examination& host);
Diagnoses pam_rival(Examination& host);
Diagnoses google_authenticator(Examination& host);

Diagnoses sshd_config(Examination& host);
Diagnoses sshd_pam(Examination& host);
Diagnoses sshd_prompts(Examination& host);
Diagnoses sshd_keys(Examination& host);
Diagnoses sshd_methods(Examination& host);
Diagnoses ssh_setup(Examination& host);

Diagnoses clock(Examination& host);
Diagnoses code_ahead(Examination& host);

Diagnoses home(Examination& host);
Diagnoses ssh_folder(Examination& host);

Diagnoses id_taken(Examination& host);
Diagnoses subid_overlap(Examination& host);
Diagnoses login(Examination& host);

}  // namespace look_at
}  // namespace userd::ctl
