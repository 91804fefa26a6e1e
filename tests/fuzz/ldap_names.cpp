// SPDX-License-Identifier: LGPL-2.1-or-later
// DNs, UUIDs and SIDs as a server sends them, filters as the configuration has them, and values in filters.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/wire/ldap.h"
#include "daemon/config/ldap_syntax.h"
#include "daemon/ldap/dn.h"
#include "daemon/ldap/filter.h"
#include "daemon/ldap/id_mapping.h"
#include "daemon/ldap/uuid.h"

using namespace userd;

namespace {

void require(bool holds) {
    if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto dn = normal_dn(text)) {
        require(dn->size() <= wire::max_dn);
        require(normal_dn(*dn) == dn);
    }
    const auto below = dn_below("uid", text, "dc=x");
    if (const auto dn = normal_dn(*below)) require(is_within(*dn, "dc=x"));
    if (const auto filter = parse_ldap_filter(text))
        require(parse_ldap_filter(*filter).value_or("") == *filter);
    if (size < 1024) require(parse_ldap_filter(Filter::equals("uid", text).text()).has_value());
    if (const auto uri = parse_ldap_uri(text)) require(parse_ldap_uri(*uri).value_or("") == *uri);
    (void)parse_ldap_dn(text);
    (void)parse_uuid(text);
    (void)uuid_of_guid(text);
    IdSlices slices;
    for (const auto& sid : {Sid::parse(text), Sid::parse_binary(text)}) {
        if (!sid) continue;
        require(Sid::parse(sid->text()) == sid);
        if (const auto id = slices.id_of(*sid)) require(*id >= 200'000 && *id < 2'000'200'000);
    }
    return 0;
}
