// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd::ldap {

// Whether a server's certificate (DER) names the host: a DNS name or an address among its alternative names,
// a wildcard as the leftmost label only; the subject's common name counts where there is no alternative name
// at all. libldap's own check, which comes first, lets a common name stand in for alternative names that do
// not match.
Result<void> check_name(std::string_view der, const std::string& host);

// Why a server's certificate was refused, for a person: a wrong name, a date, an issuer who is unknown in the
// CA file.
std::string why_refused(std::string_view der, const std::string& host, const std::string& ca_file);

}  // namespace userd::ldap
