// SPDX-License-Identifier: LGPL-2.1-or-later
// One thing fails at a time, each that a login needs in its turn, in the module's process and in the
// daemon's: with a wrong answer nobody gets in, with a right one there is a yes or an error.
#include <errno.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <functional>

#include "tests/unit/pam_module/application.h"
#include "tests/unit/pam_module/failing_calls.h"
#include "tests/unit/pam_module/failing_malloc.h"
#include "tests/unit/pam_module/real_daemon.h"
#include "tests/unit/pam_module/secret_search.h"

using namespace userd::pam::test;

namespace {

constexpr int errors[] = {EINTR, ENOMEM, EIO};
constexpr uid_t uid_of_account = 70001;

// What the account's person asks for, and types.
struct Question {
    const char* name;
    int (Application::*ask)(int);
    std::vector<std::string> answers;  // none: a secret, at each prompt
};

// What a child process says of it.
struct Outcome {
    Faults faults;  // that it is to meet
    std::atomic<int> code{-1};
    std::atomic<bool> has_failed{false};  // something did that was to
    std::atomic<bool> has_secret{false};
    std::atomic<bool> has_ended{false};  // neither by a signal nor by time
};

bool is_refusal(int code) {
    return code > PAM_SUCCESS && code < _PAM_RETURN_VALUES && code != PAM_IGNORE &&
           code != PAM_NEW_AUTHTOK_REQD;
}

// For what is right: a yes, or that it could not be found out; not that it was wrong, or nobody's.
bool is_honest(int code) {
    return code == PAM_SUCCESS || code == PAM_AUTHINFO_UNAVAIL || code == PAM_SYSTEM_ERR ||
           code == PAM_BUF_ERR || code == PAM_CONV_ERR;
}

void touch_stack() {
    volatile char room[256 << 10];
    for (std::size_t i = 0; i < sizeof room; i += 512) room[i] = 0;
}

// As a program does whose caller is the account: passwd is root by its file alone.
void become_callers_program() {
    if (getuid() == 0 && setreuid(uid_of_account, static_cast<uid_t>(-1)) != 0) _exit(2);
}

// `limit` takes away what it is about once the module is loaded.
void ask_in_place(const Question& question, const std::function<void()>& limit, Outcome& outcome) {
    Application application(only_userd, account);
    pam_setcred(application.pamh, 0);
    getpwnam(account);
    application.answers = question.answers;
    if (question.answers.empty()) application.instead = type_secret;
    application.keeps_texts = false;
    touch_stack();
    limit();
    outcome.code = (application.*question.ask)(0);
    outcome.has_failed = outcome.faults.disarm();
}

// In a child process.
void ask_under(const Question& question, const std::function<void()>& limit, Outcome& outcome) {
    outcome.code = -1;
    outcome.has_failed = true;
    const pid_t child = fork();
    if (child == 0) {
        for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) signal(number, SIG_DFL);
        prctl(PR_SET_DUMPABLE, 0);
        become_callers_program();
        signal(SIGALRM, SIG_DFL);
        alarm(15);
        ask_in_place(question, limit, outcome);
        outcome.has_secret = question.answers.empty() && secret_in_memory();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    outcome.has_ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct Fixture : OwnFolder {
    RealDaemon daemon;
    Shared<Outcome> outcome;

    std::vector<Question> wrong() const {
        return {
            {"a wrong code", &Application::authenticate, {password, daemon.wrong_code()}},
            {"a key where a code is wanted", &Application::account, {"-"}},
            {"a wrong old password", &Application::change_password, {"wrong", "wrong", "wrong"}},
        };
    }
    Question right() const {
        return {"what is right", &Application::authenticate, {password, daemon.code()}};
    }

    int ask(const Question& question, const std::function<void()>& limit) {
        ask_under(question, limit, *outcome);
        return outcome->code;
    }
    // Nothing fails: what the loops below come to in the end.
    void check_without_faults() {
        for (const auto& question : wrong()) BOOST_TEST(is_refusal(ask(question, [] {})), question.name);
        BOOST_REQUIRE(daemon.next_step());
        BOOST_TEST(ask(right(), [] {}) == PAM_SUCCESS);
    }
    void check(const Question& question, bool is_right, const std::string& what) {
        BOOST_TEST(outcome->has_ended, question.name << ", " << what);
        BOOST_TEST(!outcome->has_secret, question.name << ", " << what);
        BOOST_TEST((is_right ? is_honest(outcome->code) : is_refusal(outcome->code)),
                   question.name << ", " << what << ": " << outcome->code.load());
    }

    using Arm = std::function<void(Faults&, long n)>;
    // Each n in turn, until there is no n-th.
    void fail_each(bool is_right, const std::function<Question()>& question_now, const Arm& arm,
                   const std::string& what) {
        for (long n = 1;; ++n) {
            BOOST_REQUIRE(daemon.next_step());
            const Question question = question_now();
            ask(question, [&] {
                obey(outcome->faults);
                arm(outcome->faults, n);
            });
            check(question, is_right, what + " " + std::to_string(n));
            if (!outcome->has_failed) break;
        }
    }
    void fail_each_of_all(const Arm& arm, const std::string& what) {
        for (std::size_t i = 0; i < wrong().size(); ++i)
            fail_each(
                false, [&] { return wrong()[i]; }, arm, what);
        fail_each(
            true, [&] { return right(); }, arm, what);
    }
};

std::uint64_t address_space(pid_t process) {
    unsigned long pages = 0;
    FILE* file = fopen(("/proc/" + std::to_string(process) + "/statm").c_str(), "re");
    if (file == nullptr || fscanf(file, "%lu", &pages) != 1) _exit(2);
    fclose(file);
    return std::uint64_t{pages} * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

rlim_t lowest_free_descriptor(pid_t process) {
    const std::string folder = "/proc/" + std::to_string(process) + "/fd/";
    rlim_t number = 0;
    struct stat entry {};
    while (lstat((folder + std::to_string(number)).c_str(), &entry) == 0) ++number;
    return number;
}

void limit_to(__rlimit_resource resource, std::uint64_t value) {
    const rlimit limit = {value, value};
    setrlimit(resource, &limit);
}

// Whether the cases can do their work. Under a sanitizer they have none; elsewhere they must not pass for
// nothing.
bool faults_are_met() {
    if (calls_can_fail()) return true;
    BOOST_TEST(!malloc_can_fail,
               "this kernel has no user notification of seccomp: nothing can be made to fail");
    return false;
}

void fail_allocation(Faults& faults, long n) {
    faults.fail_allocation(n);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(fail_closed, Fixture)

BOOST_AUTO_TEST_CASE(nothing_that_fails_in_the_module_lets_anybody_in) {
    check_without_faults();
    if (!faults_are_met()) return;
    fail_each_of_all(fail_allocation, "allocation");
    for (const int error : errors)
        fail_each_of_all([error](Faults& faults, long n) { faults.fail_call(n, error); },
                         std::string("system call, ") + strerror(error));
}

BOOST_AUTO_TEST_CASE(secrets_are_wiped_whatever_fails) {
    if (!faults_are_met()) return;
    const Question secret{"a secret", &Application::authenticate, {}};
    const auto now = [&] {
        change_secret();
        return secret;
    };
    fail_each(false, now, fail_allocation, "allocation");
    fail_each(
        false, now, [](Faults& faults, long n) { faults.fail_call(n, EIO); }, "system call");
}

BOOST_AUTO_TEST_CASE(no_limit_of_the_modules_process_lets_anybody_in) {
    for (rlim_t count = 0; count < 16; ++count) {
        for (const auto& question : wrong()) {
            ask(question, [count] { limit_to(RLIMIT_NOFILE, count); });
            check(question, false, std::to_string(count) + " descriptors");
        }
        BOOST_REQUIRE(daemon.next_step());
        ask(right(), [count] { limit_to(RLIMIT_NOFILE, count); });
        check(right(), true, std::to_string(count) + " descriptors");
    }
    BOOST_TEST(outcome->code == PAM_SUCCESS);
    if (!malloc_can_fail) return;
    for (std::uint64_t more = 0; more <= 256 << 10; more += 8 << 10) {
        for (const auto& question : wrong()) {
            ask(question, [more] { limit_to(RLIMIT_AS, address_space(getpid()) + more); });
            check(question, false, std::to_string(more) + " bytes");
        }
        BOOST_REQUIRE(daemon.next_step());
        ask(right(), [more] { limit_to(RLIMIT_AS, address_space(getpid()) + more); });
        check(right(), true, std::to_string(more) + " bytes");
    }
    BOOST_TEST(outcome->code == PAM_SUCCESS);
}

// The daemon lives on or is started again; whichever it is, the next right login gets in, and a code that was
// told to be right is right once.
BOOST_AUTO_TEST_CASE(nothing_that_fails_in_the_daemon_lets_anybody_in_or_keeps_them_out) {
    if (!faults_are_met()) return;
    const auto log_in = [](const std::string& code) {
        Application application(only_userd, account);
        application.answers = {password, code};
        return application.authenticate();
    };
    const auto fail_each_in_turn = [&](const Arm& arm, const std::string& what) {
        int rounds_without = 0;
        for (long n = 1; rounds_without < 3; ++n) {  // how many there are is not the same each time
            arm(daemon.faults(), n);
            const int wrong = log_in(daemon.wrong_code());
            bool has_failed = daemon.faults().disarm();
            BOOST_TEST(is_refusal(wrong), what << " " << n << ": " << wrong);
            BOOST_REQUIRE_MESSAGE(daemon.next_step(), "it hangs: " << what << " " << n);
            arm(daemon.faults(), n);
            const int first = log_in(daemon.code());
            has_failed = daemon.faults().disarm() || has_failed;
            BOOST_TEST(is_honest(first), what << " " << n << ": " << first);
            BOOST_REQUIRE_MESSAGE(daemon.settle(), "it hangs: " << what << " " << n);
            const int second = log_in(daemon.code());
            BOOST_TEST((first != PAM_SUCCESS || second != PAM_SUCCESS),
                       what << " " << n << ", the same code");
            BOOST_REQUIRE_MESSAGE(daemon.next_step(), "it hangs: " << what << " " << n);
            const int third = log_in(daemon.code());
            BOOST_TEST(third == PAM_SUCCESS, what << " " << n << " (call " << daemon.faults().failed_call
                                                  << "), afterwards: " << third);
            BOOST_REQUIRE(daemon.next_step());
            rounds_without = has_failed ? 0 : rounds_without + 1;
        }
        BOOST_TEST_MESSAGE(what << ": died " << daemon.deaths() << " times so far");
    };
    fail_each_in_turn(fail_allocation, "allocation");
    for (const int error : errors)
        fail_each_in_turn([error](Faults& faults, long n) { faults.fail_call(n, error); },
                          std::string("system call, ") + strerror(error));
}

// A right key is no code, and the account's own change wants the old password, whatever fails behind them.
BOOST_AUTO_TEST_CASE(nothing_that_fails_in_the_daemon_lets_a_key_or_a_wrong_old_password_through) {
    if (!faults_are_met()) return;
    const auto fail_each_in_turn = [&](std::size_t which, const Arm& arm, const std::string& what) {
        int rounds_without = 0;
        for (long n = 1; rounds_without < 3; ++n) {
            const Question question = wrong()[which];
            arm(daemon.faults(), n);
            ask(question, [] {});
            const bool has_failed = daemon.faults().disarm();
            check(question, false, what + " " + std::to_string(n));
            BOOST_REQUIRE_MESSAGE(daemon.next_step(), "it hangs: " << what << " " << n);
            rounds_without = has_failed ? 0 : rounds_without + 1;
        }
        BOOST_TEST_MESSAGE(what << ": died " << daemon.deaths() << " times so far");
    };
    for (const std::size_t which : {std::size_t{1}, std::size_t{2}}) {
        fail_each_in_turn(which, fail_allocation, "allocation");
        // One error a call, another one for the next: the login above has each of them at each call.
        fail_each_in_turn(
            which,
            [](Faults& faults, long n) {
                faults.fail_call(n, errors[static_cast<std::size_t>(n) % std::size(errors)]);
            },
            "system call");
    }
}

BOOST_AUTO_TEST_CASE(no_limit_of_the_daemon_lets_anybody_in_or_keeps_them_out) {
    const auto ask_all = [&](__rlimit_resource resource, const std::function<rlim_t()>& limit,
                             const std::string& what) {
        for (std::size_t i = 0; i < 4; ++i) {
            const bool is_right = i == 3;
            const Question question = is_right ? right() : wrong()[i];
            rlimit before{};
            BOOST_REQUIRE(prlimit(daemon.process(), resource, nullptr, &before) == 0);
            const rlimit low{limit(), before.rlim_max};
            BOOST_REQUIRE(prlimit(daemon.process(), resource, &low, nullptr) == 0);
            ask(question, [] {});
            prlimit(daemon.process(), resource, &before, nullptr);  // it may have died of it
            check(question, is_right, what);
            BOOST_REQUIRE_MESSAGE(daemon.next_step(), "it hangs: " << what);
        }
    };
    for (rlim_t more = 0; more <= 4; ++more)
        ask_all(
            RLIMIT_NOFILE, [&] { return lowest_free_descriptor(daemon.process()) + more; },
            std::to_string(more) + " descriptors more");
    BOOST_TEST(outcome->code == PAM_SUCCESS);
    if (!malloc_can_fail) return;
    for (rlim_t more = 0; more <= 4 << 20; more = more == 0 ? 16 << 10 : more * 2)
        ask_all(
            RLIMIT_AS, [&] { return address_space(daemon.process()) + more; },
            std::to_string(more) + " bytes more");
    BOOST_TEST(outcome->code == PAM_SUCCESS);
}

BOOST_AUTO_TEST_SUITE_END()
