// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/keys_socket.h"

#include <sys/epoll.h>

#include "common/wire/keys.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration patience = std::chrono::seconds(10);

// Sends the text in as many frames as it takes. 64 keys of 8 KiB fit a socket's default buffer many times
// over only when they are usual ones; a reader that is slow loses the rest, and sshd falls back to its other
// methods.
void send_lines(int fd, std::string_view lines) {
    do {
        const auto part = lines.substr(0, wire::max_keys_text);
        lines.remove_prefix(part.size());
        wire::FrameBuffer buffer;
        const std::size_t size = wire::encode(buffer.span(), wire::KeysReply{part, !lines.empty()});
        if (size == 0 || !send_frame(fd, {buffer.bytes, size})) {
            journal::warning("send keys to sshd: the reader does not read");
            return;
        }
    } while (!lines.empty());
}

}  // namespace

struct KeysSocket::Connection {
    Fd fd;
    Watch watch, idle;
};

KeysSocket::KeysSocket(Loop& loop, Login& login) : loop_(loop), login_(login) {}
KeysSocket::~KeysSocket() = default;

Result<std::unique_ptr<KeysSocket>> KeysSocket::open(Loop& loop, Fd listener, Login& login) {
    std::unique_ptr<KeysSocket> socket(new KeysSocket(loop, login));
    if (listener)
        socket->listener_ =
            TRY(Listener::open(loop, std::move(listener), [raw = socket.get()](Fd connection, Peer) {
                raw->serve(std::move(connection));
            }));
    return socket;
}

void KeysSocket::serve(Fd fd) {
    if (connections_.size() >= most_connections) return;
    const std::uint64_t number = next_number_++;
    auto watch = loop_.watch_io(fd.get(), EPOLLIN, [this, number](std::uint32_t) { answer(number); });
    auto idle = loop_.call_after(patience, [this, number] { connections_.erase(number); });
    if (!watch || !idle) return;
    connections_.emplace(number, std::unique_ptr<Connection>(
                                     new Connection{std::move(fd), std::move(*watch), std::move(*idle)}));
}

void KeysSocket::answer(std::uint64_t number) {
    const auto entry = connections_.find(number);
    if (entry == connections_.end()) return;
    wire::FrameBuffer buffer;
    const auto frame = receive_frame(entry->second->fd.get(), buffer.span());
    if (frame && !*frame) return;
    const auto request = frame ? wire::decode_keys_request(**frame) : std::nullopt;
    if (request) {
        const auto lines = login_.authorized_keys(request->user);
        if (lines)
            send_lines(entry->second->fd.get(), *lines);
        else
            journal::error("read the keys of an account: {}", lines.error().message);
    }
    connections_.erase(entry);
}

}  // namespace userd
