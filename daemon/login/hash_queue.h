// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "daemon/config/config.h"
#include "daemon/login/password_hash.h"
#include "daemon/runtime/loop.h"
#include "daemon/runtime/workers.h"

namespace userd {

// Password hashing, bounded in memory and fair: at most as many runs at once as the memory for hashes allows,
// and what waits stands in one queue per source and, within it, per account. The queues are served in turn,
// so a flood waits behind itself. Main thread only.
class HashQueue {
 public:
    struct Lane {
        std::string source;   // see lockout.h
        std::string account;  // whatever tells accounts apart
    };

    // What waits for longer than a try may is of no use: more than this is busy at once.
    static constexpr std::size_t most_waiting = 2048, most_of_one_source = 512;

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
        submit(
            std::move(lane),
            [this, task] {
                workers_.run([task] { return task->first(); },
                             [this, task, begun = std::chrono::steady_clock::now()](Answer answer) {
                                 ++figures_.done;
                                 figures_.time += std::chrono::duration_cast<Duration>(
                                     std::chrono::steady_clock::now() - begun);
                                 start_next();
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
        now.waiting = items_.size();
        now.workers = workers_.threads();
        return now;
    }

 private:
    struct Item {
        Lane lane;
        std::function<void()> start, give_up;
        Watch timer;
    };
    using Items = std::list<Item>;
    struct Source {
        std::map<std::string, std::deque<Items::iterator>> accounts;
        std::size_t waiting = 0;
        std::string last;  // account served last
    };

    static Failure busy();
    bool has_room_for(const std::string& source) const;
    void submit(Lane lane, std::function<void()> start, std::function<void()> give_up);
    void start_next();
    Items::iterator take_next();
    void remove(Items::iterator item);
    void give_up(Items::iterator item);

    Loop& loop_;
    Duration longest_wait_;
    Figures figures_;
    Items items_;
    std::map<std::string, Source> sources_;
    std::string last_source_;
    Workers workers_;  // last: goes first, and drops the continuations that touch the rest
};

}  // namespace userd
