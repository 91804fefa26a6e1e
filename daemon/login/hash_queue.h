// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "daemon/config/config.h"
#include "daemon/login/password_hash.h"
#include "daemon/login/turn_queue.h"
#include "daemon/runtime/loop.h"
#include "daemon/runtime/workers.h"

namespace userd {

// Password hashing, bounded in memory and fair: at most as many runs at once as the memory for hashes allows,
// and what waits does so in turn. What waits for longer than a try may is of no use: that is busy at once.
// Main thread only.
class HashQueue {
 public:
    using Lane = TurnQueue::Lane;

    static constexpr std::size_t most_waiting = TurnQueue::most_waiting,
                                 most_of_one_source = TurnQueue::most_of_one_source;

    static std::size_t threads_for(const Config& config);
    HashQueue(Loop& loop, std::size_t threads, Duration longest_wait = std::chrono::seconds(8));

    HashCost cost{};  // of new hashes; set from the configuration

    // `job` runs on a worker; `done` gets its Workers::Outcome on the loop's thread, or Errc::busy when the
    // job waited too long or found no place. Exactly once, perhaps before this returns, unless the queue goes
    // before.
    template <typename Job, typename Done>
    void run(Lane lane, Job job, Done done) {
        using Answer = Workers::Outcome<Job>;
        auto task = std::make_shared<std::pair<Job, Done>>(std::move(job), std::move(done));
        turns_.wait(
            std::move(lane),
            [this, task] {
                workers_.run([task] { return task->first(); },
                             [this, task, begun = std::chrono::steady_clock::now()](Answer answer) {
                                 ++figures_.done;
                                 figures_.time += std::chrono::duration_cast<Duration>(
                                     std::chrono::steady_clock::now() - begun);
                                 turns_.serve();
                                 task->second(std::move(answer));
                             });
            },
            [this, task] {
                ++figures_.refused;
                task->second(Answer(busy()));
            });
    }

    struct Figures {
        std::size_t waiting = 0, workers = 0;  // now
        std::uint64_t done = 0, refused = 0;   // since the start
        Duration time{};                       // of those done, together
    };
    Figures figures() const {
        Figures now = figures_;
        now.waiting = turns_.waiting();
        now.workers = workers_.threads();
        return now;
    }

 private:
    static Failure busy();

    Figures figures_;
    TurnQueue turns_;
    Workers workers_;  // last: goes first, and drops the continuations that touch the rest
};

}  // namespace userd
