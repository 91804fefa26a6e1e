// SPDX-License-Identifier: LGPL-2.1-or-later
// The forms of LDAP that stand in userd.yaml. Errors are Errc::invalid; their message ends the sentence "KEY:
// …".
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd {

// An attribute's name (RFC 4512): a word or a dotted number, without options.
bool is_ldap_attribute(std::string_view text);

// A search filter (RFC 4515), balanced, of at most 4096 bytes and 32 levels; without the spaces between its
// parts.
Result<std::string> parse_ldap_filter(std::string_view text);

// ldaps://HOST[:PORT], ldap://HOST[:PORT], ldapi://SOCKET ("%2Frun%2Fslapd%2Fldapi" or the path itself).
Result<std::string> parse_ldap_uri(std::string_view text);
bool is_loopback_uri(std::string_view uri);  // localhost, 127.0.0.0/8, ::1

// A DN by its looks: each part is TYPE=VALUE.
Result<std::string> parse_ldap_dn(std::string_view text);

}  // namespace userd
