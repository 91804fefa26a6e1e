// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/kept_token.h"

#include <security/pam_appl.h>

#include <boost/test/unit_test.hpp>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Phase;
using wire::Verdict;

namespace {

const std::string login_token(wire::token_size, 'L'), change_token(wire::token_size, 'C');

// Says yes to everything, with the token that belongs to it.
void gives_tokens(Peer& peer) {
    if (peer.seen_phase() == Phase::authenticate) return peer.verdict(Verdict::success, login_token);
    if ((peer.seen_flags() & wire::flag_prelim) != 0) return peer.verdict(Verdict::success, change_token);
    peer.verdict(Verdict::success);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept_token, OwnFolder)

BOOST_AUTO_TEST_CASE(account_and_session_carry_what_authenticate_was_given) {
    Server server(gives_tokens);
    Application application(only_userd);
    application.authenticate();
    application.account();
    application.account();
    pam_open_session(application.pamh, 0);
    const auto& seen = server.seen();
    BOOST_TEST(seen.at(0).token.empty());
    for (std::size_t i = 1; i < 4; ++i) BOOST_TEST(seen.at(i).token == login_token, i);
}

BOOST_AUTO_TEST_CASE(another_handle_has_no_token) {
    Server server(gives_tokens);
    { Application(only_userd).authenticate(); }
    Application(only_userd).account();
    BOOST_TEST(server.seen().at(1).token.empty());
}

BOOST_AUTO_TEST_CASE(the_next_authenticate_forgets_whatever_it_brings) {
    for (const auto verdict : {Verdict::success, Verdict::auth_err, Verdict::user_unknown}) {
        int turn = 0;
        Server server([&](Peer& peer) {
            if (turn++ == 0) return peer.verdict(Verdict::success, login_token);
            peer.verdict(verdict);
        });
        Application application(only_userd);
        application.authenticate();
        application.authenticate();
        application.account();
        BOOST_TEST(server.seen().at(2).token.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_token_with_a_refusal_is_not_kept) {
    Server server([](Peer& peer) { peer.verdict(Verdict::auth_err, login_token); });
    Application application(only_userd);
    application.authenticate();
    application.account();
    BOOST_TEST(server.seen().at(1).token.empty());
}

BOOST_AUTO_TEST_CASE(the_change_carries_the_proof_of_the_check_once) {
    Server server(gives_tokens);
    Application application(only_userd);
    application.authenticate();
    application.change_password();
    const auto& seen = server.seen();
    BOOST_TEST(seen.at(1).token.empty());
    BOOST_TEST(seen.at(2).token == change_token);
}

BOOST_AUTO_TEST_SUITE_END()
