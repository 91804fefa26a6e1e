// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

// RFC 2849 and RFC 4514: text that any LDAP server loads.
namespace userd {

// "attribute: value" with its line end, in base64 where the value asks for it, folded at 76 columns.
std::string ldif_line(std::string_view attribute, std::string_view value);

// A value as it may stand in a distinguished name.
std::string dn_value(std::string_view value);

// Whether a text has the form of a distinguished name: attribute=value, separated by commas.
bool is_dn(std::string_view text);

}  // namespace userd
