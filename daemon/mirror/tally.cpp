// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/tally.h"

#include <fmt/core.h>

#include <utility>

#include "common/base/json.h"

namespace userd {

std::string Tally::json() const {
    const std::pair<const char*, std::uint64_t> counts[] = {{"users_created", users_created},
                                                            {"users_changed", users_changed},
                                                            {"users_suspended", users_suspended},
                                                            {"users_resumed", users_resumed},
                                                            {"users_deleted", users_deleted},
                                                            {"groups_created", groups_created},
                                                            {"groups_changed", groups_changed},
                                                            {"groups_deleted", groups_deleted},
                                                            {"joined", joined},
                                                            {"left", left},
                                                            {"codes_changed", codes_changed},
                                                            {"quarantined", quarantined},
                                                            {"held", held}};
    std::string text = "{";
    for (const auto& [what, count] : counts)
        if (count != 0) text += fmt::format("\"{}\":{},", what, count);
    text += "\"first\":[";
    for (const auto& one : names) {
        if (text.back() != '[') text += ',';
        append_json_string(text, one);
    }
    return text + "]}";
}

}  // namespace userd
