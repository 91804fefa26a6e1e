// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/phone.h"

#include <algorithm>

#include "common/base/text.h"

// E.164: at most 15 digits, country code first.
namespace userd {

namespace {

constexpr std::string_view decoration = " ()-.";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

Result<std::string> parse_phone(std::string_view text) {
    std::string number;
    for (const char c : text)
        if (decoration.find(c) == std::string_view::npos) number += c;
    if (number.empty()) return number;
    if (number.starts_with("00"))
        number.replace(0, 2, "+");
    else if (number[0] != '+')
        number.insert(0, "+");
    const auto digits = std::string_view(number).substr(1);
    if (digits.size() < 8 || digits.size() > 15 || !std::all_of(digits.begin(), digits.end(), is_digit))
        return fail(
            Error{Errc::invalid,
                  fmt::format("\"{}\" is no telephone number: 8 to 15 digits are needed, country code first",
                              escaped(text.substr(0, 64))),
                  "the form +44 0123 456789", "phone"});
    return number;
}

}  // namespace userd
