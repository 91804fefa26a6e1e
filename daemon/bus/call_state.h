// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "daemon/bus/assumed.h"
#include "daemon/bus/call.h"

namespace userd::bus {

// Counts each uid's calls that wait for an answer, and the bytes of their arguments, over all connections.
class InFlight {
 public:
    // A place in the count, given back when it goes; null when the uid has its share. Caller::none stands for
    // all whom the broker has not named yet.
    using Place = std::shared_ptr<void>;
    Place enter(std::uint32_t uid, std::size_t bytes) {
        const auto taken = taken_;
        const Share share = share_of(uid);
        Share& own = (*taken)[uid];
        if (own.calls >= share.calls || own.bytes + bytes > share.bytes) return nullptr;
        ++own.calls;
        own.bytes += bytes;
        return Place(taken.get(), [taken, uid, bytes](void*) {
            Share& left = (*taken)[uid];
            left.bytes -= bytes;
            if (--left.calls == 0) taken->erase(uid);
        });
    }

 private:
    struct Share {
        unsigned calls = 0;
        std::size_t bytes = 0;
    };
    static Share share_of(std::uint32_t uid) {
        if (uid == 0) return {512, 64 << 20};
        if (uid == Caller::none) return {4096, 16 << 20};
        return {32, 4 << 20};
    }
    std::shared_ptr<std::map<std::uint32_t, Share>> taken_ =
        std::make_shared<std::map<std::uint32_t, Share>>();
};

// Holds nothing of the connection, which may be gone before the answer.
struct Call::State {
    State(BusMessage m, Core& c, std::shared_ptr<Assumed> a)
        : message(std::move(m)), core(c), assumed(std::move(a)) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    BusMessage message;
    Core& core;
    std::shared_ptr<Assumed> assumed;
    Caller caller;
    ObjectId account;  // of ours, behind the caller when it came
    std::string role;  // that the caller had dropped to when the call arrived; empty: none
    std::size_t bytes = 0;
    ObjectId subject;
    Right right = Right::none;
    bool by_role = false;  // it runs by the grants of the caller's roles: they limit the actor
    bool sees_private = false;
    bool answered = false;
    InFlight::Place place;
};

}  // namespace userd::bus
