// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/config/config.h"

namespace userd::homes {

// /etc/userd/homes.yaml: what the core may ask for at all, in root's own words. Every key must be there: a
// limit is never guessed.
struct Limits {
    std::vector<IdRange> ids;        // never a reserved one
    std::vector<std::string> roots;  // absolute, without . and .., never /
    std::vector<std::string> scan;   // likewise
    bool adopt = false;              // take over accounts of /etc/passwd with ids 1000–59999

    bool allows(std::uint32_t id) const;
};

Result<Limits> parse_limits(std::string_view text, const std::string& file_name);

// Refused: a file that is not root's, or that others may write, and a folder that they may write.
Result<Limits> load_limits(const std::string& root);

}  // namespace userd::homes
