// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/callers.h"

#include <string_view>

namespace userd::bus {
namespace {

constexpr Duration bound = std::chrono::seconds(5);

// a{sv} of GetConnectionCredentials; anything but one plain UnixUserID leaves nobody.
std::uint32_t uid_in(sd_bus_message* answer) {
    if (sd_bus_message_is_method_error(answer, nullptr) > 0) return Caller::none;
    if (sd_bus_message_enter_container(answer, 'a', "{sv}") <= 0) return Caller::none;
    std::uint32_t uid = Caller::none;
    while (sd_bus_message_enter_container(answer, 'e', "sv") > 0) {
        const char* key = nullptr;
        if (sd_bus_message_read(answer, "s", &key) <= 0) return Caller::none;
        if (std::string_view(key) == "UnixUserID") {
            if (sd_bus_message_read(answer, "v", "u", &uid) <= 0) return Caller::none;
        } else if (sd_bus_message_skip(answer, "v") < 0) {
            return Caller::none;
        }
        if (sd_bus_message_exit_container(answer) < 0) return Caller::none;
    }
    return uid;
}

}  // namespace

void Callers::identify(const std::string& sender, Then then) {
    if (const auto known = known_.find(sender); known != known_.end()) {
        const Caller caller = known->second;
        return then(caller);
    }
    auto& waiting = waiting_[sender];
    if (waiting.size() == max_waiting || waiting_.size() > max_asked) {
        if (waiting.empty()) waiting_.erase(sender);
        return then(Caller{});
    }
    waiting.push_back(std::move(then));
    if (waiting.size() == 1) ask(sender);
}

void Callers::ask(const std::string& sender) {
    BusMessage question;
    int r =
        sd_bus_message_new_method_call(bus_, out(question), "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "GetConnectionCredentials");
    if (r >= 0) r = sd_bus_message_append(question.get(), "s", sender.c_str());
    if (r >= 0 && questions_.ask(bus_, question.get(), bound, [this, sender](sd_bus_message* answer) {
            learn(sender, Caller{uid_in(answer), sender, false});
        }))
        return;
    learn(sender, Caller{});
}

void Callers::learn(const std::string& sender, const Caller& caller) {
    if (caller.is_known() && known_.emplace(sender, caller).second) {
        order_.push_back(sender);
        if (order_.size() > max_known) {
            known_.erase(order_.front());
            order_.pop_front();
        }
    }
    auto waiting = waiting_.extract(sender);
    if (!waiting) return;
    for (const auto& then : waiting.mapped()) then(caller);
}

}  // namespace userd::bus
