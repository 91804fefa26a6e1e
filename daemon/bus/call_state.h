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

// The roles that callers have dropped to, each for as long as its connection lives.
class Assumed {
 public:
    virtual ~Assumed() = default;
    virtual std::string role_of(const Caller& caller) const = 0;  // empty: none
    virtual Result<void> assume(const Caller& caller, std::string role) = 0;
};

struct Call::State {
    State(BusMessage m, Core& c, Assumed& a) : message(std::move(m)), core(c), assumed(a) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    BusMessage message;
    Core& core;
    Assumed& assumed;
    Caller caller;
    ObjectId subject;
    Right right = Right::none;
    bool by_role = false;  // it runs by the grants of the caller's roles: they limit the actor
    bool sees_private = false;
    bool answered = false;
    InFlight::Place place;
};

}  // namespace userd::bus
