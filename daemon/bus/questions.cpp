// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/questions.h"

#include <cstring>

namespace userd::bus {

Result<std::uint64_t> Questions::ask(sd_bus* bus, sd_bus_message* question, Duration bound, Then then) {
    const std::uint64_t number = ++last_;
    Waiting& waiting = waiting_[number];
    waiting.owner = this;
    waiting.number = number;
    waiting.then = std::move(then);
    const int r = sd_bus_call_async(bus, out(waiting.slot), question, on_answer, &waiting,
                                    static_cast<std::uint64_t>(bound.count()));
    if (r < 0) {
        waiting_.erase(number);
        return fail(Errc::unavailable, "ask {} on the bus: {}", sd_bus_message_get_destination(question),
                    std::strerror(-r));
    }
    return number;
}

int Questions::on_answer(sd_bus_message* answer, void* data, sd_bus_error*) {
    auto* waiting = static_cast<Waiting*>(data);
    guarded("the answer to a question", [&] {
        auto node = waiting->owner->waiting_.extract(waiting->number);
        node.mapped().then(answer);
    });
    return 1;
}

}  // namespace userd::bus
