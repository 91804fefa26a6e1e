// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>

#include "daemon/runtime/loop.h"

namespace userd {

// What waits for something that few may use at once: one queue per source and, within it, per account. They
// are served in turn, so a flood waits behind itself. Main thread only.
class TurnQueue {
 public:
    struct Lane {
        std::string source;   // see lockout.h
        std::string account;  // whatever tells accounts apart
    };

    // Beyond these there is no place to wait.
    static constexpr std::size_t most_waiting = 2048, most_of_one_source = 512;

    // `is_free`: whether one more may start now.
    TurnQueue(Loop& loop, Duration longest_wait, std::function<bool()> is_free)
        : loop_(loop), longest_wait_(longest_wait), is_free_(std::move(is_free)) {}
    TurnQueue(const TurnQueue&) = delete;
    TurnQueue& operator=(const TurnQueue&) = delete;

    // Calls exactly one of the two, perhaps at once, unless the queue goes before: `start` in its turn,
    // `give_up` when there is no place, or it waited too long.
    void wait(Lane lane, std::function<void()> start, std::function<void()> give_up);
    void serve();  // somebody has ended
    std::size_t waiting() const { return items_.size(); }

 private:
    struct Item {
        Lane lane;
        std::function<void()> start, give_up;
        Watch timer;
    };
    using Items = std::list<Item>;
    struct Source {
        std::map<std::string, std::deque<Items::iterator>> accounts;
        std::size_t waiting = 0;
        std::string last;  // account served last
    };

    bool has_room_for(const std::string& source) const;
    Items::iterator take_next();
    void remove(Items::iterator item);
    void give_up(Items::iterator item);

    Loop& loop_;
    Duration longest_wait_;
    std::function<bool()> is_free_;
    Items items_;
    std::map<std::string, Source> sources_;
    std::string last_source_;
};

}  // namespace userd
