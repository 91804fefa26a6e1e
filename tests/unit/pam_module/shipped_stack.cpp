// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of conf/pam-configs/userd as pam-auth-update writes them, before a module that says yes to
// everybody: what gets that far is let in.
#include <security/pam_appl.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Phase;
using wire::Verdict;

namespace {

std::string stack_of(const std::string& type) {
    return type + " [success=1 default=ignore] pam_localuser.so\n" + type +
           " [success=2 user_unknown=ignore default=die] MODULE\n" + type +
           " [success=1 default=ignore] PROBE\n" + type + " requisite pam_deny.so\n" + type +
           " required pam_permit.so\n";
}

const std::string stack = stack_of("auth") + stack_of("account");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(shipped_stack, OwnFolder)

BOOST_AUTO_TEST_CASE(our_user_gets_in_and_has_credentials) {
    Server server(asks_password(Verdict::success));
    Application application(stack);
    application.answers.assign(2, "correct horse");
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(application.account() == PAM_SUCCESS);
    BOOST_TEST(pam_setcred(application.pamh, PAM_ESTABLISH_CRED) == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(no_refusal_of_ours_falls_through) {
    for (std::uint8_t number = 0; number < wire::verdict_count; ++number) {
        const Verdict word{number};
        if (word == Verdict::success || word == Verdict::user_unknown) continue;
        Server server(says(word));
        Application application(stack);
        BOOST_TEST(application.authenticate() != PAM_SUCCESS, int{number});
        BOOST_TEST(application.account() != PAM_SUCCESS, int{number});
    }
}

BOOST_AUTO_TEST_CASE(must_change_reaches_the_application) {
    Server server(says(Verdict::new_authtok_reqd));
    Application application(stack);
    BOOST_TEST(application.account() == PAM_NEW_AUTHTOK_REQD);
}

BOOST_AUTO_TEST_CASE(without_a_daemon_nobody_but_local_users_gets_by) {
    Application ours(stack), root(stack, "root");
    BOOST_TEST(ours.authenticate() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(ours.account() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(root.authenticate() == PAM_SUCCESS);
    BOOST_TEST(root.account() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_foreign_user_is_left_to_the_next_module) {
    Server server(says(Verdict::user_unknown));
    Application application(stack);
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(application.account() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(the_session_goes_on_without_us) {
    Application application(
        "session [success=1 default=ignore] pam_localuser.so\nsession optional MODULE\n"
        "session required pam_permit.so\n");
    BOOST_TEST(pam_open_session(application.pamh, 0) == PAM_SUCCESS);
    BOOST_TEST(pam_close_session(application.pamh, 0) == PAM_SUCCESS);
}

BOOST_AUTO_TEST_SUITE_END()
