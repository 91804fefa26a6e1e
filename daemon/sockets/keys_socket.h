// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>

#include "daemon/login/login.h"
#include "daemon/sockets/listener.h"

namespace userd {

// /run/userd/keys, for userd-ssh-keys: one question a connection, closed after the answer. Who may connect is
// the socket's mode (0660 root:userd-keys).
class KeysSocket {
 public:
    static constexpr std::size_t most_connections = 256;

    static Result<std::unique_ptr<KeysSocket>> open(Loop& loop, Fd listener, Login& login);
    ~KeysSocket();
    void serve(Fd connection);  // as if accepted; for tests

 private:
    struct Connection;
    KeysSocket(Loop& loop, Login& login);
    void answer(std::uint64_t number);

    Loop& loop_;
    Login& login_;
    std::uint64_t next_number_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::unique_ptr<Listener> listener_;
};

}  // namespace userd
