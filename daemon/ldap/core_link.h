// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/wire/ldap.h"

namespace userd::ldap {

// The connection to the core. Any thread may send, and waits while the core is busy: that is how the core
// slows a refresh down. The main thread alone receives, and never waits.
class CoreLink {
 public:
    static Result<CoreLink> open(const std::string& path);
    explicit CoreLink(Fd socket);  // of type SOCK_SEQPACKET

    int fd() const { return socket_.get(); }
    // The longest frame that the socket's buffer takes: the kernel lets nobody have more than
    // net.core.wmem_max.
    std::size_t longest_frame() const { return longest_; }

    // An Error (unavailable): the core has hung up, and the program is about to end.
    Result<void> send(std::string_view frame);
    // A frame of few bytes.
    template <typename Message>
    Result<void> send(const Message& message) {
        char buffer[16 << 10];
        const std::size_t size = wire::encode(buffer, message);
        if (size == 0) return fail(Errc::internal, "a message to the core breaks its limits");
        return send(std::string_view(buffer, size));
    }

    // The next frame, good until the next call; empty: none is there. An Error: the core has hung up.
    Result<std::string_view> receive();
    void forget();  // what was received: it may have been a password

 private:
    Fd socket_;
    std::size_t longest_ = 0;
    std::vector<char> received_;
};

}  // namespace userd::ldap
