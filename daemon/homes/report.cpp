// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/report.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "common/base/errors.h"

namespace userd::homes {
namespace {

constexpr auto interval = std::chrono::milliseconds(250);
constexpr std::uint64_t looks_every = 64;  // things between two looks at the clock and the peer

Failure gone() {
    return fail(Errc::unavailable, "the peer has gone");
}

std::string_view cut(std::string_view text, std::size_t most) {
    return text.substr(0, most);
}

}  // namespace

Result<void> Report::send(const wire::Word& word) {
    wire::FrameBuffer buffer;
    const std::size_t size = wire::encode(buffer.span(), word);
    if (size == 0) return fail(Errc::internal, "a word does not fit its frame");
    for (;;) {  // waits while the peer has no room: it sets the pace
        const ssize_t sent = ::send(connection_, buffer.bytes, size, MSG_NOSIGNAL);
        if (sent == static_cast<ssize_t>(size)) return {};
        if (errno != EINTR) return gone();
    }
}

Result<void> Report::step(std::uint64_t bytes) {
    ++count_;
    bytes_ += bytes;
    return look();
}

Result<void> Report::look() {
    if (++looks_ % looks_every != 0) return {};
    pollfd peer{connection_, POLLRDHUP, 0};
    if (poll(&peer, 1, 0) > 0) return gone();
    const auto now = std::chrono::steady_clock::now();
    if (now - told_ < interval) return {};
    told_ = now;
    wire::Word word;
    word.kind = wire::WordKind::progress;
    word.count = count_;
    word.bytes = bytes_;
    return send(word);
}

Result<void> Report::item(wire::ItemKind kind, std::string_view path, std::string_view detail,
                          std::uint64_t bytes) {
    ++(kind == wire::ItemKind::note ? notes_ : items_);
    wire::Word word;
    word.kind = wire::WordKind::item;
    word.item = kind;
    word.path = cut(path, wire::max_path);
    word.detail = cut(detail, wire::max_message);
    word.bytes = bytes;
    return send(word);
}

void Report::finish(const Result<std::string>& outcome) {
    std::string text;
    wire::Word word;
    word.count = count_;
    word.bytes = bytes_;
    if (outcome) {
        word.path = cut(*outcome, wire::max_path);
    } else {
        text = to_wire(outcome.error());
        word.error = dbus_error_name(outcome.error().code);
        word.message = cut(text, wire::max_message);
    }
    (void)send(word);  // nobody is left to be told that it failed
}

}  // namespace userd::homes
