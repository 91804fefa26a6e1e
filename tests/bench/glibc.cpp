// SPDX-License-Identifier: LGPL-2.1-or-later
// bench_glibc hits: nanoseconds of getpwnam_r for 200 hot users, through glibc and whatever nsswitch.conf
// names. bench_glibc fresh PROGRAM: microseconds of a process of PROGRAM that looks nobody up, and of one
// that looks up one user, in turns.
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "tests/bench/directory.h"
#include "tests/bench/measure.h"

using namespace userd::bench;

namespace {

constexpr std::uint32_t users = 200;

int hits() {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < users; ++i) names.push_back(user_name(i * 497));
    const auto look_up_all = [&names] {
        passwd entry;
        passwd* found = nullptr;
        char buffer[1024];
        for (const std::string& name : names)
            if (::getpwnam_r(name.c_str(), &entry, buffer, sizeof buffer, &found) != 0 || !found)
                std::abort();
    };
    // Slow ones get fewer rounds; the first pass fills what is filled on demand.
    look_up_all();
    const double first = nanoseconds_each(users, look_up_all);
    const int rounds = first > 20'000 ? 1 : 100;
    std::vector<double> turns;
    for (int i = 0; i < 15; ++i)
        turns.push_back(nanoseconds_each(users * static_cast<std::size_t>(rounds), [&] {
            for (int k = 0; k < rounds; ++k) look_up_all();
        }));
    fmt::print("{:.1f}\n", median(turns));
    return 0;
}

double microseconds_of(const char* program, const char* argument) {
    const char* arguments[] = {program, argument, nullptr};
    timespec before, after;
    ::clock_gettime(CLOCK_MONOTONIC, &before);
    pid_t child = 0;
    int status = 0;
    if (::posix_spawn(&child, program, nullptr, nullptr, const_cast<char**>(arguments), environ) != 0 ||
        ::waitpid(child, &status, 0) != child || status != 0)
        std::abort();
    ::clock_gettime(CLOCK_MONOTONIC, &after);
    return static_cast<double>(after.tv_sec - before.tv_sec) * 1e6 +
           static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e3;
}

int fresh(const char* program) {
    const std::string name = user_name(4711);
    std::vector<double> none, one;
    for (int i = 0; i < 300; ++i) {
        none.push_back(microseconds_of(program, nullptr));
        one.push_back(microseconds_of(program, name.c_str()));
    }
    fmt::print("{:.1f} {:.1f}\n", median(none), median(one));
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "hits") == 0) return hits();
    if (argc == 3 && std::strcmp(argv[1], "fresh") == 0) return fresh(argv[2]);
    return 2;
}
