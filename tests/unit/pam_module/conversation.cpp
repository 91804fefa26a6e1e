// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/conversation.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Verdict;

namespace {

int with_person(std::function<int(pam_response**)> person) {
    Server server(asks_password(Verdict::success));
    Application application(only_userd);
    application.instead = std::move(person);
    return application.authenticate();
}

pam_response* response_of(const char* text) {
    auto* response = static_cast<pam_response*>(calloc(1, sizeof(pam_response)));
    response->resp = text == nullptr ? nullptr : strdup(text);
    return response;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(conversation, OwnFolder)

BOOST_AUTO_TEST_CASE(no_answer_is_a_broken_conversation) {
    BOOST_TEST(with_person([](pam_response**) { return PAM_CONV_ERR; }) == PAM_CONV_ERR);
    BOOST_TEST(with_person([](pam_response**) { return PAM_BUF_ERR; }) == PAM_CONV_ERR);
    BOOST_TEST(with_person([](pam_response** out) {
                   *out = nullptr;
                   return PAM_SUCCESS;
               }) == PAM_CONV_ERR);
    BOOST_TEST(with_person([](pam_response** out) {
                   *out = response_of(nullptr);
                   return PAM_SUCCESS;
               }) == PAM_CONV_ERR);
}

BOOST_AUTO_TEST_CASE(a_failed_conversation_may_leave_anything_behind) {
    BOOST_TEST(with_person([](pam_response** out) {
                   *out = reinterpret_cast<pam_response*>(1);
                   return PAM_ABORT;
               }) == PAM_CONV_ERR);
}

BOOST_AUTO_TEST_CASE(the_longest_answer_arrives_and_a_longer_one_does_not) {
    for (const std::size_t size : {wire::max_answer, wire::max_answer + 1, std::size_t{100'000}}) {
        Server server(asks_password(Verdict::success));
        Application application(only_userd);
        application.answers = {std::string(size, 'p')};
        BOOST_TEST(application.authenticate() == (size == wire::max_answer ? PAM_SUCCESS : PAM_CONV_ERR),
                   size);
        BOOST_TEST(server.seen().at(0).answers.size() == (size == wire::max_answer ? 1U : 0U), size);
    }
}

BOOST_AUTO_TEST_CASE(an_application_without_a_conversation_gets_verdicts_but_no_prompts) {
    Server server([](Peer& peer) {
        peer.send({info("Welcome.")});
        if (peer.seen_phase() == wire::Phase::account) return peer.verdict(Verdict::acct_expired);
        if (peer.ask(wire::Ask::password, "Password: ")) peer.verdict(Verdict::success);
    });
    Application application(only_userd, nobody, false);
    BOOST_TEST(application.authenticate() == PAM_CONV_ERR);
    BOOST_TEST(application.account() == PAM_ACCT_EXPIRED);
}

// cron's conversation fails always; a hint before the verdict must not keep a job from running.
BOOST_AUTO_TEST_CASE(a_text_that_nobody_can_read_changes_nothing) {
    Server server([](Peer& peer) {
        peer.send({info("Your password ends in 3 days.")});
        peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.instead = [](pam_response**) { return PAM_CONV_ERR; };
    BOOST_TEST(application.account() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_mere_text_is_thrown_away) {
    Server server([](Peer& peer) {
        peer.send({info("Welcome.")});
        peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.instead = [](pam_response** out) {
        *out = response_of("hello");
        return PAM_SUCCESS;
    };
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(server.seen().at(0).answers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
