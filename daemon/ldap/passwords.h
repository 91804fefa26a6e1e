// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/secret.h"
#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/ldap/overseer.h"
#include "daemon/ldap/servers.h"

namespace userd::ldap {

// What a server said of a password.
struct PasswordTold {
    wire::LdapAnswer answer = wire::LdapAnswer::unreachable;
    std::string text;                // for a person; may be empty
    std::uint32_t expires_in = 0;    // seconds; 0: not told
    std::uint32_t grace_logins = 0;  // 0: not told
};

// What the draft "Password Policy for LDAP Directories" (behera, section 6.2) lets a server say beside a
// result. −1: not told.
struct PolicyWords {
    int error = -1;
    int expires_in = -1;
    int grace_logins = -1;
};
// The verdict of a simple bind, by its result, those words, and, for Active Directory, its own text ("data
// 775").
PasswordTold verdict_of_bind(int code, const PolicyWords& words, std::string_view server_text);
PasswordTold verdict_of_change(int code, const PolicyWords& words, std::string_view server_text);

// A password as Active Directory keeps it: in quotes, UTF-16LE. Empty: it is not UTF-8.
Secret unicode_password(const Secret& password);

// Asks the servers of a source about passwords, each time on a new connection, since a bind changes whose it
// is. What a server answers is final; only one that gives no answer is followed by the next, while there is
// time. An empty DN or password never leaves: it would be an anonymous bind, which succeeds.
class Passwords {
 public:
    Passwords(const LdapSource& source, Servers& servers) : source_(source), servers_(servers) {}

    PasswordTold check(std::string_view dn, const Secret& password, SteadyTime until, Overseer::Post& post);
    PasswordTold change(std::string_view dn, const Secret& old_password, const Secret& new_password,
                        SteadyTime until, Overseer::Post& post);

 private:
    template <typename Ask>
    PasswordTold ask_each(SteadyTime until, Overseer::Post& post, const Ask& ask);

    const LdapSource& source_;
    Servers& servers_;
};

}  // namespace userd::ldap
