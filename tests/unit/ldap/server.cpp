// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

using namespace userd;
using ldap::Address;
using ldap::Server;

namespace {

Server parsed(const char* uri) {
    auto server = Server::parse(uri);
    BOOST_REQUIRE_MESSAGE(server.has_value(), uri);
    return *server;
}

Address address(int family, const char* text) {
    Address made;
    if (family == AF_INET) {
        auto& v4 = reinterpret_cast<sockaddr_in&>(made.bytes);
        v4.sin_family = AF_INET;
        inet_pton(AF_INET, text, &v4.sin_addr);
        made.length = sizeof v4;
    } else {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(made.bytes);
        v6.sin6_family = AF_INET6;
        inet_pton(AF_INET6, text, &v6.sin6_addr);
        made.length = sizeof v6;
    }
    return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_server)

BOOST_AUTO_TEST_CASE(a_uri_names_scheme_host_and_port) {
    const auto tls = parsed("ldaps://ldap1.example.org");
    BOOST_TEST((tls.scheme == Server::Scheme::ldaps));
    BOOST_TEST(tls.host == "ldap1.example.org");
    BOOST_TEST(tls.port == "636");
    const auto plain = parsed("ldap://10.0.0.1:3890/");
    BOOST_TEST(plain.host == "10.0.0.1");
    BOOST_TEST(plain.port == "3890");
    const auto v6 = parsed("ldap://[::1]:3890");
    BOOST_TEST(v6.host == "::1");
    BOOST_TEST(v6.uri == "ldap://[::1]:3890");
}

BOOST_AUTO_TEST_CASE(a_socket_is_named_by_its_path_with_or_without_percent_signs) {
    for (const char* uri : {"ldapi:///run/slapd/ldapi", "ldapi://%2Frun%2Fslapd%2fldapi"}) {
        const auto server = parsed(uri);
        BOOST_TEST((server.scheme == Server::Scheme::ldapi));
        BOOST_TEST(server.host == "/run/slapd/ldapi");
        BOOST_TEST(server.uri == "ldapi://%2Frun%2Fslapd%2Fldapi");
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_uri_of_a_server_is_refused) {
    for (const char* uri :
         {"", "ldap1.example.org", "http://a", "ldaps://", "ldap://a:0", "ldap://a:99999", "ldap://a b",
          "ldap://a/dc=example", "ldap://user@a", "ldap://[::1", "ldapi://run/slapd"})
        BOOST_TEST(!Server::parse(uri).has_value(), uri);
}

BOOST_AUTO_TEST_CASE(only_what_never_leaves_the_host_is_loopback) {
    BOOST_TEST(address(AF_INET, "127.0.0.1").is_loopback());
    BOOST_TEST(address(AF_INET, "127.8.9.1").is_loopback());
    BOOST_TEST(address(AF_INET6, "::1").is_loopback());
    BOOST_TEST(address(AF_INET6, "::ffff:127.0.0.1").is_loopback());
    for (const char* text : {"10.0.0.1", "128.0.0.1", "0.0.0.0"})
        BOOST_TEST(!address(AF_INET, text).is_loopback());
    for (const char* text : {"::", "fe80::1", "::ffff:10.0.0.1"})
        BOOST_TEST(!address(AF_INET6, text).is_loopback());
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_error_that_lets_the_next_server_be_asked) {
    const auto server = parsed("ldapi:///nonexistent/socket");
    const auto addresses = ldap::resolve(server);
    BOOST_REQUIRE(addresses.has_value());
    const auto fd = ldap::dial(*addresses, std::chrono::steady_clock::now() + std::chrono::seconds(1));
    BOOST_REQUIRE(!fd.has_value());
    BOOST_TEST((fd.error().code == Errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
