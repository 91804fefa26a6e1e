// SPDX-License-Identifier: LGPL-2.1-or-later
// Roles in state files: given and taken by the lists, with the groups that come with them, and never further
// than who applies them could.
#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct RolesFixture : StateFixture {
    RolesFixture() {
        must(directory.create_group(root, "crew", {}, {}));
        must(directory.create_role(
            root, "helpdesk", {{"grants", Names{"user.read", "password.reset"}}, {"groups", Names{"crew"}}},
            {}));
        must(directory.create_role(root, "reader", {{"grants", Names{"user.read"}}}, {}));
    }
    void act_as(std::string_view name) {
        actor.uid = must(directory.get_user(name)).uid;
        actor.name = name;
        actor.user = id_of(name);
        actor.limit = std::make_shared<const Rights>(must(directory.rights_of(actor.user, {})));
    }
    std::string roles_of(std::string_view name) { return list_of(record(name), "roles"); }
    std::string groups_of(std::string_view name) { return list_of(record(name), "groups"); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(roles, RolesFixture)

BOOST_AUTO_TEST_CASE(a_role_is_given_and_taken_and_a_second_run_changes_nothing) {
    const auto* wanted = R"({"user":"alice","role":"helpdesk","groups":[]})";
    BOOST_TEST(text_of(apply(wanted)) == "+ alice\n");
    BOOST_TEST(roles_of("alice") == "helpdesk");
    BOOST_TEST(groups_of("alice") == "crew");
    BOOST_TEST(text_of(apply(wanted)) == "");
    BOOST_TEST(text_of(apply(R"({"user":"alice","roles":["reader","helpdesk"]})")) == "~ alice roles\n");
    BOOST_TEST(roles_of("alice") == "helpdesk,reader");
    BOOST_TEST(text_of(apply(R"({"user":"alice"})")) == "");
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"user"})")) == "~ alice roles\n");
    BOOST_TEST(roles_of("alice") == "user");
    BOOST_TEST(groups_of("alice") == "");
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"user"})")) == "");
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":null})")) == "");
}

BOOST_AUTO_TEST_CASE(at_least_gives_roles_and_takes_none) {
    apply(R"({"user":"alice","role":"helpdesk"})");
    const auto head = R"(,"membership":"at-least")";
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"reader"})", {}, head)) == "~ alice roles\n");
    BOOST_TEST(roles_of("alice") == "helpdesk,reader");
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"user"})", {}, head)) == "");
}

BOOST_AUTO_TEST_CASE(a_group_that_is_listed_stays_when_its_role_goes) {
    apply(R"({"user":"alice","role":"helpdesk"})");
    const auto* wanted = R"({"user":"alice","role":"user","groups":["crew"]})";
    BOOST_TEST(text_of(apply(wanted)) == "~ alice roles\n");
    BOOST_TEST(groups_of("alice") == "crew");
    BOOST_TEST(text_of(apply(wanted)) == "");
}

BOOST_AUTO_TEST_CASE(a_groups_own_list_leaves_alone_who_came_with_a_role) {
    const auto* objects =
        "{\"group\":\"crew\",\"members\":[\"carol\"]}\n{\"user\":\"carol\"}\n"
        "{\"user\":\"alice\",\"role\":\"helpdesk\"}";
    apply(objects, {.take_over = true});
    BOOST_TEST(groups_of("alice") == "crew");
    BOOST_TEST(groups_of("carol") == "crew");
    BOOST_TEST(diff(objects) == "");
}

BOOST_AUTO_TEST_CASE(a_role_that_is_not_there_is_a_problem_of_its_line) {
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"helpdesc"})")) ==
               "+ alice\n✗ alice roles: there is no role helpdesc\n");
    BOOST_TEST(!exists("alice"));
}

BOOST_AUTO_TEST_CASE(who_applies_hands_out_no_more_than_they_could) {
    must(directory.create_role(
        root, "applier",
        {{"grants", Names{"directory.apply", "user.create", "user.update", "role.grant", "user.read"}}}, {}));
    create("hanna", {{"role", std::string("applier")}});
    act_as("hanna");
    BOOST_TEST(text_of(apply(R"({"user":"alice","role":"reader"})")) == "+ alice\n");
    for (const char* role : {"admin", "helpdesk"}) {
        const auto plan = apply(fmt::format(R"({{"user":"dora","role":"{}"}})", role));
        BOOST_REQUIRE(plan.problems.size() == 1U);
        BOOST_TEST((plan.problems[0].error.code == Errc::denied));
    }
    BOOST_TEST(!exists("dora"));
}

// Whoever may apply could name themselves as the one who gets the files of everybody who goes.
BOOST_AUTO_TEST_CASE(nobody_is_made_the_heir_by_their_own_file) {
    must(directory.create_role(root, "applier",
                               {{"grants", Names{"directory.apply", "user.create", "user.update",
                                                 "user.suspend", "user.delete", "user.read"}}},
                               {}));
    create("hanna", {{"role", std::string("applier")}});
    create("carol");
    apply(R"({"user":"dave"})");
    const auto absent = [](const char* heir) {
        return fmt::format(R"({{"user":"dave","state":"absent","transfer_to":"{}"}})", heir);
    };
    const auto* head = R"(,"delete_after":60)";
    int asked = 0;
    settle = [&](const state::Departing&, const auto& back) {
        ++asked;
        back("");
    };
    act_as("hanna");
    BOOST_TEST(text_of(apply(absent("hanna"), {}, head)) == "! dave\n");
    clock.advance(std::chrono::minutes(2));
    const auto plan = apply(absent("hanna"), {}, head);
    BOOST_REQUIRE(plan.problems.size() == 1U);
    BOOST_TEST((plan.problems[0].error.code == Errc::denied));
    BOOST_TEST(plan.problems[0].error.field == "transfer_to");
    BOOST_TEST(exists("dave"));
    BOOST_TEST(asked == 0);
    BOOST_TEST(text_of(apply(absent("carol"), {}, head)) == "- dave\n");
    BOOST_TEST(asked == 1);
    BOOST_TEST(!exists("dave"));
}

BOOST_AUTO_TEST_SUITE_END()
