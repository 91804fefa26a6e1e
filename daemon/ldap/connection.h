// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ldap.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/config/config.h"
#include "daemon/ldap/overseer.h"
#include "daemon/ldap/server.h"

namespace userd::ldap {

struct HandleFreer {
    void operator()(LDAP* handle) const { ldap_destroy(handle); }  // this thread's alone
};
using LdapHandle = std::unique_ptr<LDAP, HandleFreer>;
using LdapMessage = Handle<LDAPMessage, ldap_msgfree>;
using LdapControl = Handle<LDAPControl, ldap_control_free>;
using LdapControls = Handle<LDAPControl*, ldap_controls_free>;
using LdapText = Handle<char, ldap_memfree>;
using LdapBytes = Handle<berval, ber_bvfree>;

// Once, before any thread and any other call: neither ldap.conf(5) nor the environment changes what we do.
void keep_libldap_to_ourselves();

// What a call of libldap came to. The message has the server's words, escaped.
Error ldap_error(LDAP* handle, int code, std::string_view what);
std::string diagnostic(LDAP* handle);  // the server's words, escaped; empty: none

// One connection to one server, not yet bound. Used by one thread at a time. Errc::unavailable: another
// server may do.
class Connection {
 public:
    // Over a socket that `dial` made. TLS stands, and the server is who it should be, unless the
    // configuration allows plain text and `peer` never leaves the host.
    static Result<Connection> open(const LdapSource& source, const Server& server, Fd socket,
                                   const Address& peer, std::chrono::milliseconds patience);
    // All of it: resolve, dial, open.
    static Result<Connection> open(const LdapSource& source, const Server& server, SteadyTime until);

    // As the source itself: its DN and credential, SASL, or nobody.
    Result<void> bind_service(const LdapSource& source);

    LDAP* handle() const { return handle_.get(); }
    int fd() const;  // to wait on; libldap owns it
    const std::string& uri() const { return uri_; }
    bool has_tls() const { return ldap_tls_inplace(handle_.get()) != 0; }
    void set_patience(std::chrono::milliseconds patience);  // of each call that waits for an answer

 private:
    Connection(LdapHandle handle, std::string uri) : handle_(std::move(handle)), uri_(std::move(uri)) {}
    Result<void> secure(const LdapSource& source, const Server& server, const Address& peer);
    Result<void> bind_simple(const LdapSource& source);
    Result<void> bind_sasl(const LdapSource& source);

    LdapHandle handle_;
    std::string uri_;
};

// What CA file a source trusts.
std::string ca_file_of(const LdapSource& source);
// The systemd credential of that name. An Error: it is not there, or empty, which would be an anonymous bind.
Result<Secret> read_credential(const std::string& name);

}  // namespace userd::ldap
