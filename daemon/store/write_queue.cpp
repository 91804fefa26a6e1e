// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/write_queue.h"

#include <exception>
#include <new>
#include <utility>

#include "daemon/runtime/journal.h"
#include "daemon/store/database.h"

namespace userd::store {

void WriteQueue::write(Body body, Done done) {
    waiting_.push_back({std::move(body), std::move(done), {}});
    if (waiting_.size() > 1) return;
    loop_.call_soon([this, guard = std::weak_ptr(alive_)] {
        if (!guard.expired()) run();
    });
}

// Nothing is told before the commit.
void WriteQueue::run() {
    auto items = std::exchange(waiting_, {});
    const auto committed = commit(items);
    const std::weak_ptr guard(alive_);
    for (auto& item : items) {
        if (guard.expired()) return;
        if (item.outcome && !committed) item.outcome = fail(committed.error());
        try {  // one that throws must not keep the others from hearing
            item.done(item.outcome);
        } catch (const std::bad_alloc&) {
            throw;  // the end, as in any callback
        } catch (const std::exception& error) {
            journal::error("after a write: {}", error.what());
        }
    }
}

Result<void> WriteQueue::commit(std::vector<Item>& items) {
    if (items.size() == 1) return write_one(items.front().body);
    auto change = TRY(store_.begin_joint(Purpose::login));
    for (auto& item : items) {
        item.outcome = write_one(item.body);
        // Some errors, a full disk among them, end the transaction: nothing of the others is left in it.
        if (!item.outcome && !store_.database().in_transaction()) return fail(item.outcome.error());
    }
    return change.commit();
}

// A part of the joint change that is under way; else, where one alone waits, a change without a savepoint.
Result<void> WriteQueue::write_one(const Body& body) {
    try {
        auto change = TRY(store_.begin(Purpose::login));
        TRY(body());
        return change.commit();
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        return fail(Errc::unavailable, "write to the store: {}", error.what());
    }
}

}  // namespace userd::store
