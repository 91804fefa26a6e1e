// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/workers.h"

#include <signal.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>

#include "daemon/runtime/journal.h"

namespace userd {

struct Workers::Shared {
    struct Item {
        std::function<void()> job;
        std::function<void()> done;
    };
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Item> waiting;
    bool stopping = false;  // written on the loop's thread
    // Waiting, running, or finished with the continuation still to run. The loop's thread alone.
    std::size_t accepted = 0;
};

Workers::Workers(Loop& loop, std::size_t threads) : loop_(loop), shared_(std::make_shared<Shared>()) {
    // Signals belong to the loop's thread; workers inherit a full mask.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([shared = shared_, &loop] {
            for (;;) {
                Shared::Item item;
                {
                    std::unique_lock lock(shared->mutex);
                    shared->wake.wait(lock, [&] { return shared->stopping || !shared->waiting.empty(); });
                    if (shared->stopping) return;
                    item = std::move(shared->waiting.front());
                    shared->waiting.pop_front();
                }
                item.job();
                // Let go before the post: it shares the task with the continuation, and what that holds is
                // the loop's and must end on the loop's thread.
                item.job = nullptr;
                // Without the lock: the loop's thread wakes at once and would only wait for it.
                loop.post([shared, done = std::move(item.done)] {
                    if (shared->stopping) return;
                    --shared->accepted;
                    done();
                });
            }
        });
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Workers::~Workers() {
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->stopping = true;
        shared_->waiting.clear();
    }
    shared_->wake.notify_all();
    for (auto& thread : threads_) thread.join();
}

Error Workers::error_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
        return {Errc::unavailable, "the host is short of memory", {}, {}};
    } catch (const std::exception& error) {
        return {Errc::internal, fmt::format("a job failed: {}", error.what()), {}, {}};
    } catch (...) {
        return {Errc::internal, "a job failed", {}, {}};
    }
}

bool Workers::idle() const {
    return shared_->accepted < threads_.size();
}

void Workers::submit(std::function<void()> job, std::function<void()> done) {
    ++shared_->accepted;
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->waiting.push_back({std::move(job), std::move(done)});
    }
    shared_->wake.notify_one();
}

}  // namespace userd
