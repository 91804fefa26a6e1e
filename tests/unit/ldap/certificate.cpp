// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <time.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace userd;

namespace {

struct Wanted {
    std::string common_name;
    std::vector<std::string> hosts;  // alternative names
    std::string address;             // another: 4 bytes
    int days = 30;                   // until it expires
};

// A certificate signed by itself, as DER.
std::string make_certificate(const Wanted& wanted) {
    gnutls_x509_privkey_t key = nullptr;
    gnutls_x509_crt_t certificate = nullptr;
    gnutls_x509_privkey_init(&key);
    gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    gnutls_x509_crt_init(&certificate);
    gnutls_x509_crt_set_version(certificate, 3);
    gnutls_x509_crt_set_serial(certificate, "\1", 1);
    const time_t now = time(nullptr);
    gnutls_x509_crt_set_activation_time(certificate, now - 10 * 86400);
    gnutls_x509_crt_set_expiration_time(certificate, now + wanted.days * 86400);
    gnutls_x509_crt_set_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, wanted.common_name.data(),
                                  static_cast<unsigned>(wanted.common_name.size()));
    for (const auto& host : wanted.hosts)
        gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_DNSNAME, host.data(),
                                             static_cast<unsigned>(host.size()), GNUTLS_FSAN_APPEND);
    if (!wanted.address.empty())
        gnutls_x509_crt_set_subject_alt_name(certificate, GNUTLS_SAN_IPADDRESS, wanted.address.data(),
                                             static_cast<unsigned>(wanted.address.size()),
                                             GNUTLS_FSAN_APPEND);
    gnutls_x509_crt_set_key(certificate, key);
    BOOST_REQUIRE(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) ==
                  GNUTLS_E_SUCCESS);
    gnutls_datum_t der{};
    gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &der);
    std::string bytes(reinterpret_cast<char*>(der.data), der.size);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(certificate);
    gnutls_x509_privkey_deinit(key);
    return bytes;
}

bool names(const Wanted& wanted, const std::string& host) {
    return ldap::check_name(make_certificate(wanted), host).has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap_certificate)

BOOST_AUTO_TEST_CASE(an_alternative_name_names_the_host) {
    const Wanted wanted{
        .common_name = "x", .hosts = {"ldap1.example.org", "ldap2.example.org"}, .address = {}};
    BOOST_TEST(names(wanted, "ldap2.example.org"));
    BOOST_TEST(names(wanted, "LDAP1.example.org"));
    BOOST_TEST(!names(wanted, "ldap3.example.org"));
    BOOST_TEST(!names(wanted, "example.org"));
}

BOOST_AUTO_TEST_CASE(the_common_name_does_not_stand_in_for_alternative_names) {
    BOOST_TEST(!names({.common_name = "ldap1.example.org", .hosts = {"other.example.org"}, .address = {}},
                      "ldap1.example.org"));
    BOOST_TEST(
        !names({.common_name = "ldap1.example.org", .hosts = {}, .address = std::string("\x0a\0\0\1", 4)},
               "ldap1.example.org"));
    BOOST_TEST(names({.common_name = "ldap1.example.org", .hosts = {}, .address = {}}, "ldap1.example.org"));
}

BOOST_AUTO_TEST_CASE(a_wildcard_is_the_leftmost_label_and_one_label) {
    const Wanted wanted{.common_name = "x", .hosts = {"*.example.org"}, .address = {}};
    BOOST_TEST(names(wanted, "ldap1.example.org"));
    BOOST_TEST(!names(wanted, "a.b.example.org"));
    BOOST_TEST(!names(wanted, "example.org"));
    BOOST_TEST(!names({.common_name = "x", .hosts = {"ldap1.*.org"}, .address = {}}, "ldap1.example.org"));
    BOOST_TEST(!names({.common_name = "x", .hosts = {"*"}, .address = {}}, "localhost"));
}

BOOST_AUTO_TEST_CASE(an_address_is_named_by_an_address) {
    const Wanted wanted{.common_name = "10.0.0.2", .hosts = {}, .address = std::string("\x0a\0\0\1", 4)};
    BOOST_TEST(names(wanted, "10.0.0.1"));
    BOOST_TEST(!names(wanted, "10.0.0.2"));
}

BOOST_AUTO_TEST_CASE(a_refusal_says_what_is_wrong) {
    const auto expired =
        make_certificate({.common_name = "x", .hosts = {"a.example.org"}, .address = {}, .days = -1});
    BOOST_TEST(ldap::why_refused(expired, "a.example.org", "ca.pem").find("expired on") != std::string::npos);
    const auto other = make_certificate({.common_name = "x", .hosts = {"a.example.org"}, .address = {}});
    BOOST_TEST(ldap::why_refused(other, "b.example.org", "ca.pem") ==
               "the server's certificate is for a.example.org, not for b.example.org");
    BOOST_TEST(ldap::why_refused(other, "a.example.org", "ca.pem") ==
               "the server's certificate, issued by 'CN=x', is not trusted by ca.pem");
    BOOST_TEST(ldap::why_refused("junk", "a.example.org", "ca.pem") ==
               "the server's certificate cannot be read");
}

BOOST_AUTO_TEST_SUITE_END()
