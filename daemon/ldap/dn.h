// SPDX-License-Identifier: LGPL-2.1-or-later
// Distinguished names (RFC 4514), without libldap: its parser neither folds case nor sorts, and takes five
// times as long for a plain one (14 allocations); a first load has millions of members.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd {

// Puts the normal form of a DN into `out` (what was there is gone): the same for all ways to write one, so
// that it serves as a key. Attribute types and values in lower case, spaces at the ends and doubled ones
// gone, whatever is escaped in one way, the parts of a multi-valued RDN sorted. It is a DN itself, which the
// server takes. False: not a DN, or longer than wire::max_dn.
bool normalise_dn(std::string_view dn, std::string& out);
std::optional<std::string> normal_dn(std::string_view dn);

// Whether a DN is `base` or stands below it; both in normal form.
bool is_within(std::string_view dn, std::string_view base);

// "attribute=value,base", the value escaped. Invalid where the attribute's name is none.
Result<std::string> dn_below(std::string_view attribute, std::string_view value, std::string_view base);

}  // namespace userd
