// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace userd {

// A mail address. `text` is as it was given, but for the domain, which is folded; `folded` is for comparing.
struct Email {
    std::string text, folded;
    // Empty: no address. `domains`: those allowed; empty: any.
    static Result<Email> parse(std::string_view text, const std::vector<std::string>& domains);
};

}  // namespace userd
