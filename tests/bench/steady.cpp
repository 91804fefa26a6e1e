// SPDX-License-Identifier: LGPL-2.1-or-later
// steady NAME SECONDS: looks a user up through glibc, a thousand times a second, and tells how evenly the
// answers come.
#include <pwd.h>

#include <array>
#include <string>
#include <thread>

#include "tests/bench/durable_write.h"

using namespace userd::bench;

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::array<char, 4096> buffer;
    std::vector<double> times;
    int missed = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(std::atoi(argv[2]) * 1000);
    while (std::chrono::steady_clock::now() < end) {
        passwd entry{}, *found = nullptr;
        times.push_back(time_of([&] { getpwnam_r(argv[1], &entry, buffer.data(), buffer.size(), &found); }));
        missed += found == nullptr ? 1 : 0;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    fmt::print("median {:.1f} µs   p99 {:.1f} µs   of {}, missed {}\n", median(times) * 1000,
               percentile(times, 0.99) * 1000, times.size(), missed);
}
