// SPDX-License-Identifier: LGPL-2.1-or-later
// Callbacks name a connection by its number, never by its address: what a callback does may close it.
#include "daemon/sockets/login_socket.h"

#include <sodium.h>
#include <sys/epoll.h>

#include <algorithm>
#include <vector>

#include "common/wire/login.h"
#include "daemon/runtime/journal.h"

namespace userd {

struct LoginSocket::Connection {
    Fd fd;
    Peer peer;
    Watch watch, idle;
    std::unique_ptr<Dialogue> dialogue;
    std::uint64_t id = 0;     // the dialogue's, random
    std::uint32_t turns = 0;  // sent so far
    std::size_t asked = 0;    // prompts that are out
};

LoginSocket::LoginSocket(Loop& loop, Login& login) : loop_(loop), login_(login) {}
LoginSocket::~LoginSocket() = default;

Result<std::unique_ptr<LoginSocket>> LoginSocket::open(Loop& loop, Fd listener, Login& login) {
    std::unique_ptr<LoginSocket> socket(new LoginSocket(loop, login));
    if (listener)
        socket->listener_ =
            TRY(Listener::open(loop, std::move(listener), [raw = socket.get()](Fd connection, Peer peer) {
                raw->serve(std::move(connection), peer);
            }));
    return socket;
}

bool LoginSocket::has_room_for(std::uint32_t uid) const {
    if (connections_.size() >= most_connections) return false;
    if (uid == 0) return true;
    std::size_t own = 0, others = 0;
    for (const auto& [number, connection] : connections_) {
        own += connection->peer.uid == uid;
        others += connection->peer.uid != 0;
    }
    return own < most_of_one_uid && others < most_of_others;
}

void LoginSocket::serve(Fd fd, Peer peer) {
    if (!has_room_for(peer.uid)) return;  // closed: the module says that nobody answers
    auto connection = std::make_unique<Connection>();
    const std::uint64_t number = next_number_++;
    connection->fd = std::move(fd);
    connection->peer = peer;
    connection->id = (std::uint64_t{randombytes_random()} << 32) | randombytes_random();
    auto watch =
        loop_.watch_io(connection->fd.get(), EPOLLIN, [this, number](std::uint32_t) { read(number); });
    if (!watch) {
        journal::warning("serve a login: {}", watch.error().message);
        return;
    }
    connection->watch = std::move(*watch);
    connections_.emplace(number, std::move(connection));
    watch_idle(number);
}

void LoginSocket::watch_idle(std::uint64_t number) {
    const auto entry = connections_.find(number);
    if (entry == connections_.end()) return;
    auto timer = loop_.call_after(idle_time_, [this, number] { close(number); });
    if (timer)
        entry->second->idle = std::move(*timer);
    else
        close_soon(number);
}

void LoginSocket::read(std::uint64_t number) {
    const auto entry = connections_.find(number);
    if (entry == connections_.end()) return;
    wire::FrameBuffer buffer;
    const auto frame = receive_frame(entry->second->fd.get(), buffer.span());
    if (frame && !*frame) return;
    Connection& connection = *entry->second;
    const bool understood = frame && (connection.dialogue ? answer(number, connection, **frame)
                                                          : start(number, connection, **frame));
    if (!understood) close(number);
}

bool LoginSocket::start(std::uint64_t number, Connection& connection, std::string_view frame) {
    const auto start = wire::decode_start(frame);
    if (!start) return false;
    LoginStart values;
    values.phase = start->phase;
    values.service = start->service;
    values.user = start->user;
    values.rhost = start->rhost;
    values.tty = start->tty;
    values.ruser = start->ruser;
    values.uid = connection.peer.uid == 0 ? start->uid : connection.peer.uid;
    values.flags = start->flags;
    values.known = start->known;
    if (connection.peer.uid == 0) {
        values.audit_session = start->audit_session;
        values.parent = start->parent;
    }
    values.ssh_auth_info = start->ssh_auth_info;
    values.token = Secret(start->token);
    connection.dialogue = login_.open(std::move(values), connection.peer,
                                      [this, number](LoginTurn turn) { send_turn(number, std::move(turn)); });
    watch_idle(number);
    connection.dialogue->begin();
    return true;
}

bool LoginSocket::answer(std::uint64_t number, Connection& connection, std::string_view frame) {
    const auto answer = wire::decode_answer(frame);
    if (!answer || connection.asked != answer->count || answer->dialogue != connection.id ||
        answer->turn + 1 != connection.turns)
        return false;
    connection.asked = 0;
    watch_idle(number);
    for (std::size_t i = 0; i < answer->count; ++i) connection.dialogue->answer(Secret(answer->texts[i]));
    return true;
}

void LoginSocket::send_turn(std::uint64_t number, LoginTurn turn) {
    const auto entry = connections_.find(number);
    if (entry == connections_.end()) return;
    Connection& connection = *entry->second;
    std::vector<wire::Step> steps;
    for (const LoginStep& step : turn.steps) steps.push_back({step.kind, step.asks, step.verdict, step.text});
    wire::FrameBuffer buffer;
    wire::Steps head;
    head.dialogue = connection.id;
    head.turn = connection.turns++;
    head.token = turn.token.text();
    const std::size_t size = wire::encode(buffer.span(), head, steps);
    const bool sent = size > 0 && send_frame(connection.fd.get(), {buffer.bytes, size});
    for (LoginStep& step : turn.steps) sodium_memzero(step.text.data(), step.text.size());  // may be a key
    if (size == 0) journal::error("a step of a login does not fit its frame");
    connection.asked = static_cast<std::size_t>(std::ranges::count_if(steps, &wire::Step::is_prompt));
    if (!sent || connection.asked == 0)
        close_soon(number);
    else
        watch_idle(number);
}

// On the next turn of the loop: the dialogue that speaks may still be on the stack.
void LoginSocket::close_soon(std::uint64_t number) {
    loop_.call_soon([this, number, guard = std::weak_ptr(alive_)] {
        if (!guard.expired()) close(number);
    });
}

void LoginSocket::close(std::uint64_t number) {
    connections_.erase(number);
}

}  // namespace userd
