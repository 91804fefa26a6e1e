// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/answers.h"

#include <security/pam_appl.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Ask;
using wire::Verdict;
using Texts = std::vector<std::string>;

namespace {

// A daemon for which one password is right, and no code needed.
Script wants(std::string right) {
    return [right](Peer& peer) {
        if (peer.ask(Ask::password, "Password: "))
            peer.verdict(peer.answers().back() == right ? Verdict::success : Verdict::auth_err);
    };
}

// PRELIM asks for the old password, UPDATE twice for the new one, which must be long; three tries.
void changes_password(Peer& peer) {
    if ((peer.seen_flags() & wire::flag_prelim) != 0) return asks_password(Verdict::success)(peer);
    for (int i = 0; i < 3; ++i) {
        if (!peer.ask(Ask::new_password, "New password: ") || !peer.ask(Ask::new_password_again, "Again: "))
            return;
        const auto& answers = peer.answers();
        const auto& last = answers.back();
        if (last == answers[answers.size() - 2] && last.size() > 8) return peer.verdict(Verdict::success);
        peer.send({error("Too short.")});
    }
    peer.verdict(Verdict::maxtries);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(answers, OwnFolder)

BOOST_AUTO_TEST_CASE(a_password_typed_for_another_module_is_not_ours) {
    Server server(wants("ours"));
    Application application("auth required PROBE set=theirs\nauth required MODULE\n");
    application.answers = {"ours"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(server.seen().at(0).answers == Texts{"ours"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(use_first_pass_takes_it_and_never_asks) {
    for (const auto& [typed, code] : {std::pair("set=ours", PAM_SUCCESS),
                                      std::pair("set=theirs", PAM_AUTH_ERR), std::pair("", PAM_AUTH_ERR)}) {
        Server server(wants("ours"));
        Application application("auth required PROBE " + std::string(typed) +
                                "\nauth required MODULE use_first_pass\n");
        application.answers = {"ours"};
        BOOST_TEST(application.authenticate() == code);
        BOOST_TEST(application.shown.empty());
    }
}

BOOST_AUTO_TEST_CASE(use_first_pass_still_asks_for_the_code) {
    Server server([](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::code, "Verification code: "))
            peer.verdict(Verdict::success);
    });
    Application application("auth required PROBE set=ours\nauth required MODULE use_first_pass\n");
    application.answers = {"123456"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(application.prompts() == "Verification code: ");
    BOOST_TEST(server.seen().at(0).answers == (Texts{"ours", "123456"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(try_first_pass_asks_when_the_first_does_not_do) {
    for (const auto& [typed, prompts] :
         {std::pair("set=ours", ""), std::pair("set=theirs", "Password: "), std::pair("", "Password: ")}) {
        Server server(wants("ours"));
        Application application("auth required PROBE " + std::string(typed) +
                                "\nauth required MODULE try_first_pass\n");
        application.answers = {"ours"};
        BOOST_TEST(application.authenticate() == PAM_SUCCESS);
        BOOST_TEST(application.prompts() == prompts);
    }
}

BOOST_AUTO_TEST_CASE(try_first_pass_asks_once_more_and_not_for_ever) {
    Server server(wants("ours"));
    Application application("auth required PROBE set=theirs\nauth required MODULE try_first_pass\n");
    application.answers = {"wrong", "ours"};
    BOOST_TEST(application.authenticate() == PAM_AUTH_ERR);
    BOOST_TEST(server.seen().size() == 2U);
}

BOOST_AUTO_TEST_CASE(modules_after_us_get_the_password) {
    Server server(wants("ours"));
    Application application("auth required MODULE\nauth required PROBE is=ours\n");
    application.answers = {"ours"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(modules_after_us_do_not_get_a_wrong_password) {
    Server server(wants("ours"));
    Application application("auth optional MODULE\nauth required PROBE is=\n");
    application.answers = {"wrong"};
    BOOST_TEST(application.authenticate() != PAM_CRED_ERR);
}

// sshd's password method: one string for both prompts is password and code in one, not the password.
BOOST_AUTO_TEST_CASE(a_string_with_the_code_in_it_is_not_handed_on) {
    Server server([](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::code, "Verification code: "))
            peer.verdict(Verdict::success);
    });
    Application application("auth required MODULE\nauth required PROBE is=\n");
    application.answers = {"ours123456", "ours123456"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(no_success_rests_on_an_empty_password) {
    Server server(asks_password(Verdict::success, std::string(wire::token_size, 't')));
    Application application("auth required MODULE\naccount required MODULE\n");
    application.answers = {""};
    BOOST_TEST(application.authenticate() == PAM_AUTH_ERR);
    BOOST_TEST(server.seen().at(0).answers == Texts{""},
               boost::test_tools::per_element());  // same work as any
}

BOOST_AUTO_TEST_CASE(an_empty_code_is_the_daemons_business) {
    Server server([](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::code, "Verification code: "))
            peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.answers = {"ours", ""};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_change_asks_for_old_and_new) {
    Server server(changes_password);
    Application application(
        "password required MODULE\npassword required PROBE is=correct-horse is_old=old\n");
    application.answers = {"old", "correct-horse", "correct-horse"};
    BOOST_TEST(application.change_password() == PAM_SUCCESS);
    BOOST_TEST(application.prompts() == "Password: New password: Again: ");
}

BOOST_AUTO_TEST_CASE(a_new_password_from_before_is_not_asked_twice) {
    Server server(changes_password);
    Application application("password required PROBE set=correct-horse\npassword required MODULE\n");
    application.answers = {"old"};
    BOOST_TEST(application.change_password() == PAM_SUCCESS);
    BOOST_TEST(application.prompts() == "Password: ");
    BOOST_TEST(server.seen().at(1).answers == (Texts{"correct-horse", "correct-horse"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_password_from_before_that_is_refused_is_asked_for) {
    Server server(changes_password);
    Application application("password required PROBE set=short\npassword required MODULE\n");
    application.answers = {"old", "correct-horse", "correct-horse"};
    BOOST_TEST(application.change_password() == PAM_SUCCESS);
    BOOST_TEST(application.prompts() == "Password: New password: Again: ");
}

BOOST_AUTO_TEST_CASE(use_authtok_never_asks_for_a_new_password) {
    for (const auto* typed : {"set=short", ""}) {
        Server server([](Peer& peer) {
            if ((peer.seen_flags() & wire::flag_prelim) != 0)
                return peer.verdict(Verdict::success);  // as for root
            changes_password(peer);
        });
        Application application("password required PROBE " + std::string(typed) +
                                "\npassword required MODULE use_authtok\n");
        application.answers = {"correct-horse", "correct-horse"};
        BOOST_TEST(application.change_password() == PAM_AUTHTOK_ERR);
        BOOST_TEST(application.prompts().empty());
    }
}

BOOST_AUTO_TEST_CASE(an_empty_new_password_may_be_mended_but_not_kept) {
    const auto takes_anything = [](int tries) {
        return [tries](Peer& peer) {
            if ((peer.seen_flags() & wire::flag_prelim) != 0) return peer.verdict(Verdict::success);
            for (int i = 0; i < tries; ++i) peer.ask(Ask::new_password, "New password: ");
            peer.verdict(Verdict::success);
        };
    };
    for (const auto& [tries, code] : {std::pair(1, PAM_AUTHTOK_ERR), std::pair(2, PAM_SUCCESS)}) {
        Server server(takes_anything(tries));
        Application application(only_userd);
        application.answers = {"", "correct-horse"};
        BOOST_TEST(application.change_password() == code);
    }
}

BOOST_AUTO_TEST_SUITE_END()
