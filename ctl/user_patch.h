// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"
#include "daemon/config/config.h"
#include "daemon/model/value.h"

namespace userd::ctl {

// What a file asks to change of a user, and where in the file each field stands.
struct UserPatch {
    Fields fields;
    std::map<std::string, ConfigProblem, std::less<>> places;
};

// An RFC 7396 merge patch, in YAML or JSON: null clears a field, a list is the whole list, metadata is merged
// deep with what `before`, the user as it is, has. All that is wrong with it comes back, in the order of the
// file.
tl::expected<UserPatch, std::vector<ConfigProblem>> parse_user_patch(std::string_view text,
                                                                     const std::string& file,
                                                                     const Fields& before, std::int64_t now);

// What the daemon refused, with the place of the field that it names.
Problem placed(Problem problem, const UserPatch& patch);

}  // namespace userd::ctl
