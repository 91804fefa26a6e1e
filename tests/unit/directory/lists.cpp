// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/fields.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture : DirectoryFixture {
    Fixture() {
        must(directory.create_group(root, "web", {}, {}));
        create("alice", {{"email", "boss@example.org"}, {"groups", Names{"web"}}, {"tags", Names{"oncall"}}});
        create("carl", {{"state", "pending"}, {"last_name", "Bosshardt"}, {"display_name", "C"}});
        create("dora");
    }
    std::string names(const Fields& query, bool with_private = true) {
        std::string all;
        for (const auto& row : must(directory.list_users(query, 0, 100, with_private)).rows)
            all += text_of(row, "name") + " ";
        return all;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(lists, Fixture)

BOOST_AUTO_TEST_CASE(queries_filter_search_and_sort) {
    BOOST_TEST(names({}) == "alice carl dora ");
    BOOST_TEST(names({{"sort", "-uid"}}) == "dora carl alice ");
    BOOST_TEST(names({{"state", "pending"}}) == "carl ");
    BOOST_TEST(names({{"group", "web"}}) == "alice ");
    BOOST_TEST(names({{"tag", "oncall"}}) == "alice ");
    BOOST_TEST(names({{"mfa", "yes"}}).empty());
    BOOST_TEST(names({{"locked", false}}) == "alice carl dora ");
    BOOST_TEST(names({{"text", "BOSS"}}) == "alice carl ");
    BOOST_TEST(names({{"text", "BOSS"}, {"in", Names{"name"}}}) == "carl ");
    BOOST_TEST(names({{"text", "boss"}, {"in", Names{"mail"}}}) == "alice ");
    const auto page = must(directory.list_users({}, 1, 1, false));
    BOOST_TEST(page.total == 3U);
    BOOST_TEST(text_of(page.rows.at(0), "name") == "carl");
}

BOOST_AUTO_TEST_CASE(a_list_is_in_the_order_of_what_it_shows) {
    must(directory.create_group(root, "ops", {}, {}));
    must(directory.update_user(root, id_of("dora"), {{"groups", Names{"ops"}}, {"tags", Names{"a", "z"}}},
                               {}));
    must(directory.create_role(root, "clerk", {{"grants", Names{"user.read"}}}, {}));
    must(directory.grant_role(root, must(directory.get_role("clerk")).id, {"dora"}, {}));
    BOOST_TEST(names({{"sort", "groups"}}) == "carl dora alice ");
    BOOST_TEST(names({{"sort", "-groups"}}) == "alice dora carl ");
    BOOST_TEST(names({{"sort", "tags"}}) == "carl dora alice ");
    BOOST_TEST(names({{"sort", "roles"}}) == "dora alice carl ");
    BOOST_TEST(names({{"sort", "primary_group"}}) == "alice carl dora ");
    BOOST_TEST(names({{"sort", "-gid"}}) == "dora carl alice ");
    for (const auto& field : user_fields())
        if (!field.name.ends_with("_add") && !field.name.ends_with("_remove") &&
            field.name != "nested_groups")
            BOOST_TEST(directory.list_users({{"sort", std::string(field.name)}}, 0, 10, true).has_value(),
                       field.name);
    BOOST_TEST(code_of(directory.list_groups({{"sort", "members"}}, 0, 10)) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(bad_queries_are_refused) {
    for (const auto& query :
         {Fields{{"stat", "active"}}, Fields{{"state", "gone"}}, Fields{{"sort", "shoe_size"}},
          Fields{{"mfa", "maybe"}}, Fields{{"in", Names{"soul"}}}, Fields{{"locked", "yes"}}})
        BOOST_TEST(code_of(directory.list_users(query, 0, 10, true)) == Errc::invalid);
    BOOST_TEST(code_of(directory.list_users({}, 0, 1001, true)) == Errc::limits);
}

BOOST_AUTO_TEST_CASE(everybody_sees_public_fields_only_and_cannot_ask_for_others) {
    for (const auto& row : must(directory.list_users({}, 0, 10, false)).rows)
        for (const auto& [name, value] : row) BOOST_TEST(!find_user_field(name)->is_private, name);
    BOOST_TEST(names({{"text", "boss"}}, false).empty());
    for (const auto& query : {Fields{{"tag", "oncall"}}, Fields{{"sort", "email"}}, Fields{{"mfa", "no"}},
                              Fields{{"in", Names{"mail"}}}, Fields{{"never", true}}})
        BOOST_TEST(code_of(directory.list_users(query, 0, 10, false)) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(targets_name_a_user_in_four_ways) {
    const auto id = id_of("alice");
    const auto uid = must(directory.get_user("alice")).uid;
    BOOST_TEST((id_of("uid:" + std::to_string(uid)) == id));
    BOOST_TEST((id_of("mail:Boss@example.ORG") == id));
    BOOST_TEST((id_of("id:" + std::to_string(id.value)) == id));
    for (const char* target : {"", "nobody1", "uid:99999999999", "mail:x@y.z"})
        BOOST_TEST(code_of(directory.get_user(target)) == Errc::no_such_user);
    BOOST_TEST(code_of(directory.get_user("uid:-1")) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(groups_are_listed_without_their_members) {
    const auto page = must(directory.list_groups({{"text", "we"}}, 0, 10));
    BOOST_TEST(page.total == 1U);
    BOOST_TEST(!page.rows.at(0).contains("members"));
    BOOST_TEST(code_of(directory.list_groups({{"nope", "x"}}, 0, 10)) == Errc::invalid);
}

BOOST_AUTO_TEST_SUITE_END()
