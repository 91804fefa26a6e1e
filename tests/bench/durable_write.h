// SPDX-License-Identifier: LGPL-2.1-or-later
// Times in milliseconds, and the durable write that a change is held against.
#pragma once

#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/measure.h"

namespace userd::bench {

// Milliseconds that a call takes.
template <typename Call>
double time_of(Call call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

inline double percentile(std::vector<double> times, double share) {
    std::sort(times.begin(), times.end());
    return times[std::min(times.size() - 1,
                          static_cast<std::size_t>(share * static_cast<double>(times.size())))];
}
// One row of one table, on the disk when the call returns: the least that a durable change can cost.
class DurableWrite {
 public:
    explicit DurableWrite(const std::string& folder) {
        const std::string path = folder + "/bench-write.db";
        check(sqlite3_open(path.c_str(), &database_));
        run("PRAGMA journal_mode=WAL");
        run("PRAGMA synchronous=FULL");
        run("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, name TEXT) STRICT");
    }
    DurableWrite(const DurableWrite&) = delete;
    DurableWrite& operator=(const DurableWrite&) = delete;
    ~DurableWrite() { sqlite3_close(database_); }

    void operator()() { run("INSERT INTO t (name) VALUES ('a name of some length')"); }

 private:
    static void check(int code) {
        if (code == SQLITE_OK) return;
        fmt::print(stderr, "durable write: {}\n", sqlite3_errstr(code));
        std::exit(1);
    }
    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
    sqlite3* database_ = nullptr;
};

}  // namespace userd::bench
