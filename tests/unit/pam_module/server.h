// SPDX-License-Identifier: LGPL-2.1-or-later
// A real login socket whose server says what the test wants. The module under test looks for it at ./login.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/wire/login.h"

namespace userd::pam::test {

// What one connection asked, copied, for the test to look at when the server is gone.
struct Seen {
    wire::Start start;
    std::string service, user, rhost, tty, ruser, ssh_auth_info, token;
    std::vector<std::string> answers;
};

// The server's side of one connection.
class Peer {
 public:
    Peer(int fd, Seen& seen) : fd_(fd), seen_(seen) {}

    // False when the module hung up or sent what is no message.
    bool read_start();
    bool read_answer();
    void send(const std::vector<wire::Step>& steps, std::string_view token = {});
    void send_bytes(std::string_view bytes);
    // Sends the prompt, reads the answer to it.
    bool ask(wire::Ask asks, std::string_view text, wire::StepKind kind = wire::StepKind::ask_hidden);
    void verdict(wire::Verdict verdict, std::string_view token = {});
    void wait_for_end();  // until the module hangs up

    wire::Phase seen_phase() const { return seen_.start.phase; }
    std::uint32_t seen_flags() const { return seen_.start.flags; }
    const std::vector<std::string>& answers() const { return seen_.answers; }

    std::uint64_t dialogue = 0x1122334455667788;
    std::uint32_t turn = 0;

 private:
    bool receive(std::string& frame);
    int fd_;
    Seen& seen_;
};

using Script = std::function<void(Peer&)>;

wire::Step info(std::string_view text);
wire::Step error(std::string_view text);

// Scripts that many tests share.
Script says(wire::Verdict verdict);  // no questions
Script asks_password(wire::Verdict verdict, std::string token = {});

// Runs the script for each connection until it is destroyed. In a thread: the module's own process must stay
// as it is.
class Server {
 public:
    explicit Server(Script script);
    ~Server();
    const std::vector<Seen>& seen();  // ends the server

 private:
    void serve();
    void stop();
    Script script_;
    int listener_ = -1;
    std::vector<Seen> seen_;
    std::thread thread_;
};

}  // namespace userd::pam::test
