// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace userd {

// Wall-clock time, UTC. What the store keeps and what people see.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;
// Time since boot, suspend included (CLOCK_BOOTTIME): nobody can set it. For waiting, tokens, remembered
// codes.
using BootTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;

constexpr std::int64_t to_unix(Time time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
constexpr Time from_unix(std::int64_t seconds) {
    return Time(std::chrono::seconds(seconds));
}

// Where time comes from. Rules take the time as an argument; only faces and wiring hold a Clock.
class Clock {
 public:
    virtual ~Clock() = default;
    virtual Time now() const = 0;
    virtual BootTime boot_now() const = 0;
};

class SystemClock final : public Clock {
 public:
    Time now() const override;
    BootTime boot_now() const override;
};

// For tests: stands still until moved; the two clocks move apart as a real host's do.
class FakeClock final : public Clock {
 public:
    explicit FakeClock(Time start = from_unix(1'800'000'000)) : now_(start) {}
    Time now() const override { return now_; }
    BootTime boot_now() const override { return boot_; }
    void advance(Duration by) {
        now_ += by;
        boot_ += by;
    }
    void set_wall(Time time) { now_ = time; }

 private:
    Time now_;
    BootTime boot_{std::chrono::hours(1)};
};

}  // namespace userd
