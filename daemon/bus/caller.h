// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

namespace userd::bus {

// Who calls, as the kernel or the bus said.
struct Caller {
    static constexpr std::uint32_t nobody = 65534;     // what a foreign user namespace shows
    static constexpr std::uint32_t none = 0xFFFFFFFF;  // what no answer leaves

    std::uint32_t uid = none;
    std::string sender;    // unique name on the system bus; empty for a peer
    bool is_peer = false;  // of the admin socket: there is no bus, and so no polkit, to ask

    bool is_known() const { return uid != none && uid != nobody; }
    bool is_root() const { return uid == 0; }
};

}  // namespace userd::bus
