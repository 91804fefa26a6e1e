// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace userd {

// A search filter (RFC 4515). It can be made of these parts alone, each of which escapes what it is given: no
// value, whatever its bytes, becomes syntax. An attribute that is no attribute's name makes a filter that
// matches nothing.
class Filter {
 public:
    static Filter equals(std::string_view attribute, std::string_view value);
    static Filter at_least(std::string_view attribute, std::string_view value);  // >=
    static Filter present(std::string_view attribute);
    static Filter all_of(const std::vector<Filter>& parts);  // none: everything
    static Filter any_of(const std::vector<Filter>& parts);  // none: nothing
    static Filter none_of(const Filter& part);               // not
    // What stands in the configuration. An Error (invalid) says what is wrong with it.
    static Result<Filter> parse(std::string_view text);

    const std::string& text() const { return text_; }

 private:
    explicit Filter(std::string text) : text_(std::move(text)) {}
    static Filter compare(std::string_view attribute, std::string_view sign, std::string_view value);
    static Filter join(char sign, const std::vector<Filter>& parts);
    std::string text_;
};

}  // namespace userd
