// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/request.h"

#include <pwd.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Phase;
using wire::Verdict;

BOOST_FIXTURE_TEST_SUITE(request, OwnFolder)

BOOST_AUTO_TEST_CASE(the_daemon_learns_what_pam_knows) {
    Server server(says(Verdict::success));
    Application application(only_userd);
    pam_set_item(application.pamh, PAM_RHOST, "203.0.113.7");
    pam_set_item(application.pamh, PAM_TTY, "pts/3");
    pam_set_item(application.pamh, PAM_RUSER, "j\xf6rg");
    application.authenticate();
    const auto& seen = server.seen().at(0);
    BOOST_TEST((seen.start.phase == Phase::authenticate));
    BOOST_TEST(seen.service == "service");
    BOOST_TEST(seen.user == nobody);
    BOOST_TEST(seen.rhost == "203.0.113.7");
    BOOST_TEST(seen.tty == "pts/3");
    BOOST_TEST(seen.ruser == "j\xf6rg");
    BOOST_TEST(seen.start.uid == getuid());
    BOOST_TEST(seen.start.flags == 0U);
    BOOST_TEST(!seen.start.known);
    std::uint32_t session = wire::no_audit_session;
    std::ifstream("/proc/self/sessionid") >> session;
    BOOST_TEST(seen.start.audit_session == session);
    BOOST_TEST(seen.start.parent == static_cast<std::uint32_t>(getppid()));
}

BOOST_AUTO_TEST_CASE(missing_items_are_empty) {
    Server server(says(Verdict::success));
    Application application(only_userd);
    application.authenticate();
    const auto& seen = server.seen().at(0);
    BOOST_TEST((seen.rhost.empty() && seen.tty.empty() && seen.ruser.empty() && seen.token.empty()));
}

BOOST_AUTO_TEST_CASE(each_phase_names_itself) {
    Server server(says(Verdict::success));
    Application application(only_userd);
    application.authenticate();
    application.account();
    application.change_password(PAM_CHANGE_EXPIRED_AUTHTOK);
    pam_open_session(application.pamh, 0);
    pam_close_session(application.pamh, 0);
    const auto& seen = server.seen();
    BOOST_REQUIRE(seen.size() == 6U);
    const Phase phases[] = {Phase::authenticate,    Phase::account,      Phase::change_password,
                            Phase::change_password, Phase::open_session, Phase::close_session};
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST((seen[i].start.phase == phases[i]), i);
    BOOST_TEST(seen[2].start.flags == (wire::flag_prelim | wire::flag_expired_only));
    BOOST_TEST(seen[3].start.flags == (wire::flag_update | wire::flag_expired_only));
}

// The last entry of the host with an id that could be ours, if there is one; asking for it must say so.
BOOST_AUTO_TEST_CASE(a_name_that_the_host_knows_is_known) {
    std::string name;
    setpwent();
    while (const passwd* entry = getpwent())
        if (entry->pw_uid >= 1000 && entry->pw_uid < 60000) name = entry->pw_name;
    endpwent();
    if (name.empty()) return;
    Server server(says(Verdict::user_unknown));
    Application application(only_userd, name.c_str());
    BOOST_TEST(application.authenticate() == PAM_USER_UNKNOWN);
    BOOST_TEST(server.seen().at(0).start.known);
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_ours_never_reach_the_daemon) {
    const std::string too_long(256, 'x'), longest(255, 'x');
    Server server(says(Verdict::auth_err));
    for (const char* name : {"root", "nobody", too_long.c_str(), ""}) {
        Application application(only_userd, name);
        application.answers = {""};
        BOOST_TEST(application.authenticate() == PAM_USER_UNKNOWN, name);
        BOOST_TEST(application.account() == PAM_USER_UNKNOWN, name);
        BOOST_TEST(application.change_password() == PAM_USER_UNKNOWN, name);
        BOOST_TEST(pam_open_session(application.pamh, 0) == PAM_USER_UNKNOWN, name);
        BOOST_TEST(application.prompts().empty());
    }
    Application application(only_userd, longest.c_str());
    BOOST_TEST(application.authenticate() == PAM_AUTH_ERR);
    BOOST_TEST(server.seen().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_item_that_is_too_long_is_refused_not_cut) {
    Server server(says(Verdict::success));
    Application application(only_userd);
    pam_set_item(application.pamh, PAM_RHOST, std::string(256, 'h').c_str());
    BOOST_TEST(application.authenticate() == PAM_BUF_ERR);
    BOOST_TEST(server.seen().empty());
}

BOOST_AUTO_TEST_CASE(how_ssh_authenticated_comes_from_pams_environment_and_only_where_it_is_believed) {
    setenv("SSH_AUTH_INFO_0", "publickey forged", 1);
    {
        Server server(says(Verdict::success));
        Application application(only_userd);
        application.authenticate();
        BOOST_TEST(server.seen().at(0).ssh_auth_info.empty());
    }
    Server server(says(Verdict::success));
    Application application(only_userd);
    pam_putenv(application.pamh, "SSH_AUTH_INFO_0=publickey ssh-ed25519 AAAA");
    application.authenticate();
    application.account();
    application.change_password();
    pam_open_session(application.pamh, 0);
    const auto& seen = server.seen();
    BOOST_REQUIRE(seen.size() == 5U);
    for (const auto& one : seen) {
        const bool believed =
            one.start.phase == Phase::authenticate || one.start.phase == Phase::open_session;
        BOOST_TEST(one.ssh_auth_info == (believed ? "publickey ssh-ed25519 AAAA" : ""));
    }
    unsetenv("SSH_AUTH_INFO_0");
}

BOOST_AUTO_TEST_CASE(a_key_too_long_to_send_proves_nothing_and_harms_nothing) {
    Server server(says(Verdict::success));
    Application application(only_userd);
    pam_putenv(application.pamh, ("SSH_AUTH_INFO_0=" + std::string(wire::max_auth_info + 1, 'k')).c_str());
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(server.seen().at(0).ssh_auth_info.empty());
}

BOOST_AUTO_TEST_CASE(the_user_is_never_changed) {
    Server server(asks_password(Verdict::success));
    Application application(only_userd);
    application.answers = {"x"};
    application.authenticate();
    const void* user = nullptr;
    pam_get_item(application.pamh, PAM_USER, &user);
    BOOST_TEST(static_cast<const char*>(user) == std::string(nobody));
}

BOOST_AUTO_TEST_SUITE_END()
