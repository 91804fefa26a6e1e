// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <map>

#include "common/base/result.h"
#include "daemon/bus/sd_bus.h"
#include "daemon/runtime/clock.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {

// Calls of ours to others on the bus, and what is to be done with their answers. Never waits. A question that
// is forgotten, or whose Questions object goes, is answered to nobody.
class Questions {
 public:
    using Then =
        std::function<void(sd_bus_message* answer)>;  // perhaps an error: sd_bus_message_is_method_error

    // Within `bound`, else the answer is an error made here. `then` runs exactly once, not before `ask`
    // returns.
    Result<std::uint64_t> ask(sd_bus* bus, sd_bus_message* question, Duration bound, Then then);
    void forget(std::uint64_t number) { waiting_.erase(number); }

 private:
    struct Waiting {
        Questions* owner = nullptr;
        std::uint64_t number = 0;
        Then then;
        BusSlot slot;
    };
    static int on_answer(sd_bus_message* answer, void* data, sd_bus_error* error);
    std::uint64_t last_ = 0;
    std::map<std::uint64_t, Waiting> waiting_;  // nodes stay where they are: sd-bus holds their address
};

// Runs what C called; an exception ends here, in the log.
template <typename F>
void guarded(const char* what, F&& callback) noexcept {
    try {
        callback();
    } catch (const std::exception& error) {
        journal::error("{} failed: {}", what, error.what());
    }
}

}  // namespace userd::bus
