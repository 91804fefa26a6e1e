// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/user_fields.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/ctl/support.h"

using namespace userd;
using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;
using Table = std::map<std::string, std::string>;
constexpr std::int64_t now = 1'000'000;

Fields fields_of(std::string_view line) {
    return user_fields(parse_line(line).value(), now).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(user_fields_of_options)

BOOST_AUTO_TEST_CASE(options_set_the_fields_of_their_names) {
    const Fields fields = fields_of("create a --first-name Alice --uid 70005 --expires 1d --must-change");
    BOOST_TEST(std::get<std::string>(fields.at("first_name")) == "Alice");
    BOOST_TEST(std::get<std::int64_t>(fields.at("uid")) == 70005);
    BOOST_TEST(std::get<std::int64_t>(fields.at("expires")) == now + 86400);
    BOOST_TEST(std::get<bool>(fields.at("must_change")));
    BOOST_TEST(fields.size() == 4U);
}

BOOST_AUTO_TEST_CASE(lists_are_replaced_added_to_and_taken_from) {
    const Fields fields = fields_of("update a --tag +oncall,-old --group web,ops");
    BOOST_TEST(std::get<Words>(fields.at("tags_add")) == Words{"oncall"});
    BOOST_TEST(std::get<Words>(fields.at("tags_remove")) == Words{"old"});
    BOOST_TEST(!fields.contains("tags"));
    BOOST_TEST(std::get<Words>(fields.at("groups")) == (Words{"web", "ops"}));
}

BOOST_AUTO_TEST_CASE(metadata_is_set_and_removed_by_path) {
    const Fields fields = fields_of("update a --meta team.lead=bob --meta floor=");
    BOOST_TEST((std::get<Table>(fields.at("metadata")) == Table{{"team.lead", "bob"}, {"floor", ""}}));
    BOOST_TEST(!user_fields(parse_line("update a --meta x").value(), now));
}

BOOST_AUTO_TEST_SUITE_END()
