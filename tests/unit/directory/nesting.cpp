// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/stored_members.h"
#include "daemon/store/credentials.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture : DirectoryFixture {
    explicit Fixture(std::string_view store_file = {}) : DirectoryFixture(store_file) {
        for (const char* name : {"alice", "erin"}) create(name);
        for (const char* name : {"web", "staff", "all"}) must(directory.create_group(root, name, {}, {}));
    }
    Result<Outcome> add(std::string_view group, const Names& members, std::optional<Time> until = {}) {
        return directory.add_members(root, group, members, until, {});
    }
    Result<Outcome> take_out(std::string_view group, const Names& members) {
        return directory.remove_members(root, group, members, {});
    }
    ObjectId group(std::string_view name) { return must(directory.get_group(name)).id; }
    std::string groups_of(std::string_view user, std::string_view field) {
        return list_of(must(directory.user_record(must(directory.get_user(user)), true)), field);
    }
    // "alice erin(staff/web)": who is in the group, and by which way.
    std::string all_in(std::string_view name) {
        std::string text;
        for (const auto& row : must(directory.list_members(group(name), true, 0, 100)).rows) {
            text += (text.empty() ? "" : " ") + text_of(row, "name");
            if (row.contains("via")) text += "(" + text_of(row, "via") + ")";
        }
        return text;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nesting, Fixture)

BOOST_AUTO_TEST_CASE(a_group_becomes_a_member_by_its_mark_or_by_a_name_that_only_it_has) {
    must(add("web", {"alice"}));
    must(add("staff", {"group:web"}));
    const auto outcome = must(add("all", {"staff", "erin"}));
    BOOST_TEST(list_of(outcome.record, "members") == "erin,group:staff");
    BOOST_TEST(all_in("all") == "alice(staff/web) erin");
    BOOST_TEST(groups_of("alice", "groups") == "web");
    BOOST_TEST(groups_of("alice", "nested_groups") == "all,staff");
    BOOST_TEST(!must(add("all", {"group:staff"})).changed);
    BOOST_TEST(code_of(add("all", {"group:nope"})) == Errc::no_such_group);
    BOOST_TEST(code_of(add("all", {"nope"})) == Errc::no_such_user);
    must(take_out("staff", {"group:web"}));
    BOOST_TEST(all_in("all") == "erin");
}

BOOST_AUTO_TEST_CASE(the_members_of_a_group_are_told_by_their_type) {
    must(add("all", {"group:web", "erin"}));
    const auto page = must(directory.list_members(group("all"), false, 0, 10));
    BOOST_REQUIRE(page.total == 2U);
    BOOST_TEST(text_of(page.rows[0], "type") == "user");
    BOOST_TEST(number_of(page.rows[0], "uid") == 70001);
    BOOST_TEST(text_of(page.rows[1], "type") == "group");
    BOOST_TEST(number_of(page.rows[1], "gid") == 70002);
}

BOOST_AUTO_TEST_CASE(a_circle_is_refused_by_the_way_it_would_close) {
    must(add("staff", {"group:web"}));
    must(add("all", {"group:staff"}));
    const auto refused = add("web", {"group:all"});
    BOOST_TEST(code_of(refused) == Errc::policy_violation);
    BOOST_TEST(refused.error().message == "all cannot be put into web, which it holds: all/staff/web");
    BOOST_TEST(code_of(add("web", {"group:web"})) == Errc::policy_violation);
    // Also when its step is over, but could be given a later end.
    must(take_out("all", {"group:staff"}));
    must(add("all", {"group:staff"}, clock.now() + std::chrono::hours(1)));
    clock.advance(std::chrono::hours(2));
    BOOST_TEST(code_of(add("web", {"group:all"})) == Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(eight_groups_in_a_line_are_the_most) {
    for (int i = 0; i < 8; ++i) must(directory.create_group(root, fmt::format("g{}", i), {}, {}));
    for (int i = 0; i < 7; ++i) must(add(fmt::format("g{}", i), {fmt::format("group:g{}", i + 1)}));
    BOOST_TEST(code_of(add("all", {"group:g0"})) == Errc::limits);
    BOOST_TEST(code_of(add("g7", {"group:web"})) == Errc::limits);
    must(add("g6", {"group:web"}));
    must(add("g7", {"alice"}));
    BOOST_TEST(all_in("g0") == "alice(g1/g2/g3/g4/g5/g6/g7)");
}

BOOST_AUTO_TEST_CASE(a_group_in_a_group_ends_by_itself) {
    must(add("web", {"alice"}));
    must(add("staff", {"group:web"}, clock.now() + std::chrono::hours(2)));
    BOOST_TEST(groups_of("alice", "nested_groups") == "staff");
    const auto before = clock.now();
    clock.advance(std::chrono::hours(2));
    BOOST_TEST(groups_of("alice", "nested_groups") == "(none)");
    must(directory.end_what_is_over());
    clock.set_wall(before);
    BOOST_TEST(all_in("staff").empty());
    BOOST_TEST(trail().at(0).action == "group.end");
}

BOOST_AUTO_TEST_CASE(a_time_takes_no_standing_membership_away) {
    const auto soon = clock.now() + std::chrono::hours(2);
    must(add("web", {"alice"}));
    must(add("all", {"group:web"}));
    must(add("sudo", {"alice"}));
    BOOST_TEST(code_of(add("web", {"alice"}, soon)) == Errc::policy_violation);
    BOOST_TEST(code_of(add("all", {"group:web"}, soon)) == Errc::policy_violation);
    BOOST_TEST(code_of(add("sudo", {"alice"}, soon)) == Errc::policy_violation);
    // One with an end takes another end, and can be made standing.
    must(add("web", {"erin"}, soon));
    BOOST_TEST(must(add("web", {"erin"}, soon + std::chrono::hours(1))).changed);
    BOOST_TEST(must(add("web", {"erin"})).changed);
    BOOST_TEST(code_of(add("web", {"erin"}, soon)) == Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(an_exact_list_names_groups_too) {
    must(add("web", {"alice"}));
    auto record =
        must(directory.update_group(root, group("all"), {{"members", Names{"group:web", "erin"}}}, {}))
            .record;
    BOOST_TEST(list_of(record, "members") == "erin,group:web");
    record = must(directory.update_group(root, group("all"), {{"members", Names{"group:staff"}}}, {})).record;
    BOOST_TEST(list_of(record, "members") == "group:staff");
    BOOST_TEST(all_in("all").empty());
    // What came in by another group is no entry of one's own list.
    must(add("staff", {"group:web"}));
    must(directory.update_user(root, id_of("alice"), {{"groups", Names{}}}, {}));
    BOOST_TEST(all_in("all").empty());
}

BOOST_AUTO_TEST_CASE(a_group_that_goes_leaves_nothing_in_those_that_held_it) {
    must(add("web", {"alice"}));
    must(add("staff", {"group:web"}));
    must(add("all", {"group:staff"}));
    must(directory.delete_group(root, group("staff"), {}));
    BOOST_TEST(all_in("all").empty());
    BOOST_TEST(groups_of("alice", "nested_groups") == "(none)");
    BOOST_TEST(must(directory.list_members(group("all"), false, 0, 10)).total == 0U);
}

BOOST_AUTO_TEST_CASE(groups_of_the_host_take_users_only) {
    BOOST_TEST(code_of(add("sudo", {"group:web"})) == Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(the_trail_tells_who_joined_and_no_more) {
    must(add("web", {"alice"}));
    must(add("web", {"alice", "erin"}));
    BOOST_TEST(trail().at(0).detail == R"({"after":{"members":["erin"]}})");
}

BOOST_AUTO_TEST_CASE(an_administrator_of_a_group_is_known) {
    must(directory.update_group(root, group("web"), {{"administrators", Names{"alice"}}}, {}));
    BOOST_TEST(must(directory.is_administrator(group("web"), id_of("alice"))));
    BOOST_TEST(!must(directory.is_administrator(group("web"), id_of("erin"))));
    BOOST_TEST(!must(directory.is_administrator(group("all"), id_of("alice"))));
}

BOOST_AUTO_TEST_CASE(codes_that_a_group_asks_for_are_asked_of_those_in_it_by_another) {
    must(add("web", {"alice"}));
    must(add("staff", {"group:web"}));
    const auto record =
        must(directory.update_group(root, group("staff"), {{"mfa", std::string("required")}}, {}));
    BOOST_TEST(text_of(record.record, "mfa") == "required");
    const auto policies = must(store->credentials().group_mfa_policies(id_of("alice"), clock.now()));
    BOOST_TEST(policies.size() == 1U);
    BOOST_TEST(must(store->credentials().group_mfa_policies(id_of("erin"), clock.now())).empty());
}

struct Stored : Fixture {
    Stored() : Fixture("userd.db") {}
};

BOOST_FIXTURE_TEST_CASE(a_worker_reads_the_members_that_the_directory_tells, Stored) {
    must(add("web", {"alice"}, clock.now() + std::chrono::hours(1)));
    must(add("staff", {"group:web", "erin"}));
    must(add("all", {"group:staff"}));
    for (const bool nested : {false, true})
        for (const char* name : {"web", "staff", "all"}) {
            const auto told = must(directory.list_members(group(name), nested, 0, 100));
            const auto read = must(list_stored_members(store_path, group(name), clock.now(), nested, 0, 100));
            BOOST_TEST((read.rows == told.rows));
            BOOST_TEST(read.total == told.total);
            BOOST_TEST(told.total > 0U);
        }
    BOOST_TEST(must(list_stored_members(store_path, group("all"), clock.now(), true, 1, 1)).rows.size() ==
               1U);
}

BOOST_AUTO_TEST_SUITE_END()
