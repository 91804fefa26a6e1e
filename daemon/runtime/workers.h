// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "daemon/runtime/loop.h"

namespace userd {

// Threads for what must wait: hashing, or long reads. A job owns its values and touches nothing of the
// loop's; its continuation runs on the loop and looks its objects up afresh. In order of arrival: fairness is
// the caller's (login/hash_queue), who hands a job over only when `idle()` says that a thread is free.
class Workers {
 public:
    Workers(Loop& loop, std::size_t threads);
    ~Workers();  // waits for the jobs that run; drops those that wait and all continuations
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Job: callable without arguments that returns a value; Done: callable that takes it.
    template <typename Job, typename Done>
    void run(Job job, Done done) {
        using Product = std::invoke_result_t<Job>;
        auto shared = std::make_shared<Task<Product, Job, Done>>(std::move(job), std::move(done));
        submit([shared] { shared->value = std::make_unique<Product>(shared->job()); },
               [shared] { shared->done(std::move(*shared->value)); });
    }

    bool idle() const;  // fewer jobs accepted than threads
    std::size_t threads() const { return threads_.size(); }

 private:
    template <typename Product, typename Job, typename Done>
    struct Task {
        Task(Job j, Done d) : job(std::move(j)), done(std::move(d)) {}
        Job job;
        Done done;
        std::unique_ptr<Product> value;
    };
    struct Shared;
    void submit(std::function<void()> job, std::function<void()> done);

    Loop& loop_;
    std::shared_ptr<Shared> shared_;
    std::vector<std::thread> threads_;
};

}  // namespace userd
