// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/verdict.h"

#include <security/pam_appl.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using userd::pam::code_of;
using wire::Phase;
using wire::Verdict;

namespace {

constexpr Phase phases[] = {Phase::authenticate, Phase::account, Phase::change_password, Phase::open_session,
                            Phase::close_session};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(verdict, OwnFolder)

BOOST_AUTO_TEST_CASE(only_success_succeeds_and_nothing_is_ignored) {
    for (int number = 0; number < 256; ++number)
        for (const Phase phase : phases) {
            const auto word = static_cast<Verdict>(number);
            BOOST_TEST((code_of(word, phase) == PAM_SUCCESS) == (word == Verdict::success), number);
            BOOST_TEST(code_of(word, phase) != PAM_IGNORE, number);
        }
}

// `required` in a stack takes PAM_NEW_AUTHTOK_REQD for a success.
BOOST_AUTO_TEST_CASE(must_change_is_said_in_the_account_phase_alone) {
    for (const Phase phase : phases)
        BOOST_TEST((code_of(Verdict::new_authtok_reqd, phase) == PAM_NEW_AUTHTOK_REQD) ==
                   (phase == Phase::account));
}

BOOST_AUTO_TEST_CASE(each_situation_has_its_code) {
    const auto authenticate = [](Verdict word) { return code_of(word, Phase::authenticate); };
    const auto account = [](Verdict word) { return code_of(word, Phase::account); };
    BOOST_TEST(authenticate(Verdict::denied) == PAM_AUTH_ERR);
    BOOST_TEST(authenticate(Verdict::auth_err) == PAM_AUTH_ERR);
    BOOST_TEST(authenticate(Verdict::authinfo_unavail) == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(authenticate(Verdict::maxtries) == PAM_MAXTRIES);
    BOOST_TEST(account(Verdict::acct_expired) == PAM_ACCT_EXPIRED);
    BOOST_TEST(account(Verdict::perm_denied) == PAM_PERM_DENIED);
    BOOST_TEST(account(Verdict::denied) == PAM_PERM_DENIED);
    BOOST_TEST(code_of(Verdict::maxtries, Phase::change_password) == PAM_MAXTRIES);
    BOOST_TEST(code_of(Verdict::try_again, Phase::change_password) == PAM_TRY_AGAIN);
    BOOST_TEST(code_of(Verdict::denied, Phase::change_password) == PAM_AUTHTOK_ERR);
    for (const Phase phase : phases) BOOST_TEST(code_of(Verdict::user_unknown, phase) == PAM_USER_UNKNOWN);
}

// libpam's own treatment of the code, in a stack with our module alone.
BOOST_AUTO_TEST_CASE(the_application_gets_the_code) {
    for (std::uint8_t number = 0; number < wire::verdict_count; ++number) {
        const auto word = static_cast<Verdict>(number);
        Server server(says(word));
        Application application(only_userd);
        BOOST_TEST(application.authenticate() == code_of(word, Phase::authenticate), int{number});
        BOOST_TEST(application.account() == code_of(word, Phase::account), int{number});
        BOOST_TEST(application.change_password() == code_of(word, Phase::change_password), int{number});
        BOOST_TEST(pam_open_session(application.pamh, 0) == code_of(word, Phase::open_session), int{number});
        BOOST_TEST(pam_close_session(application.pamh, 0) == code_of(word, Phase::close_session),
                   int{number});
    }
}

BOOST_AUTO_TEST_SUITE_END()
