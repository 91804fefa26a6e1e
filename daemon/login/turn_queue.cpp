// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/turn_queue.h"

#include <algorithm>
#include <utility>

namespace userd {
namespace {

// The entry after `last`, around the end: the next in turn.
template <typename Map>
typename Map::iterator next_in_turn(Map& map, const std::string& last) {
    const auto next = map.upper_bound(last);
    return next != map.end() ? next : map.begin();
}

}  // namespace

bool TurnQueue::has_room_for(const std::string& source) const {
    const auto known = sources_.find(source);
    return items_.size() < most_waiting &&
           (known == sources_.end() || known->second.waiting < most_of_one_source);
}

void TurnQueue::wait(Lane lane, std::function<void()> start, std::function<void()> give_up_call) {
    if (!has_room_for(lane.source)) return give_up_call();
    const auto item =
        items_.insert(items_.end(), {std::move(lane), std::move(start), std::move(give_up_call), {}});
    Source& source = sources_[item->lane.source];
    source.accounts[item->lane.account].push_back(item);
    ++source.waiting;
    if (is_free_()) return serve();
    // Without a timer (no memory, no descriptors) it still starts when its turn comes.
    if (auto timer = loop_.call_after(longest_wait_, [this, item] { give_up(item); }))
        item->timer = std::move(*timer);
}

void TurnQueue::serve() {
    while (!items_.empty() && is_free_()) {
        const auto item = take_next();
        const auto start = std::move(item->start);
        remove(item);
        start();
    }
}

TurnQueue::Items::iterator TurnQueue::take_next() {
    const auto source = next_in_turn(sources_, last_source_);
    last_source_ = source->first;
    const auto account = next_in_turn(source->second.accounts, source->second.last);
    source->second.last = account->first;
    return account->second.front();
}

void TurnQueue::remove(Items::iterator item) {
    const auto source = sources_.find(item->lane.source);
    const auto account = source->second.accounts.find(item->lane.account);
    auto& waiting = account->second;
    --source->second.waiting;
    waiting.erase(std::find(waiting.begin(), waiting.end(), item));
    if (waiting.empty()) source->second.accounts.erase(account);
    if (source->second.accounts.empty()) sources_.erase(source);
    items_.erase(item);
}

void TurnQueue::give_up(Items::iterator item) {
    const auto call = std::move(item->give_up);
    remove(item);
    call();
}

}  // namespace userd
