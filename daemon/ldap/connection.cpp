// SPDX-License-Identifier: LGPL-2.1-or-later
// The socket is ours (server.h), so that its peer is known and no wait is without bound; libldap gets it with
// ldap_init_fd(3), never follows a referral and never connects by itself.
#include "daemon/ldap/connection.h"

#include <fcntl.h>
#include <openldap.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "common/base/text.h"
#include "daemon/ldap/certificate.h"

namespace userd::ldap {
namespace {

constexpr const char* system_cas = "/etc/ssl/certs/ca-certificates.crt";
constexpr const char* tls_versions = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";  // GnuTLS's words
constexpr ber_len_t largest_message = ber_len_t{64} << 20;  // 200,000 members with long DNs
constexpr std::size_t most_credential = 1024;

using Strictness = int;  // of LDAP_OPT_X_TLS_REQUIRE_CERT

Failure refused(std::string message, std::string hint) {
    return fail(Error{Errc::unavailable, std::move(message), std::move(hint), {}});
}

Result<void> set(LDAP* handle, int option, const void* value, const char* what) {
    if (ldap_set_option(handle, option, value) == LDAP_OPT_SUCCESS) return {};
    return fail(Errc::internal, "libldap refuses the option {}", what);
}

timeval to_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = (time.count() % 1000) * 1000};
}

Result<void> set_up_tls(LDAP* handle, const std::string& ca_file, Strictness strictness) {
    const int strict_names = LDAP_OPT_X_TLS_TRY;  // an alternative name that does not match is final
    const int no_crl = LDAP_OPT_X_TLS_CRL_NONE, client = 0;
    TRY(set(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, &strictness, "TLS_REQCERT"));
    TRY(set(handle, LDAP_OPT_X_TLS_REQUIRE_SAN, &strict_names, "TLS_REQSAN"));
    TRY(set(handle, LDAP_OPT_X_TLS_CACERTFILE, ca_file.c_str(), "TLS_CACERT"));
    TRY(set(handle, LDAP_OPT_X_TLS_CIPHER_SUITE, tls_versions, "TLS_CIPHER_SUITE"));
    ldap_set_option(handle, LDAP_OPT_X_TLS_CRLCHECK, &no_crl);
    if (ldap_set_option(handle, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS) return {};
    return refused(fmt::format("set up TLS with the CA file {}", ca_file),
                   "is the file there, readable for userd-ldap, and does it hold certificates in PEM?");
}

Result<LdapHandle> wrap(const LdapSource& source, const Server& server, Fd socket, Strictness strictness) {
    LDAP* raw = nullptr;
    const int proto = server.scheme == Server::Scheme::ldapi ? LDAP_PROTO_IPC : LDAP_PROTO_TCP;
    const int code = ldap_init_fd(socket.get(), proto, server.uri.c_str(), &raw);
    if (code != LDAP_SUCCESS || raw == nullptr)
        return fail(Errc::internal, "libldap does not take {}: {}", server.uri, ldap_err2string(code));
    socket.release();
    LdapHandle handle(raw);
    const int version = LDAP_VERSION3, never = LDAP_DEREF_NEVER, none = LDAP_NO_LIMIT;
    TRY(set(raw, LDAP_OPT_PROTOCOL_VERSION, &version, "VERSION"));
    TRY(set(raw, LDAP_OPT_REFERRALS, LDAP_OPT_OFF, "REFERRALS"));
    TRY(set(raw, LDAP_OPT_RESTART, LDAP_OPT_ON, "RESTART"));
    TRY(set(raw, LDAP_OPT_DEREF, &never, "DEREF"));
    TRY(set(raw, LDAP_OPT_SIZELIMIT, &none, "SIZELIMIT"));
    TRY(set(raw, LDAP_OPT_TIMELIMIT, &none, "TIMELIMIT"));
    ldap_set_option(raw, LDAP_OPT_X_SASL_NOCANON,
                    LDAP_OPT_ON);  // the name that was configured, not one that DNS says
    Sockbuf* buffer = nullptr;
    if (ldap_get_option(raw, LDAP_OPT_SOCKBUF, &buffer) == LDAP_OPT_SUCCESS && buffer != nullptr) {
        auto most = largest_message;
        ber_sockbuf_ctrl(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &most);
    }
    if (server.scheme != Server::Scheme::ldapi) TRY(set_up_tls(raw, ca_file_of(source), strictness));
    return handle;
}

std::string peer_certificate(LDAP* handle) {
    berval der{};
    if (ldap_get_option(handle, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS || der.bv_val == nullptr)
        return {};
    const LdapText owner(der.bv_val);
    return {der.bv_val, der.bv_len};
}

int start_tls(LDAP* handle, const Server& server) {
    return server.scheme == Server::Scheme::ldaps ? ldap_install_tls(handle)
                                                  : ldap_start_tls_s(handle, nullptr, nullptr);
}

// libldap's own word for most certificates that it refuses is "unknown error code". So we look at the
// certificate on a connection that carries nothing else.
std::string explain_refusal(const LdapSource& source, const Server& server,
                            std::chrono::milliseconds patience) {
    const auto addresses = resolve(server);
    if (!addresses) return {};
    auto socket = dial(*addresses, std::chrono::steady_clock::now() + patience);
    if (!socket) return {};
    const auto handle = wrap(source, server, std::move(*socket), LDAP_OPT_X_TLS_NEVER);
    if (!handle) return {};
    const timeval time = to_timeval(patience);
    ldap_set_option(handle->get(), LDAP_OPT_NETWORK_TIMEOUT, &time);
    ldap_set_option(handle->get(), LDAP_OPT_TIMEOUT, &time);
    if (start_tls(handle->get(), server) != LDAP_SUCCESS) return {};
    const auto der = peer_certificate(handle->get());
    return der.empty() ? "" : why_refused(der, server.host, ca_file_of(source));
}

// What TLS protects needs no second layer, and Active Directory takes none within it. The ticket is good for
// this connection alone: the server that wants to know so (LdapEnforceChannelBinding) is told its
// certificate.
Result<void> bind_within_tls(LDAP* handle) {
    const int certificate = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
    TRY(set(handle, LDAP_OPT_X_SASL_CBINDING, &certificate, "SASL_CBINDING"));
    return set(handle, LDAP_OPT_X_SASL_SECPROPS, "noanonymous,noplain,maxssf=0", "SASL_SECPROPS");
}

// What the SASL library asks for beyond what the ticket says: nothing.
int no_answers(LDAP*, unsigned, void*, void*) {
    return LDAP_SUCCESS;
}

std::string hint_for(int code) {
    switch (code) {
        case LDAP_INVALID_CREDENTIALS:
            return "look at bind.dn in userd.yaml and at the credential of userd-ldap.service";
        case LDAP_NO_SUCH_OBJECT:
            return "look at base in userd.yaml, and at what the server lets the bind DN read";
        case LDAP_INSUFFICIENT_ACCESS:
            return "let the bind DN read the entries on the server";
        case LDAP_SIZELIMIT_EXCEEDED:
        case LDAP_ADMINLIMIT_EXCEEDED:
        case LDAP_TIMELIMIT_EXCEEDED:
            return "raise the server's limits for the bind DN (slapd: limits … size=unlimited "
                   "time=unlimited)";
        case LDAP_CONFIDENTIALITY_REQUIRED:
        case LDAP_STRONG_AUTH_REQUIRED:
            return "the server wants TLS: ldaps:// or tls.starttls in userd.yaml";
        case LDAP_SERVER_DOWN:
        case LDAP_CONNECT_ERROR:
        case LDAP_TIMEOUT:
            return "is the server running, and does a firewall let this host through?";
        default:
            return {};
    }
}

bool is_of_transport(int code) {
    return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_TIMEOUT ||
           code == LDAP_BUSY || code == LDAP_UNAVAILABLE || code == LDAP_DECODING_ERROR ||
           code == LDAP_ENCODING_ERROR || code == LDAP_LOCAL_ERROR;
}

}  // namespace

void keep_libldap_to_ourselves() {
    setenv("LDAPNOINIT", "1", 1);
    LDAP* first = nullptr;
    if (ldap_create(&first) == LDAP_SUCCESS)
        ldap_destroy(first);  // initialises libldap, here and not in a thread
}

std::string diagnostic(LDAP* handle) {
    char* raw = nullptr;
    if (ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &raw) != LDAP_OPT_SUCCESS || raw == nullptr)
        return {};
    const LdapText owner(raw);
    return escaped(std::string_view(raw).substr(0, 300));
}

Error ldap_error(LDAP* handle, int code, std::string_view what) {
    const auto words = handle != nullptr ? diagnostic(handle) : std::string();
    return {is_of_transport(code) ? Errc::unavailable : Errc::denied,
            fmt::format("{}: {}{}{}{}", what, ldap_err2string(code), words.empty() ? "" : " (", words,
                        words.empty() ? "" : ")"),
            hint_for(code),
            {}};
}

std::string ca_file_of(const LdapSource& source) {
    return source.tls.ca.empty() ? system_cas : source.tls.ca;
}

Result<Secret> read_credential(const std::string& name) {
    const char* folder = secure_getenv("CREDENTIALS_DIRECTORY");
    const auto missing = [&](std::string why) {
        return fail(Error{Errc::invalid,
                          fmt::format("the credential {}: {}", name, why),
                          fmt::format("systemctl edit userd-ldap: LoadCredential={}:/FILE", name),
                          {}});
    };
    if (folder == nullptr) return missing("systemd handed none over");
    if (name.empty() || name.find('/') != name.npos) return missing("its name is none");
    const Fd file(open(fmt::format("{}/{}", folder, name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return missing(std::strerror(errno));
    auto secret = Secret::with_size(most_credential + 1);
    const ssize_t got = read(file.get(), secret.data(), secret.size());
    if (got < 0) return missing(std::strerror(errno));
    if (static_cast<std::size_t>(got) > most_credential) return missing("it is longer than 1024 bytes");
    secret.shrink(static_cast<std::size_t>(got));
    if (!secret.empty() && secret.text().back() == '\n') secret.shrink(secret.size() - 1);
    if (secret.empty()) return missing("it is empty, which would be an anonymous bind");
    return secret;
}

Result<Connection> Connection::open(const LdapSource& source, const Server& server, Fd socket,
                                    const Address& peer, std::chrono::milliseconds patience) {
    const int fd = socket.get();
    Connection connection(TRY(wrap(source, server, std::move(socket), LDAP_OPT_X_TLS_DEMAND)), server.uri);
    connection.set_patience(patience);
    TRY(connection.secure(source, server, peer));
    // libldap makes the socket wait again after the handshake; a server that sends half a message would hold
    // us.
    if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
        return fail(Errc::internal, "set up the connection: {}", std::strerror(errno));
    return connection;
}

Result<Connection> Connection::open(const LdapSource& source, const Server& server, SteadyTime until) {
    const auto addresses = TRY(resolve(server));
    auto socket = TRY(dial(addresses, until));
    Address peer;
    peer.length = sizeof peer.bytes;
    if (getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer.bytes), &peer.length) != 0)
        return refused(fmt::format("connect to {}: {}", server.uri, std::strerror(errno)), {});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return open(source, server, std::move(socket), peer, std::max(left, std::chrono::milliseconds(100)));
}

Result<void> Connection::secure(const LdapSource& source, const Server& server, const Address& peer) {
    if (server.scheme == Server::Scheme::ldapi) return {};
    if (server.scheme == Server::Scheme::ldap && !source.tls.starttls) {
        if (!source.insecure)
            return refused(fmt::format("{} is without TLS", server.uri),
                           "ldaps://, or tls: {starttls: true}");
        if (!peer.is_loopback())
            return refused(
                fmt::format("{} is {}, not this host: plain text is refused", server.uri, peer.text()),
                "ldaps://, or tls: {starttls: true}");
        return {};
    }
    const int code = start_tls(handle_.get(), server);
    if (code != LDAP_SUCCESS || !has_tls()) {
        auto error = ldap_error(handle_.get(), code, fmt::format("TLS with {}", server.uri));
        error.code = Errc::unavailable;
        if (const auto why = explain_refusal(source, server, std::chrono::seconds(2)); !why.empty())
            error = {Errc::unavailable,
                     fmt::format("TLS with {}: {}", server.uri, why),
                     "no credential was sent; look at its certificate, the uri and tls.ca in userd.yaml",
                     {}};
        return fail(std::move(error));
    }
    const auto der = peer_certificate(handle_.get());
    if (const auto named = check_name(der, server.host); !named)
        return refused(fmt::format("TLS with {}: {}", server.uri, named.error().message),
                       "no credential was sent; look at its certificate and the uri in userd.yaml");
    return {};
}

Result<void> Connection::bind_service(const LdapSource& source) {
    if (source.bind.sasl != LdapSource::Sasl::none) return bind_sasl(source);
    return source.bind.dn.empty() ? Result<void>() : bind_simple(source);
}

Result<void> Connection::bind_simple(const LdapSource& source) {
    const auto secret = TRY(read_credential(source.bind.credential));
    berval password{secret.size(), const_cast<char*>(secret.text().data())};
    const int code = ldap_sasl_bind_s(handle_.get(), source.bind.dn.c_str(), LDAP_SASL_SIMPLE, &password,
                                      nullptr, nullptr, nullptr);
    if (code == LDAP_SUCCESS) return {};
    return fail(ldap_error(handle_.get(), code, fmt::format("bind as {}", source.bind.dn)));
}

Result<void> Connection::bind_sasl(const LdapSource& source) {
    const bool is_external = source.bind.sasl == LdapSource::Sasl::external;
    const char* mechanism = is_external ? "EXTERNAL" : "GSSAPI";
    berval nobody{0, const_cast<char*>("")};
    if (!is_external && has_tls()) TRY(bind_within_tls(handle_.get()));
    const int code = is_external
                         ? ldap_sasl_bind_s(handle_.get(), "", mechanism, &nobody, nullptr, nullptr, nullptr)
                         : ldap_sasl_interactive_bind_s(handle_.get(), nullptr, mechanism, nullptr, nullptr,
                                                        LDAP_SASL_QUIET, no_answers, nullptr);
    if (code == LDAP_SUCCESS) return {};
    auto error = ldap_error(handle_.get(), code, fmt::format("bind by SASL {}", mechanism));
    if (!is_external)
        error.hint =
            "GSSAPI needs libsasl2-modules-gssapi-mit, and a ticket or keytab that userd-ldap can read";
    return fail(std::move(error));
}

int Connection::fd() const {
    int fd = -1;
    return ldap_get_option(handle_.get(), LDAP_OPT_DESC, &fd) == LDAP_OPT_SUCCESS ? fd : -1;
}

void Connection::set_patience(std::chrono::milliseconds patience) {
    const timeval time = to_timeval(patience);
    ldap_set_option(handle_.get(), LDAP_OPT_NETWORK_TIMEOUT, &time);
    ldap_set_option(handle_.get(), LDAP_OPT_TIMEOUT, &time);
}

}  // namespace userd::ldap
