// SPDX-License-Identifier: LGPL-2.1-or-later
// How the module behaves as a guest in somebody's process: without descriptors, without memory, under
// signals; and what it leaves behind.
#include <fcntl.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/failing_malloc.h"
#include "tests/unit/pam_module/secret_search.h"
#include "tests/unit/pam_module/server.h"

using namespace userd;
using namespace userd::pam::test;
using wire::Ask;
using wire::Verdict;

namespace {

// Runs in a child process, whose true is our true.
bool in_child(const std::function<bool()>& body) {
    const pid_t child = fork();
    if (child == 0) _exit(body() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                         std::filesystem::directory_iterator());
}

Script asks_both(Verdict verdict) {
    return [verdict](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::code, "Verification code: "))
            peer.verdict(verdict, std::string(wire::token_size, 't'));
    };
}

bool is_refusal(int code) {
    return code != PAM_SUCCESS && code != PAM_IGNORE && code != PAM_NEW_AUTHTOK_REQD;
}

// An application whose module is loaded, and with it all that glibc and libpam load on first use.
struct LoadedApplication : Application {
    LoadedApplication() : Application(only_userd) {
        pam_setcred(pamh, 0);
        getpwnam(nobody);
        answers.assign(8, "correct horse");
        shown.reserve(64);
    }
};

// Says no to authenticate, account and both parts of a change; none may come out as anything like a yes.
bool all_refuse(Application& application) {
    return is_refusal(application.authenticate()) && is_refusal(application.account()) &&
           is_refusal(application.change_password());
}

// The person types the secret at every prompt; afterwards it must be nowhere.
bool forgets_after(const char* stack) {
    change_secret();
    return in_child([stack] {
        {
            Application application(stack);
            application.instead = type_secret;
            application.authenticate();
            application.account();
            application.change_password();
        }
        return !secret_in_memory();
    });
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(guest, OwnFolder)

BOOST_AUTO_TEST_CASE(standard_descriptors_stay_closed_where_the_host_closed_them) {
    Server server(asks_both(Verdict::success));
    BOOST_TEST(in_child([] {
        for (int fd = 0; fd <= 2; ++fd) close(fd);
        Application application(only_userd);
        application.answers = {"correct horse", "123456"};
        bool closed = true;
        application.at_prompt = [&] {
            for (int fd = 0; fd <= 2; ++fd) closed = closed && fcntl(fd, F_GETFD) == -1;
        };
        return application.authenticate() == PAM_SUCCESS && closed;
    }));
}

BOOST_AUTO_TEST_CASE(descriptors_do_not_pass_to_a_program_that_the_host_starts) {
    Server server(asks_both(Verdict::success));
    Application application(only_userd);
    application.answers = {"correct horse", "123456"};
    application.at_prompt = [] {
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            std::error_code gone;
            const auto target = std::filesystem::read_symlink(entry.path(), gone).string();
            if (target.starts_with("socket:"))
                BOOST_TEST((fcntl(std::stoi(entry.path().filename().string()), F_GETFD) & FD_CLOEXEC) != 0);
        }
    };
    BOOST_TEST(application.authenticate() == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(no_descriptor_is_left_open) {
    const auto scripts = {asks_both(Verdict::success), asks_both(Verdict::auth_err), Script([](Peer&) {}),
                          Script([](Peer& peer) { peer.send_bytes("nonsense"); })};
    for (const auto& script : scripts) {
        Server server(script);
        BOOST_TEST(in_child([] {  // in the parent the server opens and closes its own
            Application application(only_userd);
            application.answers.assign(4, "correct horse");
            application.authenticate();  // loads the module
            const auto before = open_descriptors();
            application.authenticate();
            application.account();
            return open_descriptors() == before;
        }));
    }
}

BOOST_AUTO_TEST_CASE(without_descriptors_everything_is_refused) {
    Server server(asks_both(Verdict::auth_err));
    for (rlim_t limit = 0; limit < 24; ++limit)
        BOOST_TEST(in_child([limit] {
                       Application application(only_userd);
                       pam_setcred(application.pamh, 0);  // loads the module
                       const rlimit few = {limit, limit};
                       setrlimit(RLIMIT_NOFILE, &few);
                       return all_refuse(application);
                   }),
                   "descriptors: " << limit);
}

BOOST_AUTO_TEST_CASE(a_process_that_may_open_nothing_gets_a_system_error) {
    Server server(asks_both(Verdict::success));
    BOOST_TEST(in_child([] {
        LoadedApplication application;
        const rlimit none = {0, 0};
        setrlimit(RLIMIT_NOFILE, &none);
        return application.authenticate() == PAM_SYSTEM_ERR && application.account() == PAM_SYSTEM_ERR;
    }));
}

// From any allocation on nothing is to be had, in the module, in libpam and in what the C library does for
// them.
BOOST_AUTO_TEST_CASE(without_memory_everything_is_refused) {
    if (!malloc_can_fail) return;
    Server server(asks_both(Verdict::auth_err));
    for (int n = 1; n < 60; ++n)
        BOOST_TEST(in_child([n] {
                       Application application(only_userd);
                       pam_setcred(application.pamh, 0);
                       application.answers.assign(8, "correct horse");
                       application.shown.reserve(64);
                       fail_malloc_from(n);
                       const bool refused = all_refuse(application);
                       fail_malloc_from(0);
                       return refused;
                   }),
                   "allocation " << n);
}

// A yes without the memory to keep the token is no yes: the account phase would refuse what was proved.
BOOST_AUTO_TEST_CASE(a_token_that_cannot_be_kept_is_no_success) {
    if (!malloc_can_fail) return;
    Server server(asks_both(Verdict::success));
    int refused = 0;
    for (int n = 1; n < 12; ++n)
        refused += in_child([n] {
            LoadedApplication application;
            application.answers = {"correct horse", "123456"};
            application.at_prompt = [&] { fail_malloc_at(application.shown.size() == 2 ? n : 0); };
            const int code = application.authenticate();
            fail_malloc_at(0);
            return code == PAM_BUF_ERR;
        });
    BOOST_TEST(refused >= 4);  // the token, libpam's entry for it and that one's name; PAM_AUTHTOK
}

BOOST_AUTO_TEST_CASE(signals_do_not_cut_a_wait_short) {
    Server server([](Peer& peer) {
        usleep(100'000);
        if (!peer.ask(Ask::password, "Password: ")) return;
        usleep(100'000);
        peer.verdict(Verdict::success);
    });
    struct sigaction tick = {}, before = {};
    tick.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(SIGALRM, &tick, &before);
    const itimerval often = {{0, 5'000}, {0, 5'000}}, never = {};
    Application application(only_userd);
    application.answers = {"correct horse"};
    setitimer(ITIMER_REAL, &often, nullptr);
    const int code = application.authenticate();
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before, nullptr);
    BOOST_TEST(code == PAM_SUCCESS);
}

BOOST_AUTO_TEST_CASE(a_daemon_that_hangs_up_raises_no_signal) {
    Server server([](Peer& peer) {
        peer.send({{wire::StepKind::ask_hidden, Ask::password, {}, "Password: "}});
    });
    BOOST_TEST(in_child([] {
        signal(SIGPIPE, SIG_DFL);
        Application application(only_userd);
        application.answers = {"correct horse"};
        application.at_prompt = [] { usleep(50'000); };
        return application.authenticate() == PAM_AUTHINFO_UNAVAIL;
    }));
}

BOOST_AUTO_TEST_CASE(secrets_are_wiped_on_every_way_out) {
    if (!malloc_can_fail) return;  // a sanitizer keeps freed memory in quarantine
    const auto changes = [](Peer& peer) {
        if (peer.ask(Ask::password, "Password: ") && peer.ask(Ask::new_password, "New: ") &&
            peer.ask(Ask::new_password_again, "Again: "))
            peer.verdict(Verdict::success, std::string(wire::token_size, 't'));
    };
    const auto scripts = {asks_both(Verdict::success), asks_both(Verdict::auth_err), Script(changes),
                          Script([](Peer& peer) { peer.ask(Ask::password, "Password: "); }),
                          Script([](Peer& peer) {
                              peer.ask(Ask::password, "Password: ");
                              peer.send_bytes("nonsense");
                          })};
    for (const auto& script : scripts) {
        Server server(script);
        for (const char* stack : {only_userd,
                                  "auth required MODULE try_first_pass\naccount required MODULE\n"
                                  "password required MODULE try_first_pass\n"})
            BOOST_TEST(forgets_after(stack));
    }
}

BOOST_AUTO_TEST_CASE(the_search_for_secrets_finds_one) {
    if (!malloc_can_fail) return;  // and has shadow memory that nobody may read
    BOOST_TEST(in_child([] {
        pam_response* response = nullptr;
        type_secret(&response);
        return secret_in_memory();
    }));
}

BOOST_AUTO_TEST_SUITE_END()
