// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/certificate.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>
#include <time.h>

#include <memory>
#include <type_traits>

#include "common/base/handle.h"
#include "common/base/text.h"

namespace userd::ldap {
namespace {

constexpr unsigned most_names = 1000;  // alternative ones: more are not looked at

using Certificate = Handle<std::remove_pointer_t<gnutls_x509_crt_t>, gnutls_x509_crt_deinit>;

Certificate read_certificate(std::string_view der) {
    gnutls_x509_crt_t raw = nullptr;
    if (gnutls_x509_crt_init(&raw) != GNUTLS_E_SUCCESS) return nullptr;
    Certificate certificate(raw);
    const gnutls_datum_t bytes{reinterpret_cast<unsigned char*>(const_cast<char*>(der.data())),
                               static_cast<unsigned>(der.size())};
    if (gnutls_x509_crt_import(raw, &bytes, GNUTLS_X509_FMT_DER) != GNUTLS_E_SUCCESS) return nullptr;
    return certificate;
}

struct AlternativeNames {
    bool has_host = false, has_address = false, is_unclear = false;
    bool names_address = false;  // the very address that was asked for
};

AlternativeNames alternative_names(gnutls_x509_crt_t certificate, const std::string& host) {
    unsigned char address[16];
    std::size_t length = 0;
    if (inet_pton(AF_INET, host.c_str(), address) == 1)
        length = 4;
    else if (inet_pton(AF_INET6, host.c_str(), address) == 1)
        length = 16;
    AlternativeNames found;
    for (unsigned i = 0; i < most_names; ++i) {
        char name[1024];
        std::size_t size = sizeof name;
        const int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size, nullptr);
        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return found;
        if (kind < 0) found.is_unclear = true;
        if (kind == GNUTLS_SAN_DNSNAME) found.has_host = true;
        if (kind != GNUTLS_SAN_IPADDRESS) continue;
        found.has_address = true;
        if (length != 0 && size == length && memcmp(name, address, length) == 0) found.names_address = true;
    }
    return found;
}

std::string names_of(gnutls_x509_crt_t certificate) {
    std::string names;
    const auto add = [&](std::string_view name) { names += (names.empty() ? "" : ", ") + escaped(name); };
    for (unsigned i = 0; i < 16; ++i) {
        char name[256];
        std::size_t size = sizeof name;
        const int kind = gnutls_x509_crt_get_subject_alt_name(certificate, i, name, &size, nullptr);
        if (kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
        char text[INET6_ADDRSTRLEN];
        if (kind == GNUTLS_SAN_DNSNAME)
            add({name, size});
        else if (kind == GNUTLS_SAN_IPADDRESS &&
                 inet_ntop(size == 4 ? AF_INET : AF_INET6, name, text, sizeof text) &&
                 (size == 4 || size == 16))
            add(text);
    }
    char common[256];
    std::size_t size = sizeof common;
    if (names.empty() && gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, common,
                                                       &size) == GNUTLS_E_SUCCESS)
        add({common, size});
    return names.empty() ? "nobody" : names;
}

std::string day(time_t time) {
    tm parts{};
    char text[16];
    gmtime_r(&time, &parts);
    strftime(text, sizeof text, "%Y-%m-%d", &parts);
    return text;
}

std::string issuer_of(gnutls_x509_crt_t certificate) {
    char name[512];
    std::size_t size = sizeof name;
    if (gnutls_x509_crt_get_issuer_dn(certificate, name, &size) != GNUTLS_E_SUCCESS)
        return "an unnamed issuer";
    return "'" + escaped({name, size}) + "'";
}

}  // namespace

Result<void> check_name(std::string_view der, const std::string& host) {
    const auto certificate = read_certificate(der);
    if (certificate == nullptr) return fail(Errc::unavailable, "the server's certificate cannot be read");
    // GnuTLS looks at the common name also where the alternative names are of another kind than the host.
    const auto names = alternative_names(certificate.get(), host);
    const bool matches = names.has_host || !(names.has_address || names.is_unclear)
                             ? gnutls_x509_crt_check_hostname2(certificate.get(), host.c_str(), 0) != 0
                             : names.names_address;
    if (matches) return {};
    return fail(Errc::unavailable, "the server's certificate is for {}, not for {}",
                names_of(certificate.get()), host);
}

std::string why_refused(std::string_view der, const std::string& host, const std::string& ca_file) {
    const auto certificate = read_certificate(der);
    if (certificate == nullptr) return "the server's certificate cannot be read";
    const time_t now = time(nullptr);
    const time_t from = gnutls_x509_crt_get_activation_time(certificate.get());
    const time_t until = gnutls_x509_crt_get_expiration_time(certificate.get());
    if (until < now) return "the server's certificate expired on " + day(until);
    if (from > now) return "the server's certificate is valid from " + day(from) + " only";
    if (const auto named = check_name(der, host); !named) return named.error().message;
    return fmt::format("the server's certificate, issued by {}, is not trusted by {}",
                       issuer_of(certificate.get()), ca_file);
}

}  // namespace userd::ldap
