// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <memory>

#include "common/base/handle.h"
#include "common/base/result.h"
#include "daemon/runtime/clock.h"

namespace userd {

// A registered callback. It is called until this handle goes; keep it in the object that the callback
// touches.
class Watch {
 public:
    struct State;
    Watch();
    explicit Watch(std::unique_ptr<State> state);
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();
    explicit operator bool() const { return state_ != nullptr; }
    // Io only: which events (EPOLLIN, EPOLLOUT…) wake it from now on. 0 pauses it. False: they
    // are those of before, since the kernel has no memory.
    bool set_events(std::uint32_t events);

 private:
    std::unique_ptr<State> state_;
};

// The event loop of the main thread (sd-event). Not thread-safe but for `post`. A callback that throws is
// logged and dropped, one that finds no memory ends the program: nothing unwinds through sd_event_loop.
class Loop {
 public:
    static Result<std::unique_ptr<Loop>> open();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    using Callback = std::function<void()>;
    // `events` as epoll_ctl(2); the callback gets what happened. The descriptor stays the caller's.
    Result<Watch> watch_io(int fd, std::uint32_t events, std::function<void(std::uint32_t)> callback);
    Result<Watch> call_after(Duration delay, Callback callback);  // once, on the boot-time clock
    Result<Watch> call_every(Duration interval, Callback callback);
    Result<Watch> on_signal(int signal, Callback callback);  // blocks the signal in this thread: call early
    // After the callbacks now pending, on this thread; at most once. For what must not run inside its caller.
    void call_soon(Callback callback);
    // From any thread: run this on the loop's thread.
    void post(Callback callback);

    Result<void> run();  // until `stop`
    void stop();
    Result<bool> run_once(Duration at_most);  // for tests: one iteration; true when something was dispatched
    sd_event* event() { return event_.get(); }  // for sd_bus_attach_event

 private:
    struct Inbox;
    Loop() = default;
    Handle<sd_event, sd_event_unref> event_;
    std::shared_ptr<Inbox> inbox_;
    Watch inbox_watch_;
};

}  // namespace userd
