// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>

#include "common/base/fd.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

std::chrono::microseconds read_clock(clockid_t id) {
    timespec time{};
    clock_gettime(id, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000);
}

// C calls this: nothing may unwind out of it. Out of memory is the end: what was under way is half done, and
// those who wait for it would wait for ever. Whoever starts the program starts it afresh.
template <typename F>
int guarded(F&& callback) noexcept {
    try {
        callback();
    } catch (const std::bad_alloc&) {
        std::abort();
    } catch (const std::exception& error) {
        journal::error("a callback failed: {}", error.what());
    }
    return 0;
}

constexpr std::uint64_t accuracy_us = 1000;

}  // namespace

Time SystemClock::now() const {
    return Time(read_clock(CLOCK_REALTIME));
}
BootTime SystemClock::boot_now() const {
    return BootTime(read_clock(CLOCK_BOOTTIME));
}

struct Watch::State {
    std::function<void(std::uint32_t)> callback;
    std::uint64_t interval_us = 0;
    Handle<sd_event_source, sd_event_source_disable_unref> source;

    // The callback may drop the Watch that holds it, so a copy runs: the function object must outlive its own
    // call.
    void call(std::uint32_t events) {
        const auto copy = callback;
        copy(events);
    }
};

Watch::Watch() = default;
Watch::Watch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

bool Watch::set_events(std::uint32_t events) {
    return state_ && sd_event_source_set_io_events(state_->source.get(), events) >= 0;
}

struct Loop::Inbox {
    std::mutex mutex;
    std::deque<Callback> waiting;
    Fd wake;
};

Result<std::unique_ptr<Loop>> Loop::open() {
    std::unique_ptr<Loop> loop(new Loop);
    if (const int r = sd_event_new(out(loop->event_)); r < 0)
        return fail(Errc::internal, "create the event loop: {}", std::strerror(-r));
    loop->inbox_ = std::make_shared<Inbox>();
    loop->inbox_->wake = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!loop->inbox_->wake) return fail(Errc::internal, "eventfd: {}", std::strerror(errno));
    loop->inbox_watch_ =
        TRY(loop->watch_io(loop->inbox_->wake.get(), EPOLLIN, [inbox = loop->inbox_](std::uint32_t) {
            std::uint64_t count = 0;
            [[maybe_unused]] const ssize_t n = ::read(inbox->wake.get(), &count, sizeof count);
            std::deque<Callback> batch;
            {
                const std::lock_guard lock(inbox->mutex);
                batch.swap(inbox->waiting);
            }
            for (auto& callback : batch) guarded(callback);
        }));
    return loop;
}

Loop::~Loop() = default;

Result<Watch> Loop::watch_io(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback) {
    auto state = std::make_unique<Watch::State>();
    state->callback = std::move(callback);
    const int r = sd_event_add_io(
        event_.get(), out(state->source), fd, events,
        [](sd_event_source*, int, std::uint32_t happened, void* data) {
            return guarded([&] { static_cast<Watch::State*>(data)->call(happened); });
        },
        state.get());
    if (r < 0) return fail(Errc::internal, "watch a descriptor: {}", std::strerror(-r));
    return Watch(std::move(state));
}

Result<Watch> Loop::call_after(Duration delay, Callback callback) {
    auto state = std::make_unique<Watch::State>();
    state->callback = [callback = std::move(callback)](std::uint32_t) { callback(); };
    const int r = sd_event_add_time_relative(
        event_.get(), out(state->source), CLOCK_BOOTTIME, static_cast<std::uint64_t>(delay.count()),
        accuracy_us,
        [](sd_event_source*, std::uint64_t, void* data) {
            return guarded([&] { static_cast<Watch::State*>(data)->call(0); });
        },
        state.get());
    if (r < 0) return fail(Errc::internal, "start a timer: {}", std::strerror(-r));
    return Watch(std::move(state));
}

Result<Watch> Loop::call_every(Duration interval, Callback callback) {
    auto state = std::make_unique<Watch::State>();
    state->interval_us = static_cast<std::uint64_t>(interval.count());
    state->callback = [callback = std::move(callback)](std::uint32_t) { callback(); };
    const int r = sd_event_add_time_relative(
        event_.get(), out(state->source), CLOCK_BOOTTIME, state->interval_us, accuracy_us,
        [](sd_event_source* source, std::uint64_t, void* data) {
            auto* self = static_cast<Watch::State*>(data);
            sd_event_source_set_time_relative(source,
                                              self->interval_us);  // before the call, which may free it
            sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
            return guarded([&] { self->call(0); });
        },
        state.get());
    if (r < 0) return fail(Errc::internal, "start a timer: {}", std::strerror(-r));
    return Watch(std::move(state));
}

Result<Watch> Loop::on_signal(int signal, Callback callback) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    auto state = std::make_unique<Watch::State>();
    state->callback = [callback = std::move(callback)](std::uint32_t) { callback(); };
    const int r = sd_event_add_signal(
        event_.get(), out(state->source), signal,
        [](sd_event_source*, const signalfd_siginfo*, void* data) {
            return guarded([&] { static_cast<Watch::State*>(data)->call(0); });
        },
        state.get());
    if (r < 0) return fail(Errc::internal, "watch signal {}: {}", signal, std::strerror(-r));
    return Watch(std::move(state));
}

void Loop::call_soon(Callback callback) {
    post(std::move(callback));
}

void Loop::post(Callback callback) {
    {
        const std::lock_guard lock(inbox_->mutex);
        inbox_->waiting.push_back(std::move(callback));
    }
    const std::uint64_t one = 1;
    while (::write(inbox_->wake.get(), &one, sizeof one) < 0 && errno != EAGAIN)  // then it is awake already
        if (errno != EINTR) std::abort();                                         // nobody would hear of it
}

Result<void> Loop::run() {
    if (const int r = sd_event_loop(event_.get()); r < 0)
        return fail(Errc::internal, "run the event loop: {}", std::strerror(-r));
    return {};
}

void Loop::stop() {
    sd_event_exit(event_.get(), 0);
}

Result<bool> Loop::run_once(Duration at_most) {
    const int r = sd_event_run(event_.get(), static_cast<std::uint64_t>(at_most.count()));
    if (r < 0) return fail(Errc::internal, "run the event loop: {}", std::strerror(-r));
    return r > 0;
}

}  // namespace userd
