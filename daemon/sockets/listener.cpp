// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <optional>

#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr int most_at_once = 32;  // connections taken in one turn of the loop
constexpr Duration rest_time = std::chrono::milliseconds(200);

std::optional<Peer> peer_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0 || size != sizeof credentials)
        return std::nullopt;
    // −1 and the overflow uid (somebody of another user namespace) are nobody
    if (credentials.uid == 0xFFFFFFFF || credentials.uid == 65534) return std::nullopt;
    return Peer{credentials.uid, credentials.pid};
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(Loop& loop, Fd socket, Accepted accepted) {
    std::unique_ptr<Listener> listener(new Listener(loop, std::move(socket), std::move(accepted)));
    listener->watch_ = TRY(loop.watch_io(listener->socket_.get(), EPOLLIN,
                                         [raw = listener.get()](std::uint32_t) { raw->accept_some(); }));
    // The loop's timer descriptor is made now, while there are descriptors, and stays.
    listener->resting_ = TRY(loop.call_after(rest_time, [] {}));
    return listener;
}

void Listener::accept_some() {
    for (int i = 0; i < most_at_once; ++i) {
        Fd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!connection) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno != EAGAIN) rest();
            return;
        }
        if (const auto peer = peer_of(connection.get())) accepted_(std::move(connection), *peer);
    }
}

void Listener::rest() {
    journal::warning("accept a connection: {}", strerror(errno));
    if (watch_.set_events(0)) wake_later();
}

// Until it is so: nobody else would.
void Listener::wake_later() {
    auto timer = loop_.call_after(rest_time, [this] {
        if (!watch_.set_events(EPOLLIN)) wake_later();
    });
    if (timer)
        resting_ = std::move(*timer);
    else
        watch_.set_events(EPOLLIN);
}

Result<std::optional<std::string_view>> receive_frame(int fd, std::span<char> buffer) {
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    ssize_t size = 0;
    do size = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN) return std::optional<std::string_view>();
    if (size <= 0) return fail(Errc::unavailable, "the peer has gone");
    // No control buffer is given: descriptors that a peer sends are closed by the kernel and set MSG_CTRUNC.
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return fail(Errc::invalid, "more than a frame may be");
    return std::optional(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
}

bool send_frame(int fd, std::string_view frame) {
    ssize_t sent = 0;
    do sent = send(fd, frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(frame.size());
}

}  // namespace userd
