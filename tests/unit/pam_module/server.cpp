// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/pam_module/server.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdexcept>

namespace userd::pam::test {

bool Peer::receive(std::string& frame) {
    char bytes[wire::max_frame];
    const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    frame.assign(bytes, static_cast<std::size_t>(got));
    return true;
}

bool Peer::read_start() {
    std::string frame;
    if (!receive(frame)) return false;
    const auto start = wire::decode_start(frame);
    if (!start) return false;
    seen_.start = *start;
    seen_.service = start->service;
    seen_.user = start->user;
    seen_.rhost = start->rhost;
    seen_.tty = start->tty;
    seen_.ruser = start->ruser;
    seen_.ssh_auth_info = start->ssh_auth_info;
    seen_.token = start->token;
    return true;
}

bool Peer::read_answer() {
    std::string frame;
    if (!receive(frame)) return false;
    const auto answer = wire::decode_answer(frame);
    if (!answer || answer->dialogue != dialogue || answer->turn + 1 != turn) return false;
    for (std::size_t i = 0; i < answer->count; ++i) seen_.answers.emplace_back(answer->texts[i]);
    return true;
}

void Peer::send_bytes(std::string_view bytes) {
    ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void Peer::send(const std::vector<wire::Step>& steps, std::string_view token) {
    char bytes[wire::max_frame];
    const std::size_t size = wire::encode(bytes, wire::Steps{dialogue, turn++, token, {}}, steps);
    if (size == 0) throw std::logic_error("a script sends steps that cannot be sent");
    send_bytes({bytes, size});
}

bool Peer::ask(wire::Ask asks, std::string_view text, wire::StepKind kind) {
    send({{kind, asks, {}, text}});
    return read_answer();
}

void Peer::verdict(wire::Verdict verdict, std::string_view token) {
    send({{wire::StepKind::verdict, {}, verdict, ""}}, token);
}

void Peer::wait_for_end() {
    char byte = 0;
    while (recv(fd_, &byte, 1, 0) > 0) continue;
}

wire::Step info(std::string_view text) {
    return {wire::StepKind::info, {}, {}, text};
}
wire::Step error(std::string_view text) {
    return {wire::StepKind::error, {}, {}, text};
}

Script says(wire::Verdict verdict) {
    return [verdict](Peer& peer) { peer.verdict(verdict); };
}

Script asks_password(wire::Verdict verdict, std::string token) {
    return [verdict, token](Peer& peer) {
        if (peer.ask(wire::Ask::password, "Password: ")) peer.verdict(verdict, token);
    };
}

Server::Server(Script script) : script_(std::move(script)) {
    unlink("login");
    listener_ = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, "login");
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 16) != 0)
        throw std::runtime_error("cannot listen at ./login");
    thread_ = std::thread([this] { serve(); });
}

Server::~Server() {
    stop();
}

const std::vector<Seen>& Server::seen() {
    stop();
    return seen_;
}

void Server::serve() {
    for (;;) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        seen_.emplace_back();
        Peer peer(fd, seen_.back());
        if (peer.read_start()) script_(peer);
        close(fd);
    }
}

void Server::stop() {
    if (!thread_.joinable()) return;
    shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    close(listener_);
    unlink("login");
}

}  // namespace userd::pam::test
