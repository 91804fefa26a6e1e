// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/hash_queue.h"

#include <algorithm>
#include <thread>

namespace userd {

std::size_t HashQueue::threads_for(const Config& config) {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const auto by_memory = config.hash_memory / std::max<std::uint64_t>(1, config.password.hash_memory);
    return std::clamp<std::size_t>(by_memory, 1, cores);
}

HashQueue::HashQueue(Loop& loop, std::size_t threads, Duration longest_wait)
    : turns_(loop, longest_wait, [this] { return workers_.idle(); }), workers_(loop, threads) {}

Failure HashQueue::busy() {
    return fail(Errc::busy, "the host is busy hashing passwords");
}

}  // namespace userd
