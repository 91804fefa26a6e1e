// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(directory_groups, DirectoryFixture)

BOOST_AUTO_TEST_CASE(a_group_is_made_with_its_members) {
    create("alice");
    const auto record = must(directory.create_group(
                                 root, "web", {{"description", "Web team"}, {"members", Names{"alice"}}}, {}))
                            .record;
    BOOST_TEST(number_of(record, "gid") == 70001);
    BOOST_TEST(text_of(record, "description") == "Web team");
    BOOST_TEST(list_of(record, "members") == "alice");
    BOOST_TEST(must(directory.get_group("gid:70001")).name == "web");
}

BOOST_AUTO_TEST_CASE(a_group_cannot_take_a_users_name_or_number) {
    create("alice");
    BOOST_TEST(code_of(directory.create_group(root, "alice", {}, {})) == Errc::exists);
    BOOST_TEST(code_of(directory.create_group(root, "web", {{"gid", std::int64_t{70000}}}, {})) ==
               Errc::exists);
    BOOST_TEST(code_of(directory.create_group(root, "sudo", {}, {})) == Errc::exists);
}

BOOST_AUTO_TEST_CASE(members_come_and_go_once) {
    create("alice");
    create("erin");
    must(directory.create_group(root, "web", {}, {}));
    auto outcome = must(directory.add_members(root, "web", {"alice", "uid:70001"}, std::nullopt, {}));
    BOOST_TEST(list_of(outcome.record, "members") == "alice,erin");
    BOOST_TEST(!must(directory.add_members(root, "web", {"alice"}, std::nullopt, {})).changed);
    outcome = must(directory.remove_members(root, "web", {"alice"}, {}));
    BOOST_TEST(list_of(outcome.record, "members") == "erin");
    BOOST_TEST(!must(directory.remove_members(root, "web", {"alice"}, {})).changed);
    BOOST_TEST(code_of(directory.add_members(root, "web", {"erin", "nobody1"}, std::nullopt, {})) ==
               Errc::no_such_user);
    BOOST_TEST(code_of(directory.add_members(root, "nope", {"erin"}, std::nullopt, {})) ==
               Errc::no_such_group);
}

BOOST_AUTO_TEST_CASE(a_membership_with_an_end_is_over_then_for_good) {
    create("alice");
    must(directory.create_group(root, "web", {}, {}));
    must(directory.add_members(root, "web", {"alice"}, clock.now() + std::chrono::hours(2), {}));
    must(directory.add_members(root, "sudo", {"alice"}, clock.now() + std::chrono::hours(2), {}));
    const auto before = clock.now();
    clock.advance(std::chrono::hours(2));
    must(directory.end_what_is_over());
    clock.set_wall(before);
    const auto record = must(directory.user_record(must(directory.get_user("alice")), true));
    BOOST_TEST(list_of(record, "groups") == "");
    BOOST_TEST(list_of(record, "local_groups") == "");
    const auto page = must(directory.list_members(must(directory.get_group("web")).id, false, 0, 10));
    BOOST_TEST(page.total == 0U);
}

BOOST_AUTO_TEST_CASE(only_listed_local_groups_take_members) {
    create("alice");
    const auto outcome = must(directory.add_members(root, "sudo", {"alice"}, std::nullopt, {}));
    BOOST_TEST(list_of(outcome.record, "members") == "alice");
    BOOST_TEST(number_of(outcome.record, "gid") == 27);
    BOOST_TEST(trail().at(0).subject == "local-group:sudo");
    BOOST_TEST(code_of(directory.add_members(root, "adm", {"alice"}, std::nullopt, {})) ==
               Errc::policy_violation);
    config.local_groups.push_back("adm");
    BOOST_TEST(code_of(directory.add_members(root, "adm", {"alice"}, std::nullopt, {})) ==
               Errc::policy_violation);
    BOOST_TEST(must(directory.remove_members(root, "sudo", {"alice"}, {})).changed);
}

BOOST_AUTO_TEST_CASE(a_primary_group_cannot_go) {
    must(directory.create_group(root, "staff", {}, {}));
    const auto record = create("alice", {{"primary_group", "staff"}}).record;
    BOOST_TEST(number_of(record, "gid") == 70000);
    BOOST_TEST(text_of(record, "primary_group") == "staff");
    const auto group = must(directory.get_group("staff")).id;
    BOOST_TEST(code_of(directory.delete_group(root, group, {})) == Errc::policy_violation);
    must(directory.update_user(root, id_of("alice"), {{"primary_group", "private"}}, {}));
    BOOST_TEST(must(directory.delete_group(root, group, {})).changed);
    BOOST_TEST(code_of(directory.create_group(root, "x", {{"gid", std::int64_t{70000}}}, {})) ==
               Errc::exists);
}

BOOST_AUTO_TEST_CASE(a_renamed_group_keeps_its_number_and_members) {
    create("alice");
    must(directory.create_group(root, "web", {{"members", Names{"alice"}}}, {}));
    const auto record =
        must(directory.rename_group(root, must(directory.get_group("web")).id, "www", {})).record;
    BOOST_TEST(text_of(record, "name") == "www");
    BOOST_TEST(list_of(record, "members") == "alice");
}

BOOST_AUTO_TEST_SUITE_END()
