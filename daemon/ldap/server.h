// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/ldap/overseer.h"

namespace userd::ldap {

// A server of the configuration: "ldaps://ldap1.example.org", "ldap://10.0.0.1:3890",
// "ldapi:///run/slapd/ldapi" (or %2F for the slashes).
struct Server {
    enum class Scheme { ldap, ldaps, ldapi };
    static Result<Server> parse(std::string_view uri);

    std::string uri;  // for libldap
    Scheme scheme = Scheme::ldap;
    std::string host;  // ldapi: the socket's path
    std::string port;
};

struct Address {
    sockaddr_storage bytes{};
    socklen_t length = 0;
    int family() const { return bytes.ss_family; }
    bool is_loopback() const;  // what never leaves the host: a Unix socket, 127.0.0.0/8, ::1
    std::string text() const;  // "10.0.0.1"
};

// The addresses of a server, in the order in which to try them; never empty. Waits for the resolver, which
// keeps its own time.
Result<std::vector<Address>> resolve(const Server& server);
// A connected socket that never blocks, whose peer's silence is noticed by the kernel: after `until` at the
// latest. Error (unavailable): nobody there.
Result<Fd> dial(const std::vector<Address>& addresses, SteadyTime until);

}  // namespace userd::ldap
