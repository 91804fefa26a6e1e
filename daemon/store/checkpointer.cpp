// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/checkpointer.h"

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "daemon/store/database.h"

namespace userd::store {

namespace {

constexpr auto pause = std::chrono::milliseconds(200);  // each round writes the pages that all changes touch

void run(const std::stop_token& stop, const std::string& path) {
    const auto database = Database::open(path, Database::Mode::write);
    if (!database) return;
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    while (!never.wait_for(lock, stop, pause, [] { return false; }) && !stop.stop_requested())
        (void)(*database)->execute("PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace

Checkpointer::Checkpointer(std::string path)
    : thread_([path = std::move(path)](const std::stop_token& stop) { run(stop, path); }) {}

}  // namespace userd::store
