// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/fields.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "tests/unit/store/support.h"

using namespace userd;

BOOST_AUTO_TEST_SUITE(fields)

BOOST_AUTO_TEST_CASE(the_reference_page_calls_private_what_is) {
    std::ifstream file(USERD_SOURCE_ROOT "/docs/reference/fields.md");
    std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto start = page.find("## Users"), end = page.find("## Groups");
    BOOST_REQUIRE(start != std::string::npos);
    page = page.substr(start, end - start);
    for (const auto& field : user_fields()) {
        if (field.name.ends_with("_add") || field.name.ends_with("_remove")) continue;  // edits of a field
        const auto row = page.find(fmt::format("\n| `{}` |", field.name));
        BOOST_REQUIRE_MESSAGE(row != std::string::npos, field.name);
        const std::string line = page.substr(row + 1, page.find('\n', row + 1) - row);
        BOOST_TEST((line.find("rivate |") != std::string::npos) == field.is_private, line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
