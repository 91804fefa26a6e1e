// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>

#include "common/base/fd.h"
#include "daemon/login/tokens.h"
#include "daemon/runtime/loop.h"

namespace userd {

// A listening SOCK_SEQPACKET socket: hands on each connection with its peer, as the kernel knows it. Where
// descriptors run out it rests for a moment instead of spinning.
class Listener {
 public:
    using Accepted = std::function<void(Fd, Peer)>;
    static Result<std::unique_ptr<Listener>> open(Loop& loop, Fd socket, Accepted accepted);

 private:
    Listener(Loop& loop, Fd socket, Accepted accepted)
        : loop_(loop), socket_(std::move(socket)), accepted_(std::move(accepted)) {}
    void accept_some();
    void rest();
    void wake_later();

    Loop& loop_;
    Fd socket_;
    Accepted accepted_;
    Watch watch_, resting_;
};

// The whole frame that waits in a socket, within `buffer`; none: nothing there yet. An error: the peer has
// gone, or sent more than a frame may be.
Result<std::optional<std::string_view>> receive_frame(int fd, std::span<char> buffer);
// False: the peer has gone, or does not read what it asked for.
bool send_frame(int fd, std::string_view frame);

}  // namespace userd
