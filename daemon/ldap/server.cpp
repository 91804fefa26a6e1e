// SPDX-License-Identifier: LGPL-2.1-or-later
// libldap could resolve and connect by itself; it would do so without bound, and would not tell to whom.
#include "daemon/ldap/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "common/base/handle.h"
#include "common/base/text.h"

namespace userd::ldap {
namespace {

using AddressList = Handle<addrinfo, freeaddrinfo>;

constexpr int keep_alive_idle_s = 60, keep_alive_interval_s = 10, keep_alive_probes = 3;
constexpr int unanswered_ms = 30'000;  // TCP_USER_TIMEOUT

Failure not_a_uri(std::string_view uri) {
    return fail(Error{Errc::invalid,
                      fmt::format("'{}' is no URI of a directory server", escaped(uri)),
                      "ldaps://HOST, ldap://HOST:PORT or ldapi:///PATH",
                      {}});
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
            plain += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::string percent_encoded(std::string_view path) {
    std::string text;
    for (const char c : path) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '-' || c == '_' || c == '.';
        if (is_plain)
            text += c;
        else
            text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

Result<Server> parse_ldapi(std::string_view uri, std::string_view rest) {
    Server server{.uri = {}, .scheme = Server::Scheme::ldapi, .host = percent_decoded(rest), .port = {}};
    // "ldapi:///run/slapd/ldapi" is what people write; "ldapi:///" is OpenLDAP's own default.
    if (server.host == "/") server.host = "/var/run/slapd/ldapi";
    while (server.host.starts_with("//")) server.host.erase(0, 1);
    if (!server.host.starts_with("/")) return not_a_uri(uri);
    server.uri = "ldapi://" + percent_encoded(server.host);
    return server;
}

void set_option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, &value, sizeof value);  // what the kernel cannot do is not needed to talk
}

void keep_watch(int fd) {
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, keep_alive_idle_s);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, keep_alive_interval_s);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, keep_alive_probes);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, unanswered_ms);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int milliseconds_until(SteadyTime until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 3'600'000));
}

// errno, or 0.
int await_connection(int fd, SteadyTime until) {
    pollfd waiting{fd, POLLOUT, 0};
    for (;;) {
        const int ready = poll(&waiting, 1, milliseconds_until(until));
        if (ready == 0) return ETIMEDOUT;
        if (ready < 0 && errno != EINTR) return errno;
        if (ready < 0) continue;
        int error = 0;
        socklen_t length = sizeof error;
        return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
    }
}

Result<Fd> dial_one(const Address& address, SteadyTime until) {
    Fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return fail(Errc::unavailable, "make a socket: {}", std::strerror(errno));
    if (address.family() != AF_UNIX) keep_watch(fd.get());
    int error = 0;
    if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.bytes), address.length) != 0)
        error = errno == EINPROGRESS ? await_connection(fd.get(), until) : errno;
    if (error != 0) return fail(Errc::unavailable, "{}: {}", address.text(), std::strerror(error));
    return fd;
}

}  // namespace

Result<Server> Server::parse(std::string_view uri) {
    const std::size_t colon = uri.find("://");
    if (colon == uri.npos) return not_a_uri(uri);
    const std::string_view word = uri.substr(0, colon);
    std::string_view rest = uri.substr(colon + 3);
    if (word == "ldapi") return parse_ldapi(uri, rest);
    if (word != "ldap" && word != "ldaps") return not_a_uri(uri);
    Server server;
    server.scheme = word == "ldaps" ? Scheme::ldaps : Scheme::ldap;
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const bool is_v6 = rest.starts_with('[');
    const std::size_t end = is_v6 ? rest.find(']') : rest.find(':');
    if (is_v6 && end == rest.npos) return not_a_uri(uri);
    server.host = rest.substr(is_v6 ? 1 : 0, is_v6 ? end - 1 : end);
    const std::string_view tail = end == rest.npos ? std::string_view() : rest.substr(is_v6 ? end + 1 : end);
    server.port = word == "ldaps" ? "636" : "389";
    if (!tail.empty()) {
        const auto port = parse_number(tail.substr(1));
        if (tail[0] != ':' || !port || *port == 0 || *port > 65535) return not_a_uri(uri);
        server.port = std::to_string(*port);
    }
    if (server.host.empty() || server.host.find_first_of("/?#@ %") != server.host.npos) return not_a_uri(uri);
    server.uri =
        fmt::format(fmt::runtime(is_v6 ? "{}://[{}]:{}" : "{}://{}:{}"), word, server.host, server.port);
    return server;
}

bool Address::is_loopback() const {
    if (family() == AF_UNIX) return true;
    if (family() == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(bytes);
        return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
    }
    if (family() != AF_INET6) return false;
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bytes);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

std::string Address::text() const {
    if (family() == AF_UNIX) return reinterpret_cast<const sockaddr_un&>(bytes).sun_path;
    char text[NI_MAXHOST] = "";
    getnameinfo(reinterpret_cast<const sockaddr*>(&bytes), length, text, sizeof text, nullptr, 0,
                NI_NUMERICHOST);
    return text;
}

Result<std::vector<Address>> resolve(const Server& server) {
    std::vector<Address> addresses;
    if (server.scheme == Server::Scheme::ldapi) {
        Address address;
        auto& to = reinterpret_cast<sockaddr_un&>(address.bytes);
        to.sun_family = AF_UNIX;
        if (server.host.size() >= sizeof to.sun_path) return not_a_uri(server.uri);
        memcpy(to.sun_path, server.host.c_str(), server.host.size() + 1);
        address.length = sizeof to;
        return std::vector{address};
    }
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    AddressList list;
    if (const int r = getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, out(list)); r != 0)
        return fail(
            Error{Errc::unavailable,
                  fmt::format("resolve {}: {}", server.host, gai_strerror(r)),
                  "look at the spelling of the host in userd.yaml, then at this host's DNS: getent hosts " +
                      server.host,
                  {}});
    for (const addrinfo* item = list.get(); item != nullptr; item = item->ai_next) {
        if (item->ai_addrlen > sizeof(sockaddr_storage)) continue;
        Address address;
        memcpy(&address.bytes, item->ai_addr, item->ai_addrlen);
        address.length = item->ai_addrlen;
        addresses.push_back(address);
    }
    if (addresses.empty()) return fail(Errc::unavailable, "resolve {}: no address", server.host);
    return addresses;
}

Result<Fd> dial(const std::vector<Address>& addresses, SteadyTime until) {
    std::optional<Error> first;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        // An address that swallows everything leaves time for the next.
        const auto now = std::chrono::steady_clock::now();
        const auto share = now + (std::max(until, now) - now) / static_cast<int>(addresses.size() - i);
        auto fd = dial_one(addresses[i], share);
        if (fd) return fd;
        if (!first) first = std::move(fd.error());
    }
    return fail(Error{Errc::unavailable,
                      "connect to " + (first ? first->message : "nobody"),
                      "is the server running, and does a firewall let this host through?",
                      {}});
}

}  // namespace userd::ldap
