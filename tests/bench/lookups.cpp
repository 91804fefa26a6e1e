// SPDX-License-Identifier: LGPL-2.1-or-later
// bench_lookups MODULE: lookups with the module called directly, in a folder that bench_prepare made. Each
// row is measured in turns with what it is held against, in one process; medians of the turns.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <numeric>
#include <random>
#include <thread>

#include "tests/bench/directory.h"
#include "tests/bench/floor.h"
#include "tests/bench/measure.h"
#include "tests/unit/nss/module.h"

using namespace userd;
using namespace userd::bench;

namespace {

constexpr std::size_t turns = 21;
constexpr std::size_t hot_users = 200;

// What is looked up, made beforehand: the measured loops only look up.
struct Keys {
    std::vector<std::string> names;
    std::vector<uid_t> uids;
};
Keys keys_of(const std::vector<std::uint32_t>& users) {
    Keys keys;
    for (const std::uint32_t i : users)
        keys.names.push_back(user_name(i)), keys.uids.push_back(first_uid + i);
    return keys;
}
std::vector<std::uint32_t> shuffled(std::uint32_t seed, std::size_t count = user_count) {
    std::vector<std::uint32_t> users(user_count);
    std::iota(users.begin(), users.end(), 0);
    std::shuffle(users.begin(), users.end(), std::mt19937(seed));
    users.resize(count);
    return users;
}

class Bench {
 public:
    Bench(const test::Module& module, const Floor& floor) : module_(module), floor_(floor) {}

    void by_name(const std::vector<std::string>& names, nss_status expected = NSS_STATUS_SUCCESS) const {
        passwd entry;
        char buffer[1024];
        int error = 0;
        for (const std::string& name : names)
            if (module_.getpwnam_r(name.c_str(), &entry, buffer, sizeof buffer, &error) != expected)
                std::abort();
    }
    void by_uid(const std::vector<uid_t>& uids) const {
        passwd entry;
        char buffer[1024];
        int error = 0;
        for (const uid_t uid : uids)
            if (module_.getpwuid_r(uid, &entry, buffer, sizeof buffer, &error) != NSS_STATUS_SUCCESS)
                std::abort();
    }
    void floor_by_name(const std::vector<std::string>& names, bool expected = true) const {
        passwd entry;
        char buffer[1024];
        for (const std::string& name : names)
            if (floor_.find(name.c_str(), &entry, buffer, sizeof buffer) != expected) std::abort();
    }
    void initgroups(const std::vector<std::string>& names) const {
        long size = 64;
        auto* gids = static_cast<gid_t*>(std::malloc(64 * sizeof(gid_t)));
        int error = 0;
        for (const std::string& name : names) {
            long used = 0;
            if (module_.initgroups_dyn(name.c_str(), 1, &used, &size, &gids, -1, &error) !=
                    NSS_STATUS_SUCCESS ||
                used != groups_each)
                std::abort();
        }
        std::free(gids);
    }

 private:
    const test::Module& module_;
    const Floor& floor_;
};

using Work = std::function<void()>;

// Medians of both, in turns.
std::pair<double, double> in_turns(std::size_t count, const Work& ours, const Work& theirs) {
    std::vector<double> our, their;
    for (std::size_t i = 0; i < turns; ++i) {
        our.push_back(nanoseconds_each(count, ours));
        their.push_back(nanoseconds_each(count, theirs));
    }
    return {median(our), median(their)};
}

template <typename Lookup>
Work repeated(std::size_t times, Lookup lookup) {
    return [times, lookup] {
        for (std::size_t i = 0; i < times; ++i) lookup();
    };
}

void on_threads(std::size_t threads, const Work& work) {
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < threads; ++i) all.emplace_back(work);
    for (auto& thread : all) thread.join();
}

// What the module and the snapshot's files take of this process's own memory. Not what is called dirty: that
// also counts pages of a file that has just been written.
std::size_t private_kilobytes(const std::string& module) {
    std::ifstream maps("/proc/self/smaps");
    std::string line;
    std::size_t sum = 0;
    bool counts = false;
    while (std::getline(maps, line)) {
        if (line.find('-') < line.find(' '))
            counts = line.ends_with(module) || line.find("/nss/") != std::string::npos;
        else if (counts && line.starts_with("Anonymous:"))
            sum += std::stoul(line.substr(line.find_first_of("0123456789")));
    }
    return sum;
}

void hot(const Bench& bench) {
    constexpr std::size_t rounds = 500;
    const Keys keys = keys_of(shuffled(1, hot_users));
    const std::size_t count = rounds * hot_users;
    const auto name = [&] { bench.by_name(keys.names); };
    const auto floor = [&] { bench.floor_by_name(keys.names); };
    const auto [our_name, their_name] = in_turns(count, repeated(rounds, name), repeated(rounds, floor));
    row("getpwnam, 200 hot users", our_name, "floor", their_name, "≤ 1.1 × nscd's");
    const auto uid = [&] { bench.by_uid(keys.uids); };
    const auto [our_uid, their_uid] = in_turns(count, repeated(rounds, uid), repeated(rounds, floor));
    row("getpwuid, 200 hot users", our_uid, "floor", their_uid, "≤ 1.1 × nscd's");
    const auto groups = [&] { bench.initgroups(keys.names); };
    const auto [our_groups, unused] = in_turns(count, repeated(rounds, groups), repeated(1, floor));
    row("initgroups, 200 hot users, 8 groups", our_groups, "≤ 120 ns");
}

void threads(const Bench& bench) {
    constexpr std::size_t rounds = 1000, threads = 8;
    const Keys keys = keys_of(shuffled(1, hot_users));
    const auto one = repeated(rounds, [&] { bench.by_name(keys.names); });
    const auto floor = repeated(rounds, [&] { bench.floor_by_name(keys.names); });
    const std::size_t count = rounds * hot_users;
    std::vector<double> alone;  // before the first thread is made
    for (std::size_t i = 0; i < turns; ++i) alone.push_back(nanoseconds_each(count, one));
    const auto [ours, theirs] = in_turns(
        threads * count, [&] { on_threads(threads, one); }, [&] { on_threads(threads, floor); });
    row("8 threads at once", ours, "floor", theirs, "");
    row("  over a process of one thread", ours, "one thread", median(alone), "≤ × 1.3");
}

// Each user once per turn, in another order each turn. 100,000 of them do not fit a core's caches.
void spread(const Bench& bench) {
    std::vector<double> ours, theirs, groups;
    for (std::uint32_t i = 0; i < 7; ++i) {
        const Keys keys = keys_of(shuffled(i));
        ours.push_back(nanoseconds_each(user_count, [&] { bench.by_name(keys.names); }));
        theirs.push_back(nanoseconds_each(user_count, [&] { bench.floor_by_name(keys.names); }));
        groups.push_back(nanoseconds_each(user_count, [&] { bench.initgroups(keys.names); }));
    }
    row("getpwnam, 100,000 users in random order", median(ours), "floor", median(theirs), "≤ 300 ns");
    row("initgroups, 100,000 users in random order", median(groups), "≤ 400 ns");
}

// First of all, in a process that has looked nothing up: each page of the snapshot is touched for the first
// time.
void first_pass(const Bench& bench) {
    const Keys keys = keys_of(shuffled(99));
    const double ours = nanoseconds_each(user_count, [&] { bench.by_name(keys.names); });
    const double theirs = nanoseconds_each(user_count, [&] { bench.floor_by_name(keys.names); });
    row("the same, first pass of a process (page faults)", ours, "floor", theirs, "≤ 300 ns");
}

void misses(const Bench& bench) {
    constexpr std::uint32_t count = 100'000;
    std::vector<double> ours, theirs;
    for (std::uint32_t turn = 0; turn < 7; ++turn) {
        std::vector<std::string> names;
        for (std::uint32_t i = 0; i < count; ++i)
            names.push_back(fmt::format("ghost{:06}", turn * count + i));
        ours.push_back(nanoseconds_each(count, [&] { bench.by_name(names, NSS_STATUS_NOTFOUND); }));
        theirs.push_back(nanoseconds_each(count, [&] { bench.floor_by_name(names, false); }));
    }
    row("miss, name never asked before", median(ours), "floor", median(theirs), "≤ 60 ns");
}

}  // namespace

int main(int argc, char** argv) {
    Floor floor;
    if (argc != 2 || !floor.open("floor")) return 2;
    const test::Module module(argv[1]);
    const Bench bench(module, floor);
    bench.by_name({user_name(1)});
    const std::size_t memory = private_kilobytes(std::filesystem::path(argv[1]).filename());
    first_pass(bench);
    spread(bench);
    hot(bench);
    misses(bench);
    threads(bench);
    fmt::print("{:<44} {:>9} KiB  {:>37} target ≤ 32 KiB\n", "private memory, module and snapshot", memory,
               "");
    std::ifstream base("nss/base.1", std::ios::ate | std::ios::binary);
    fmt::print("{:<44} {:>9.1f} B    {:>37} target ≤ 260 B\n", "snapshot per user, groups and names included",
               static_cast<double>(base.tellg()) / user_count, "");
    return 0;
}
