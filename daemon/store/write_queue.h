// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/base/result.h"
#include "daemon/runtime/loop.h"
#include "daemon/store/store.h"

namespace userd::store {

// The writes of logins. Those that wait together share one commit: what is asked for while the loop has other
// callbacks to run, or while the disk is busy with a commit, goes into the next. Main thread only.
class WriteQueue {
 public:
    WriteQueue(Store& store, Loop& loop) : store_(store), loop_(loop) {}
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;

    // `body` runs soon, in a change of its own or a part of a joint one: it reads what those before it wrote,
    // and its error undoes it alone. `done` hears of it when all is durable, or has failed; it may write
    // again. Never inside this call. What still waits when the queue goes is neither run nor told.
    using Body = std::function<Result<void>()>;
    using Done = std::function<void(const Result<void>&)>;
    void write(Body body, Done done);

 private:
    struct Item {
        Body body;
        Done done;
        Result<void> outcome;
    };
    void run();
    Result<void> commit(std::vector<Item>& items);
    Result<void> write_one(const Body& body);

    Store& store_;
    Loop& loop_;
    std::vector<Item> waiting_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace userd::store
