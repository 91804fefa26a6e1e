// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>

#include "common/base/fd.h"
#include "tests/unit/login/support.h"

namespace userd::test {

// Both ends of a SOCK_SEQPACKET connection.
struct Pair {
    Pair() {
        int fds[2];
        BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        here.reset(fds[0]);
        there.reset(fds[1]);
    }
    Fd here, there;
};

inline void send_bytes(const Fd& fd, std::string_view bytes) {
    BOOST_REQUIRE(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
}

// The next frame for us; "" when the other side has closed.
inline std::string next_frame(World& world, const Fd& fd) {
    std::string frame(wire::max_frame, '\0');
    ssize_t size = -1;
    world.run_until([&] {
        size = recv(fd.get(), frame.data(), frame.size(), MSG_DONTWAIT);
        return size >= 0 || errno == ECONNRESET;
    });
    frame.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return frame;
}

}  // namespace userd::test
