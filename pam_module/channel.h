// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>

#include <span>
#include <string_view>

namespace userd::pam {

enum class Fault {
    none,
    unreachable,  // nobody there, or nobody in time
    stranger,     // somebody else's server
    closed,       // the daemon hung up
    silent,       // no reply within the bound
    too_long,     // a frame larger than frames are
    no_memory,
    internal,  // this process cannot: no descriptors, no sockets
};

// What the system log says of a fault.
const char* describe(Fault fault);

// Opens a descriptor that is none of 0–2: hosts close those and let others write to what comes next in their
// place. The descriptor given is closed if it was replaced; −1 with errno on failure.
int above_standard(int fd);

// Whether the server at the other end may decide logins. Root may: systemd makes the socket, and SO_PEERCRED
// names who called listen(). So may the owner of the socket's folder, if that is a system account and nobody
// else can write there: a daemon that made its own socket in the folder root gave it. Nobody else, so neither
// a socket that somebody left in a chroot, nor one in a folder that was made by a user.
bool is_trusted_server(const ucred& peer, const struct stat& folder, uid_t uid_limit);

// A connection to the daemon for one dialogue. All waits are bounded, on the monotonic clock, and go on after
// signals; nothing raises SIGPIPE.
class Channel {
 public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    Fault open();
    Fault send(std::string_view frame);
    // The next frame, as a part of `buffer`.
    Fault receive(std::span<char> buffer, std::string_view& frame);

 private:
    int fd_ = -1;
};

}  // namespace userd::pam
