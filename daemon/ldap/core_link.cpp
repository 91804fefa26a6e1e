// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/core_link.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>

namespace userd::ldap {
namespace {

constexpr std::size_t skb_overhead = 512;  // what the kernel keeps of a buffer for itself, and some room

// The buffer of the sender is what bounds a frame between Unix sockets (unix(7)).
std::size_t widen(int fd) {
    const int wanted = static_cast<int>(wire::max_ldap_frame + skb_overhead);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    int size = 0;
    socklen_t length = sizeof size;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &length) != 0) return wire::usual_ldap_frame;
    const std::size_t room = static_cast<std::size_t>(std::max(size, 0));
    return std::clamp(room - std::min(room, skb_overhead), std::size_t{0}, wire::max_ldap_frame);
}

}  // namespace

CoreLink::CoreLink(Fd socket) : socket_(std::move(socket)), longest_(widen(socket_.get())) {
    received_.resize(wire::usual_ldap_frame);  // what the core says is far shorter
}

Result<CoreLink> CoreLink::open(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail(Errc::invalid, "{} is too long a path", path);
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(Error{Errc::unavailable,
                          fmt::format("connect to {}: {}", path, std::strerror(errno)),
                          "systemctl status userd.service",
                          {}});
    return CoreLink(std::move(fd));
}

Result<void> CoreLink::send(std::string_view frame) {
    for (;;) {
        const ssize_t sent = ::send(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
        if (sent == static_cast<ssize_t>(frame.size())) return {};
        if (sent < 0 && errno == EINTR) continue;
        return fail(Errc::unavailable, "tell the core: {}", std::strerror(errno));
    }
}

Result<std::string_view> CoreLink::receive() {
    const ssize_t got = recv(socket_.get(), received_.data(), received_.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::string_view();
    if (got < 0) return fail(Errc::unavailable, "hear the core: {}", std::strerror(errno));
    if (got == 0) return fail(Errc::unavailable, "the core hung up");
    if (static_cast<std::size_t>(got) > received_.size())
        return fail(Errc::invalid, "the core sent a frame of {} bytes", got);
    return std::string_view(received_.data(), static_cast<std::size_t>(got));
}

void CoreLink::forget() {
    explicit_bzero(received_.data(), received_.size());
}

}  // namespace userd::ldap
