// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "daemon/bus/call.h"

namespace userd::bus {

// Counts each uid's calls that wait for an answer, over all connections.
class InFlight {
 public:
    // A place in the count, given back when it goes; null when the uid has its share.
    using Place = std::shared_ptr<void>;
    Place enter(std::uint32_t uid) {
        const auto counts = counts_;
        unsigned& count = (*counts)[uid];
        if (count >= (uid == 0 ? root_share : share)) return nullptr;
        ++count;
        return Place(counts.get(), [counts, uid](void*) {
            if (--(*counts)[uid] == 0) counts->erase(uid);
        });
    }

 private:
    static constexpr unsigned share = 32, root_share = 512;
    std::shared_ptr<std::map<std::uint32_t, unsigned>> counts_ =
        std::make_shared<std::map<std::uint32_t, unsigned>>();
};

struct Call::State {
    State(BusMessage m, Core& c) : message(std::move(m)), core(c) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    BusMessage message;
    Core& core;
    Caller caller;
    ObjectId subject;
    Right right = Right::none;
    bool sees_private = false;
    bool answered = false;
    InFlight::Place place;
};

}  // namespace userd::bus
