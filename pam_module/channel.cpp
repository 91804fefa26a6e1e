// SPDX-License-Identifier: LGPL-2.1-or-later
// A UNIX socket's connect() does not say "in progress": without room in the backlog a non-blocking one fails
// at once and poll() has nothing to wait for. So it blocks, under SO_SNDTIMEO; all after it is non-blocking
// under poll().
#include "pam_module/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "pam_module/limits.h"

namespace userd::pam {
namespace {

static_assert(sizeof login_socket <= sizeof(sockaddr_un::sun_path));

class Deadline {
 public:
    explicit Deadline(long ms) : end_(now() + ms) {}
    long left() const {
        const long ms = end_ - now();
        return ms > 0 ? ms : 0;
    }

 private:
    static long now() {
        timespec time = {};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
    }
    long end_;
};

Fault fault_of(int error) {
    return error == ENOMEM || error == ENOBUFS ? Fault::no_memory : Fault::internal;
}

struct Folder {
    char path[sizeof login_socket];
};

constexpr Folder folder_of_socket() {
    Folder folder = {};
    std::size_t slash = 0;
    for (std::size_t i = 0; i < sizeof login_socket; ++i)
        if (login_socket[i] == '/') slash = i;
    for (std::size_t i = 0; i < slash; ++i) folder.path[i] = login_socket[i];
    return folder;
}

Fault connect_within(int fd, const Deadline& deadline) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, login_socket, sizeof login_socket);
    for (;;) {
        const long left = deadline.left();
        if (left == 0) return Fault::unreachable;
        const timeval bound = {left / 1000, left % 1000 * 1000};
        if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound) != 0) return fault_of(errno);
        if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return Fault::none;
        if (errno != EINTR) return errno == ENOMEM ? Fault::no_memory : Fault::unreachable;
    }
}

Fault check_server(int fd) {
    static constexpr Folder folder = folder_of_socket();
    ucred peer = {};
    socklen_t size = sizeof peer;
    struct stat status = {};
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer)
        return Fault::internal;
    if (stat(folder.path, &status) != 0) return Fault::unreachable;
    return is_trusted_server(peer, status, server_uid_limit) ? Fault::none : Fault::stranger;
}

// Until the socket is ready, or will never be: then the next call on it says why.
Fault wait_for(int fd, short events, const Deadline& deadline) {
    for (;;) {
        pollfd wait = {fd, events, 0};
        const int ready = poll(&wait, 1, static_cast<int>(deadline.left()));
        if (ready > 0) return Fault::none;
        if (ready == 0) return Fault::silent;
        if (errno != EINTR) return fault_of(errno);
    }
}

bool is_again(int error) {
    return error == EAGAIN || error == EINTR;
}

}  // namespace

const char* describe(Fault fault) {
    switch (fault) {
        case Fault::none:
            break;
        case Fault::unreachable:
            return "the daemon cannot be reached";
        case Fault::stranger:
            return "the login socket's server is neither root nor the owner of its folder";
        case Fault::closed:
            return "the daemon ended the dialogue";
        case Fault::silent:
            return "no reply from the daemon in time";
        case Fault::too_long:
            return "a reply is longer than replies are";
        case Fault::no_memory:
            return "out of memory";
        case Fault::internal:
            return "cannot open or use a socket";
    }
    return "no fault";
}

int above_standard(int fd) {
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int error = errno;
    close(fd);
    errno = error;
    return moved;
}

bool is_trusted_server(const ucred& peer, const struct stat& folder, uid_t uid_limit) {
    if (peer.uid == 0) return true;
    return peer.uid == folder.st_uid && peer.uid < uid_limit && S_ISDIR(folder.st_mode) &&
           (folder.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

Channel::~Channel() {
    if (fd_ >= 0) close(fd_);
}

Fault Channel::open() {
    fd_ = above_standard(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (fd_ < 0) return fault_of(errno);
    const Fault fault = connect_within(fd_, Deadline(connect_ms));
    return fault == Fault::none ? check_server(fd_) : fault;
}

Fault Channel::send(std::string_view frame) {
    const Deadline deadline(step_ms);
    for (;;) {
        const ssize_t sent = ::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) return static_cast<std::size_t>(sent) == frame.size() ? Fault::none : Fault::internal;
        if (!is_again(errno)) return errno == ENOMEM || errno == ENOBUFS ? Fault::no_memory : Fault::closed;
        if (const Fault fault = wait_for(fd_, POLLOUT, deadline); fault != Fault::none) return fault;
    }
}

Fault Channel::receive(std::span<char> buffer, std::string_view& frame) {
    const Deadline deadline(step_ms);
    for (;;) {
        iovec into = {buffer.data(), buffer.size()};
        msghdr message = {};
        message.msg_iov = &into;
        message.msg_iovlen = 1;
        const ssize_t got = recvmsg(fd_, &message, MSG_DONTWAIT);
        if (got == 0) return Fault::closed;
        if (got > 0 && (message.msg_flags & MSG_TRUNC) != 0) return Fault::too_long;
        if (got > 0) {
            frame = {buffer.data(), static_cast<std::size_t>(got)};
            return Fault::none;
        }
        if (!is_again(errno)) return errno == ENOMEM || errno == ENOBUFS ? Fault::no_memory : Fault::closed;
        if (const Fault fault = wait_for(fd_, POLLIN, deadline); fault != Fault::none) return fault;
    }
}

}  // namespace userd::pam
