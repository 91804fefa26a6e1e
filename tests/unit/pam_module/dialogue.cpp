// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pam_module/dialogue.h"

#include <security/pam_appl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Ask;
using wire::Verdict;

namespace {

int authenticate_against(Script script) {
    Server server(std::move(script));
    Application application(only_userd);
    application.answers = {"correct horse", "123456"};
    return application.authenticate();
}

std::string frame_of(std::uint64_t dialogue, std::uint32_t turn, Verdict verdict) {
    char bytes[wire::max_frame];
    const wire::Step step = {wire::StepKind::verdict, {}, verdict, ""};
    return {bytes, wire::encode(bytes, wire::Steps{dialogue, turn, {}, {}}, {&step, 1})};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dialogue, OwnFolder)

BOOST_AUTO_TEST_CASE(a_code_may_be_asked_for_after_the_password) {
    Server server([](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::code, "Verification code: "))
            peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.answers = {"correct horse", "123456"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(server.seen().at(0).answers == (std::vector<std::string>{"correct horse", "123456"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(password_and_code_travel_to_the_daemon_and_its_yes_back) {
    Server server([](Peer& peer) {
        peer.send({info("Welcome."),
                   error("One failed login."),
                   {wire::StepKind::ask_hidden, Ask::password, {}, "Password: "},
                   {wire::StepKind::ask_hidden, Ask::code, {}, "Verification code: "}});
        if (peer.read_answer()) peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.answers = {"correct horse", "123456"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(application.prompts() == "Password: Verification code: ");
    BOOST_REQUIRE(application.shown.size() == 4U);
    BOOST_TEST((application.shown[0] == std::pair<int, std::string>(PAM_TEXT_INFO, "Welcome.")));
    BOOST_TEST((application.shown[1] == std::pair<int, std::string>(PAM_ERROR_MSG, "One failed login.")));
    BOOST_TEST(application.shown[2].first == PAM_PROMPT_ECHO_OFF);
    const auto& seen = server.seen();
    BOOST_REQUIRE(seen.size() == 1U);
    BOOST_TEST(seen[0].answers == (std::vector<std::string>{"correct horse", "123456"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_visible_prompt_is_visible) {
    Server server([](Peer& peer) {
        if (peer.ask(Ask::other, "Name: ", wire::StepKind::ask_visible)) peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.answers = {"x"};
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_TEST(application.shown.at(0).first == PAM_PROMPT_ECHO_ON);
}

BOOST_AUTO_TEST_CASE(silent_shows_prompts_alone) {
    Server server([](Peer& peer) {
        peer.send({info("Welcome."), error("Beware.")});
        if (peer.ask(Ask::password, "Password: ")) peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    application.answers = {"correct horse"};
    BOOST_TEST(application.authenticate(PAM_SILENT) == PAM_SUCCESS);
    BOOST_TEST(application.shown.size() == 1U);
    BOOST_TEST(server.seen().at(0).start.flags == wire::flag_silent);
}

BOOST_AUTO_TEST_CASE(long_texts_come_in_several_frames) {
    Server server([](Peer& peer) {
        for (int frame = 0; frame < 4; ++frame)
            peer.send(std::vector<wire::Step>(15, info(std::string(512, 'q'))));
        peer.verdict(Verdict::success);
    });
    Application application(only_userd);
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
    BOOST_REQUIRE(application.shown.size() == 60U);
    BOOST_TEST(application.shown[59].second == std::string(512, 'q'));
}

// libpam spreads the two seconds by a quarter.
BOOST_AUTO_TEST_CASE(a_refusal_asks_for_a_delay_and_an_unknown_user_does_not) {
    const auto delay_after = [](Verdict verdict) {
        Server server(says(verdict));
        Application application(only_userd);
        application.authenticate();
        return application.delay_us;
    };
    for (const auto verdict : {Verdict::auth_err, Verdict::authinfo_unavail, Verdict::maxtries}) {
        BOOST_TEST(delay_after(verdict) >= 1'000'000U);
        BOOST_TEST(delay_after(verdict) <= 3'000'000U);
    }
    BOOST_TEST(delay_after(Verdict::user_unknown) == 0U);
    BOOST_TEST(delay_after(Verdict::success) == 0U);
}

BOOST_AUTO_TEST_CASE(a_daemon_that_hangs_up_is_unavailable) {
    BOOST_TEST(authenticate_against([](Peer&) {}) == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(authenticate_against([](Peer& peer) { peer.ask(Ask::password, "Password: "); }) ==
               PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(authenticate_against([](Peer& peer) {
                   peer.send({{wire::StepKind::ask_hidden, Ask::password, {}, "Password: "}});
               }) == PAM_AUTHINFO_UNAVAIL);
}

BOOST_AUTO_TEST_CASE(nonsense_is_unavailable) {
    const auto verdict = frame_of(1, 0, Verdict::success);
    auto other_version = verdict, other_kind = verdict, ignored = verdict;
    other_version[0] = static_cast<char>(wire::current_version + 1);
    other_kind[1] = static_cast<char>(wire::Kind::login_answer);
    ignored[ignored.size() - 3] = static_cast<char>(wire::verdict_count);  // the code of the only step
    const std::string replies[] = {"x",
                                   std::string(64, '\xff'),
                                   "success",
                                   verdict.substr(0, verdict.size() - 1),
                                   verdict + "x",
                                   verdict + verdict,
                                   other_version,
                                   other_kind,
                                   ignored,
                                   frame_of(1, 1, Verdict::success),
                                   frame_of(1, UINT32_MAX, Verdict::success),
                                   std::string(wire::max_frame + 1, '\1'),
                                   verdict + std::string(wire::max_frame, '\0')};
    for (const auto& reply : replies)
        BOOST_TEST(authenticate_against([&](Peer& peer) {
                       peer.send_bytes(reply);
                       peer.wait_for_end();
                   }) == PAM_AUTHINFO_UNAVAIL,
                   "a reply of " << reply.size() << " bytes");
}

BOOST_AUTO_TEST_CASE(a_reply_of_another_dialogue_is_nonsense) {
    BOOST_TEST(authenticate_against([](Peer& peer) {
                   peer.ask(Ask::password, "Password: ");
                   peer.dialogue ^= 1;
                   peer.verdict(Verdict::success);
               }) == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(authenticate_against([](Peer& peer) {
                   peer.ask(Ask::password, "Password: ");
                   peer.turn = 0;
                   peer.verdict(Verdict::success);
               }) == PAM_AUTHINFO_UNAVAIL);
}

BOOST_AUTO_TEST_CASE(texts_without_end_are_nonsense) {
    BOOST_TEST(authenticate_against([](Peer& peer) {
                   for (std::size_t i = 0; i <= wire::max_turns; ++i) peer.send({info("again")});
                   peer.wait_for_end();
               }) == PAM_AUTHINFO_UNAVAIL);
}

BOOST_AUTO_TEST_CASE(a_silent_daemon_is_unavailable_within_the_bound) {
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(authenticate_against([](Peer& peer) { peer.wait_for_end(); }) == PAM_AUTHINFO_UNAVAIL);
    const auto took = std::chrono::steady_clock::now() - begin;
    BOOST_TEST((took >= std::chrono::milliseconds(USERD_TEST_STEP_MS)));
}

BOOST_AUTO_TEST_CASE(nobody_at_the_socket_is_unavailable) {
    Application application(only_userd);
    BOOST_TEST(application.authenticate() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(application.account() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(application.change_password() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(pam_open_session(application.pamh, 0) == PAM_SESSION_ERR);
    std::ofstream("login") << "a file";
    BOOST_TEST(application.authenticate() == PAM_AUTHINFO_UNAVAIL);
    BOOST_TEST(application.shown.empty());
}

BOOST_AUTO_TEST_CASE(setcred_needs_nobody) {
    Application application(only_userd);
    BOOST_TEST(pam_setcred(application.pamh, PAM_ESTABLISH_CRED) == PAM_SUCCESS);
    BOOST_TEST(pam_setcred(application.pamh, PAM_DELETE_CRED) == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_full_backlog_is_unavailable_within_the_bound) {
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address = {AF_UNIX, "login"};
    BOOST_REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(listen(listener, 0) == 0);
    const int first = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    BOOST_REQUIRE(connect(first, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    Application application(only_userd);
    BOOST_TEST(application.authenticate() == PAM_AUTHINFO_UNAVAIL);
    close(first);
    close(listener);
}

BOOST_AUTO_TEST_CASE(a_strangers_server_is_never_asked) {
    if (getuid() != 0) return;              // nobody else can listen as another user
    syscall(SYS_setresuid, -1, 12345, -1);  // this thread's, not the process's as with setresuid(3)
    BOOST_REQUIRE(geteuid() == 12345);
    const int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    syscall(SYS_setresuid, -1, 0, -1);
    sockaddr_un address = {AF_UNIX, "login"};
    BOOST_REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    syscall(SYS_setresuid, -1, 12345, -1);
    BOOST_TEST(listen(listener, 8) == 0);
    syscall(SYS_setresuid, -1, 0, -1);
    Application application(only_userd);
    BOOST_TEST(application.authenticate() == PAM_AUTHINFO_UNAVAIL);
    const int connection = accept(listener, nullptr, nullptr);
    char byte = 0;
    BOOST_TEST(recv(connection, &byte, 1, 0) == 0);  // hung up without a word
    close(connection);
    close(listener);
}

BOOST_AUTO_TEST_SUITE_END()
