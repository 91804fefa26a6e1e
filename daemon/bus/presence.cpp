// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/call.h"
#include "daemon/bus/call_state.h"

namespace userd::bus {

// On a bus the broker tells when a name goes; a peer's connection is open or it is not.
std::function<bool()> Call::watch_caller() const {
    sd_bus_message* message = state_->message.get();
    sd_bus* bus = sd_bus_message_get_bus(message);
    const char* sender = sd_bus_message_get_sender(message);
    if (sender == nullptr) return [state = state_, bus] { return sd_bus_is_open(bus) > 0; };
    sd_bus_track* track = nullptr;
    if (sd_bus_track_new(bus, &track, nullptr, nullptr) < 0) return [] { return true; };
    const std::shared_ptr<sd_bus_track> owner(track, sd_bus_track_unref);
    if (sd_bus_track_add_name(track, sender) < 0) return [] { return false; };
    return [owner] { return sd_bus_track_count(owner.get()) > 0; };
}

}  // namespace userd::bus
