// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace userd::bench {

// Nanoseconds of processor time, all threads together: what other programs of the machine do counts less.
inline double processor_time() {
    timespec now;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// What one call of `work` takes, which does `count` things, per thing.
template <typename Work>
double nanoseconds_each(std::size_t count, Work work) {
    const double before = processor_time();
    work();
    return (processor_time() - before) / static_cast<double>(count);
}

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

// One line of the report: what was measured, held against what it is measured with.
inline void row(std::string_view what, double ours, std::string_view peer, double theirs,
                std::string_view target) {
    fmt::print("{:<44} {:>9.1f} ns   {:>9.1f} ns {:<16} × {:<5.2f} target {}\n", what, ours, theirs, peer,
               ours / theirs, target);
}
inline void row(std::string_view what, double ours, std::string_view target) {
    fmt::print("{:<44} {:>9.1f} ns   {:>37} target {}\n", what, ours, "", target);
}

}  // namespace userd::bench
