// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "daemon/directory/name_rule.h"

namespace userd {

// A text in the letters of login names: without accents (ä → a, ß → ss, ø → o), lower case, and without all
// that is neither letter, digit, '.', '_' nor '-'. Empty where nothing of it can be written so.
std::string in_plain_letters(std::string_view text);

// Makes login names from other fields by a template: "{first_name}.{last_name}", "{first_name:1}{last_name}"
// (the first letter). A dot that the rule for names does not allow becomes '-'. The second of two equal names
// gets a 2, the third a 3, in the order of the file: the same file gives the same names again.
class NameMaker {
 public:
    // invalid (field name_from): a brace that is not closed, or a field that does not exist.
    static Result<NameMaker> parse(std::string_view text, const NameRule& rule);

    using Lookup = std::function<std::string(std::string_view field)>;
    Result<std::string> make(const Lookup& value_of);

 private:
    struct Part {
        std::string text;      // as it stands, or
        std::string field;     // the value of this field,
        std::size_t most = 0;  // of which so many letters; 0: all
    };
    NameMaker(std::vector<Part> parts, const NameRule& rule) : parts_(std::move(parts)), rule_(&rule) {}

    std::vector<Part> parts_;
    const NameRule* rule_;
    std::set<std::string, std::less<>> given_;
};

}  // namespace userd
