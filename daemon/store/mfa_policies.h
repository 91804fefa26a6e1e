// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "common/base/result.h"
#include "daemon/model/user.h"
#include "daemon/runtime/clock.h"

namespace userd::store {

class Store;

using MfaPolicies = std::map<ObjectId, MfaPolicy>;

// What holds for each of the users at that time: their own word, else the strictest of their groups', else
// `otherwise` (mfa.default). And for each user who is in the group. One statement, however many they are.
Result<MfaPolicies> mfa_policies_of(Store& store, std::span<const ObjectId> users, MfaPolicy otherwise,
                                    Time now);
Result<MfaPolicies> mfa_policies_in(Store& store, ObjectId group, MfaPolicy otherwise, Time now);
// Of these users, who must have codes by now, have none and may not enrol: they may until then. How many.
// Inside a Change.
Result<std::uint64_t> open_enrolments(Store& store, std::span<const ObjectId> users, MfaPolicy otherwise,
                                      Time now, Time until);

}  // namespace userd::store
