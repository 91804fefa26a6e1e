// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/loop.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "daemon/runtime/workers.h"

using namespace userd;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(runtime)

BOOST_AUTO_TEST_CASE(a_timer_may_drop_itself) {
    auto loop = Loop::open().value();
    Watch timer;
    timer = loop->call_after(1ms,
                             [&] {
                                 timer = Watch();
                                 loop->stop();
                             })
                .value();
    BOOST_TEST(loop->run().has_value());
    BOOST_TEST(!timer);
}

BOOST_AUTO_TEST_CASE(a_throwing_callback_does_not_break_the_loop) {
    auto loop = Loop::open().value();
    loop->call_soon([] { throw std::runtime_error("on purpose"); });
    int calls = 0;
    auto timer = loop->call_every(1ms,
                                  [&] {
                                      if (++calls == 3) loop->stop();
                                  })
                     .value();
    BOOST_TEST(loop->run().has_value());
    BOOST_TEST(calls == 3);
}

// What waits for it would wait for ever; started afresh it does not.
BOOST_AUTO_TEST_CASE(a_callback_without_memory_ends_the_program) {
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        prctl(PR_SET_DUMPABLE, 0);
        auto loop = Loop::open().value();
        loop->call_soon([] { throw std::bad_alloc(); });
        loop->call_soon([] { _exit(0); });
        static_cast<void>(loop->run());
        _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    BOOST_TEST(WIFSIGNALED(status));
}

// One processor for the threads of this case, so that who is woken runs at once.
class OneProcessor {
 public:
    OneProcessor() {
        sched_getaffinity(0, sizeof before_, &before_);
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(sched_getcpu(), &one);
        sched_setaffinity(0, sizeof one, &one);
    }
    ~OneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
    cpu_set_t before_;
};

// What a continuation holds is the loop's: counts and calls that no lock guards.
BOOST_AUTO_TEST_CASE(a_continuation_ends_on_the_thread_of_the_loop) {
    const OneProcessor one_processor;
    auto loop = Loop::open().value();
    Workers workers(*loop, 1);
    bool elsewhere = false;
    std::shared_ptr<void> held(nullptr, [&, here = std::this_thread::get_id()](void*) {
        if (std::this_thread::get_id() != here) elsewhere = true;
        loop->stop();
    });
    // The worker steps aside as soon as the loop is woken, so that it is the last to let go, if it holds on.
    const auto step_aside = [] {
        const sched_param parameters{};
        return sched_setscheduler(0, SCHED_IDLE, &parameters);
    };
    auto timer = loop->call_after(10s, [&] { loop->stop(); }).value();
    workers.run(step_aside, [held = std::move(held)](Result<int> done) { BOOST_TEST(done.value() == 0); });
    BOOST_TEST(loop->run().has_value());
    BOOST_TEST(!elsewhere);
}

BOOST_AUTO_TEST_CASE(workers_hand_values_back_on_the_loop) {
    auto loop = Loop::open().value();
    Workers workers(*loop, 2);
    const auto here = std::this_thread::get_id();
    int sum = 0, left = 10;
    for (int i = 0; i < 10; ++i)
        workers.run([i] { return i; },
                    [&](const Result<int>& value) {
                        BOOST_TEST((std::this_thread::get_id() == here));
                        sum += value.value();
                        if (--left == 0) loop->stop();
                    });
    BOOST_TEST(loop->run().has_value());
    BOOST_TEST(sum == 45);
    BOOST_TEST(workers.idle());
}

BOOST_AUTO_TEST_CASE(a_job_without_memory_is_an_error_and_not_the_end) {
    auto loop = Loop::open().value();
    Workers workers(*loop, 1);
    std::string said;
    workers.run([]() -> std::string { throw std::bad_alloc(); },
                [&](const Result<std::string>& text) {
                    said = text ? *text : text.error().message;
                    loop->stop();
                });
    BOOST_TEST(loop->run().has_value());
    BOOST_TEST(said == "the host is short of memory");
    BOOST_TEST(workers.idle());
}

BOOST_AUTO_TEST_SUITE_END()
