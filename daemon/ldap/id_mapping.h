// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers for accounts of Active Directory that have none, by SSSD's rule and defaults (sssd-ldap(5), "ID
// mapping"), so that a host which changes over keeps them: the ids from 200000 up are cut into 10000 slices
// of 200000; a domain has the slice that the hash of its SID says, or the next one that no other domain has;
// the RID is the place in it. RIDs beyond 199999 stand in further slices, each by the hash of SID and first
// RID.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "daemon/ldap/sid.h"

namespace userd {

class IdSlices {
 public:
    static constexpr std::uint32_t first_id = 200'000, slice_size = 200'000, slices = 10'000;

    // The number of an account. None: it is of no domain (S-1-5-32-544: Administrators).
    // Domains take their slices in the order in which they are met, as in SSSD.
    std::optional<std::uint32_t> id_of(const Sid& sid);

 private:
    std::optional<std::uint32_t> slice_of_domain(const std::string& sid);
    std::uint32_t free_slice(std::string_view name) const;

    std::map<std::string, std::uint32_t> domains_;  // their first slices
    std::set<std::uint32_t> taken_;                 // the same
};

// MurmurHash3, 32 bit.
std::uint32_t murmur3(std::string_view bytes, std::uint32_t seed);

}  // namespace userd
