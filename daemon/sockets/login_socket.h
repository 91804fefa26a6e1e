// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "daemon/login/login.h"
#include "daemon/sockets/listener.h"

namespace userd {

// /run/userd/login: one dialogue a connection. At most 1,024 connections, at most two for each uid but
// root's, and a quarter for those uids together: one person may have thousands. One that is silent for three
// minutes, sends nonsense, or does not read is closed. A claimed length costs nothing: frames are read into
// one buffer on the stack.
class LoginSocket {
 public:
    static constexpr std::size_t most_connections = 1024;
    static constexpr std::size_t most_of_one_uid = 2;
    static constexpr std::size_t most_of_others = most_connections / 4;  // than root

    static Result<std::unique_ptr<LoginSocket>> open(Loop& loop, Fd listener, Login& login);
    ~LoginSocket();
    // Serves a connection that is there already, as if accepted; for tests.
    void serve(Fd connection, Peer peer);
    void set_idle_time(Duration time) { idle_time_ = time; }
    std::size_t connections() const { return connections_.size(); }

 private:
    struct Connection;
    LoginSocket(Loop& loop, Login& login);
    bool has_room_for(std::uint32_t uid) const;
    void watch_idle(std::uint64_t number);
    void read(std::uint64_t number);
    bool start(std::uint64_t number, Connection& connection, std::string_view frame);
    bool answer(std::uint64_t number, Connection& connection, std::string_view frame);
    void send_turn(std::uint64_t number, LoginTurn turn);
    void close(std::uint64_t number);
    void close_soon(std::uint64_t number);

    Loop& loop_;
    Login& login_;
    Duration idle_time_ = std::chrono::seconds(180);
    std::uint64_t next_number_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::unique_ptr<Listener> listener_;
    std::shared_ptr<const bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace userd
