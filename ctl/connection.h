// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <systemd/sd-bus.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "common/base/handle.h"
#include "ctl/client.h"

namespace userd::ctl {

using Bus = Handle<sd_bus, sd_bus_flush_close_unref>;
using Message = Handle<sd_bus_message, sd_bus_message_unref>;
// Writes the arguments of a call; a negative errno on failure, as sd-bus does.
using Fill = std::function<int(sd_bus_message*)>;

// The way to the daemon behind a Client: opened at the first call, each call bounded.
struct Client::Connection {
    explicit Connection(ClientOptions chosen) : options(chosen) {}

    ClientOptions options;
    Bus bus;
    bool peer = false;  // the admin socket: there are no bus names

    Answer<void> open();
    Answer<void> connect();
    Answer<void> open_peer(const std::string& path);
    // Where the daemon wants a one-time code first, one is sent and the call repeated. `at_least`: the time
    // for what takes longer than most, unless --timeout says otherwise.
    Answer<Message> call(const std::string& path, const char* interface, const char* member, const Fill& fill,
                         std::chrono::seconds at_least = {});
    Answer<Message> call_once(const std::string& path, const char* interface, const char* member,
                              const Fill& fill, std::chrono::seconds at_least);
    Answer<void> step_up();
    std::uint64_t flags() const { return (options.dry_run ? 1U : 0U) | (options.allow_lockout ? 2U : 0U); }
    std::uint64_t timeout(std::chrono::seconds at_least) const {
        const std::int64_t usual = options.interactive ? 150 : 30;
        const std::int64_t seconds =
            options.timeout > 0 ? options.timeout : std::max<std::int64_t>(usual, at_least.count());
        return static_cast<std::uint64_t>(seconds) * 1'000'000;
    }
    // For a handshake, which nobody has to think about.
    std::chrono::seconds patience() const {
        return std::chrono::seconds(options.timeout > 0 ? options.timeout : 10);
    }
};

}  // namespace userd::ctl
