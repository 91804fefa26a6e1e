// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "daemon/runtime/loop.h"

namespace userd {

template <typename T>
Result<T> as_result(T value) {
    return value;
}
template <typename T>
Result<T> as_result(Result<T> result) {
    return result;
}

// Threads for what must wait: hashing, or long reads. A job owns its values and touches nothing of the
// loop's; its continuation runs on the loop, ends there with all that either holds, and looks its objects up
// afresh. In order of arrival: fairness is
// the caller's (login/hash_queue), who hands a job over only when `idle()` says that a thread is free. Called
// on the loop's thread.
class Workers {
 public:
    Workers(Loop& loop, std::size_t threads);
    ~Workers();  // waits for the jobs that run; drops those that wait and all continuations
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // What a job hands over: the Result that it returns, or its value as one. A job that throws, for want of
    // memory, hands over an Error.
    template <typename Job>
    using Outcome = decltype(as_result(std::declval<std::invoke_result_t<Job>>()));

    // Job: callable without arguments that returns a value; Done: callable that takes the Outcome.
    template <typename Job, typename Done>
    void run(Job job, Done done) {
        auto task = std::make_shared<Task<Job, Done>>(std::move(job), std::move(done));
        submit([task] { task->work(); }, [task] { task->tell(); });
    }

    bool idle() const;  // fewer jobs accepted than threads
    std::size_t threads() const { return threads_.size(); }

 private:
    template <typename Job, typename Done>
    struct Task {
        Task(Job j, Done d) : job(std::move(j)), done(std::move(d)) {}
        void work() noexcept {
            try {
                outcome.emplace(job());
            } catch (...) {
                thrown = std::current_exception();
            }
        }
        void tell() { done(outcome ? std::move(*outcome) : Outcome<Job>(fail(error_of(thrown)))); }
        Job job;
        Done done;
        std::optional<Outcome<Job>> outcome;
        std::exception_ptr thrown;
    };
    struct Shared;
    static Error error_of(const std::exception_ptr& thrown);
    void submit(std::function<void()> job, std::function<void()> done);

    Loop& loop_;
    std::shared_ptr<Shared> shared_;
    std::vector<std::thread> threads_;
};

}  // namespace userd
