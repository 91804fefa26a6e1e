// SPDX-License-Identifier: LGPL-2.1-or-later
// userd-ssh-keys NAME: sshd's AuthorizedKeysCommand. Prints the keys of an account of ours, and nothing for
// any other name; each wait is bounded. Exit 1 only when the daemon cannot be asked, so that sshd logs it.
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include <string>

#include "common/base/fd.h"
#include "common/names.h"
#include "common/wire/keys.h"

namespace {

using namespace userd;

constexpr int patience_ms = 5000;  // sshd waits for us with a client at the other end

long now_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000L + now.tv_nsec / 1'000'000;
}

bool wait_until_readable(int fd, long deadline) {
    for (;;) {
        pollfd waiting{fd, POLLIN, 0};
        const long left = deadline - now_ms();
        if (left <= 0) return false;
        const int ready = poll(&waiting, 1, static_cast<int>(left));
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

Fd connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return Fd();
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    // Non-blocking: a full backlog is an answer too.
    Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return Fd();
    return fd;
}

bool ask(int fd, std::string_view user, std::string& lines) {
    wire::FrameBuffer buffer;
    const std::size_t size = wire::encode(buffer.span(), wire::KeysRequest{user, "sshd"});
    if (size == 0 || send(fd, buffer.bytes, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return false;
    const long deadline = now_ms() + patience_ms;
    for (bool more = true; more;) {
        if (!wait_until_readable(fd, deadline)) return false;
        const ssize_t got = recv(fd, buffer.bytes, sizeof buffer.bytes, MSG_TRUNC);
        if (got <= 0 || got > static_cast<ssize_t>(sizeof buffer.bytes)) return false;
        const auto reply = wire::decode_keys_reply({buffer.bytes, static_cast<std::size_t>(got)});
        if (!reply) return false;
        lines += reply->lines;
        more = reply->more;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fputs("usage: userd-ssh-keys NAME\n", stderr);
        return 2;
    }
    const std::string_view user = argv[1];
    if (!is_lookup_name(user)) return 0;
    const char* root = getenv("USERD_ROOT");
    const Fd fd = connect_to(std::string(root != nullptr ? root : "") + "/run/userd/keys");
    std::string lines;
    if (!fd || !ask(fd.get(), user, lines)) {
        fputs("userd-ssh-keys: userd does not answer\n", stderr);
        return 1;
    }
    // All or nothing: half a list would end in half a key.
    if (fwrite(lines.data(), 1, lines.size(), stdout) != lines.size() || fflush(stdout) != 0) return 1;
    return 0;
}
