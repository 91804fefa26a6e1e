// SPDX-License-Identifier: LGPL-2.1-or-later
#include <boost/test/unit_test.hpp>

#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture : DirectoryFixture {
    ObjectId role(std::string_view name) { return must(directory.get_role(name)).id; }
    Fields record(std::string_view name) {
        return must(directory.user_record(must(directory.get_user(name)), true));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(roles, Fixture)

BOOST_AUTO_TEST_CASE(user_and_admin_are_built_in_and_stay_as_they_are) {
    BOOST_TEST(must(directory.list_roles(0, 10)).total == 2U);
    BOOST_TEST(must(directory.get_role("admin")).grants.all());
    for (const char* name : {"user", "admin"}) {
        BOOST_TEST(code_of(directory.update_role(root, role(name), {{"description", "x"}}, {})) ==
                   Errc::policy_violation);
        BOOST_TEST(code_of(directory.delete_role(root, role(name), {})) == Errc::policy_violation);
    }
}

BOOST_AUTO_TEST_CASE(everybody_is_a_user_and_a_role_replaces_it_in_the_record) {
    create("alice");
    BOOST_TEST(text_of(record("alice"), "role") == "user");
    BOOST_TEST(list_of(record("alice"), "roles") == "user");
    must(directory.update_user(root, id_of("alice"), {{"role", "admin"}}, {}));
    BOOST_TEST(text_of(record("alice"), "role") == "admin");
    BOOST_TEST(!must(directory.update_user(root, id_of("alice"), {{"role", "admin"}}, {})).changed);
    must(directory.update_user(root, id_of("alice"), {{"role", "user"}}, {}));
    BOOST_TEST(list_of(record("alice"), "roles") == "user");
}

BOOST_AUTO_TEST_CASE(a_user_has_several_roles_and_one_default) {
    create("alice");
    must(directory.create_role(root, "helpdesk", {}, {}));
    must(directory.update_user(root, id_of("alice"), {{"roles", Names{"admin", "helpdesk"}}}, {}));
    BOOST_TEST(list_of(record("alice"), "roles") == "admin,helpdesk");
    must(directory.set_default_role(root, id_of("alice"), "helpdesk", {}));
    BOOST_TEST(text_of(record("alice"), "role") == "helpdesk");
    must(directory.update_user(root, id_of("alice"), {{"roles_remove", Names{"helpdesk"}}}, {}));
    BOOST_TEST(text_of(record("alice"), "role") == "admin");
    BOOST_TEST(code_of(directory.set_default_role(root, id_of("alice"), "helpdesk", {})) ==
               Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(new_users_get_the_configured_role) {
    must(directory.create_role(root, "intern", {}, {}));
    config.users.role = "intern";
    create("alice");
    create("bob2", {{"role", "user"}});
    BOOST_TEST(text_of(record("alice"), "role") == "intern");
    BOOST_TEST(text_of(record("bob2"), "role") == "user");
}

BOOST_AUTO_TEST_CASE(a_role_in_use_is_not_deleted_and_its_holders_are_named) {
    create("alice");
    must(directory.create_role(root, "helpdesk", {}, {}));
    must(directory.grant_role(root, role("helpdesk"), {"alice"}, {}));
    const auto refused = directory.delete_role(root, role("helpdesk"), {});
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().message == "Cannot delete the role helpdesk: it is held by alice");
    must(directory.revoke_role(root, role("helpdesk"), {"alice"}, {}));
    BOOST_TEST(must(directory.delete_role(root, role("helpdesk"), {})).changed);
    BOOST_TEST(code_of(directory.get_role("helpdesk")) == Errc::no_such_role);
}

BOOST_AUTO_TEST_CASE(granting_twice_changes_nothing) {
    create("alice");
    BOOST_TEST(must(directory.grant_role(root, Role::admin_id, {"alice"}, {})).changed);
    BOOST_TEST(!must(directory.grant_role(root, Role::admin_id, {"alice"}, {})).changed);
    const auto holders = must(directory.list_holders(Role::admin_id, 0, 10));
    BOOST_TEST(holders.total == 1U);
    BOOST_TEST(text_of(holders.rows[0], "granted_by") == "root");
}

BOOST_AUTO_TEST_CASE(groups_come_and_go_with_the_role) {
    must(directory.create_group(root, "desk", {}, {}));
    must(directory.create_group(root, "phones", {}, {}));
    create("alice");
    create("bob2", {{"groups", Names{"desk"}}});
    must(directory.create_role(root, "helpdesk", {{"groups", Names{"desk", "sudo"}}}, {}));
    must(directory.grant_role(root, role("helpdesk"), {"alice", "bob2"}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "desk");
    BOOST_TEST(list_of(record("alice"), "local_groups") == "sudo");
    must(directory.update_role(root, role("helpdesk"), {{"groups", Names{"desk", "phones"}}}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "desk,phones");
    BOOST_TEST(list_of(record("alice"), "local_groups") == "");
    must(directory.revoke_role(root, role("helpdesk"), {"alice", "bob2"}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "");
    BOOST_TEST(list_of(record("bob2"), "groups") == "desk");  // it stood by itself
}

BOOST_AUTO_TEST_CASE(a_membership_that_two_roles_bring_goes_with_the_last) {
    must(directory.create_group(root, "desk", {}, {}));
    create("alice");
    for (const char* name : {"one", "two"}) {
        must(directory.create_role(root, name, {{"groups", Names{"desk"}}}, {}));
        must(directory.grant_role(root, role(name), {"alice"}, {}));
    }
    must(directory.revoke_role(root, role("one"), {"alice"}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "desk");
    must(directory.revoke_role(root, role("two"), {"alice"}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "");
}

BOOST_AUTO_TEST_CASE(an_exact_list_of_groups_leaves_what_came_with_a_role) {
    must(directory.create_group(root, "desk", {}, {}));
    create("alice");
    must(directory.create_role(root, "helpdesk", {{"groups", Names{"desk"}}}, {}));
    must(directory.grant_role(root, role("helpdesk"), {"alice"}, {}));
    must(directory.update_user(root, id_of("alice"), {{"groups", Names{}}}, {}));
    BOOST_TEST(list_of(record("alice"), "groups") == "desk");
}

BOOST_AUTO_TEST_CASE(a_group_that_a_role_names_is_not_deleted) {
    must(directory.create_group(root, "staff", {}, {}));
    must(directory.create_role(root, "helpdesk", {{"scope", Names{"staff"}}}, {}));
    const auto staff = must(directory.get_group("staff")).id;
    BOOST_TEST(code_of(directory.delete_group(root, staff, {})) == Errc::policy_violation);
    must(directory.rename_group(root, staff, "people", {}));
    BOOST_TEST(list_of(directory.role_record(must(directory.get_role("helpdesk"))), "scope") == "people");
}

BOOST_AUTO_TEST_CASE(what_does_not_exist_is_refused_by_name) {
    BOOST_TEST(code_of(directory.create_role(root, "Big Boss", {}, {})) == Errc::invalid);
    BOOST_TEST(code_of(directory.create_role(root, "admin", {}, {})) == Errc::exists);
    const auto misspelt = directory.create_role(root, "x", {{"grants", Names{"user.raed"}}}, {});
    BOOST_REQUIRE(!misspelt);
    BOOST_TEST(misspelt.error().hint == "user.read");
    BOOST_TEST(code_of(directory.create_role(root, "x", {{"scope", Names{"nowhere"}}}, {})) ==
               Errc::no_such_group);
    BOOST_TEST(code_of(directory.create_role(root, "x", {{"excluded", Names{"nobody"}}}, {})) ==
               Errc::no_such_role);
    BOOST_TEST(code_of(directory.create_user(root, "alice", {{"role", "boss"}}, {})) == Errc::no_such_role);
}

BOOST_AUTO_TEST_CASE(users_are_listed_by_role) {
    create("alice", {{"role", "admin"}});
    create("bob2");
    BOOST_TEST(must(directory.list_users({{"role", "admin"}}, 0, 10, true)).total == 1U);
    BOOST_TEST(must(directory.list_users({{"role", "user"}}, 0, 10, true)).total == 1U);
    BOOST_TEST(code_of(directory.list_users({{"role", "admin"}}, 0, 10, false)) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(each_change_is_in_the_trail_and_told) {
    create("alice");
    must(directory.create_role(root, "helpdesk", {{"grants", Names{"user.read"}}}, {}));
    must(directory.grant_role(root, role("helpdesk"), {"alice"}, {}));
    const auto entries = trail();
    BOOST_TEST(entries[0].action == "role.grant");
    BOOST_TEST(entries[0].detail.find("alice") != std::string::npos);
    BOOST_TEST(entries[1].action == "role.create");
    BOOST_TEST(events.back().role == "helpdesk");
}

// A state file and an import end here too: so none of them is a way around the code.
BOOST_AUTO_TEST_CASE(who_owes_a_code_hands_out_no_power_before_it_is_given) {
    host.write("etc/userd/local-groups", "sudo:27\nbob:1000\n");
    config.local_groups = {"sudo", "bob"};
    must(directory.refresh_host_files());
    create("alice");
    create("carol");
    must(directory.suspend_user(root, id_of("carol"), "", std::nullopt, {}));
    const auto alice = id_of("alice");
    const Actor chief{70500, "chief", "bus", {}};
    ChangeOptions owing;
    owing.owes = std::make_shared<const Names>(Names{"role-grant", "delete-user", "suspend"});
    const auto before = directory.generation();
    BOOST_TEST(code_of(directory.update_user(chief, alice, {{"role", "admin"}}, owing)) ==
               Errc::code_required);
    BOOST_TEST(code_of(directory.update_user(chief, alice, {{"local_groups", Names{"sudo"}}}, owing)) ==
               Errc::code_required);
    BOOST_TEST(code_of(directory.create_user(chief, "dora", {{"local_groups", Names{"sudo"}}}, owing)) ==
               Errc::code_required);
    BOOST_TEST(code_of(directory.add_members(chief, "sudo", {"alice"}, std::nullopt, owing)) ==
               Errc::code_required);
    BOOST_TEST(code_of(directory.grant_role(chief, role("admin"), {"alice"}, owing)) == Errc::code_required);
    BOOST_TEST(code_of(directory.delete_user(chief, id_of("carol"), owing)) == Errc::code_required);
    BOOST_TEST(code_of(directory.suspend_user(chief, alice, "", std::nullopt, owing)) == Errc::code_required);
    BOOST_TEST(code_of(directory.batch({}, [&]() -> Result<void> {
                   TRY(directory.add_members(chief, "sudo", {"alice"}, std::nullopt, owing));
                   return {};
               })) == Errc::code_required);
    owing.owes = std::make_shared<const Names>(Names{"mfa-reset", "suspend"});
    BOOST_TEST(code_of(directory.update_user(chief, alice, {{"mfa", "off"}}, owing)) == Errc::code_required);
    BOOST_TEST(code_of(directory.update_user(chief, alice, {{"expires", std::int64_t{1}}}, owing)) ==
               Errc::code_required);
    BOOST_TEST(code_of(directory.create_group(chief, "easy", {{"mfa", "off"}}, owing)) ==
               Errc::code_required);
    BOOST_TEST(directory.generation() == before);
    must(directory.update_user(chief, alice, {{"shell", "/bin/sh"}}, owing));
    must(directory.add_members(chief, "bob", {"alice"}, std::nullopt, owing));
    must(directory.add_members(chief, "sudo", {"alice"}, std::nullopt, {}));
}

BOOST_AUTO_TEST_SUITE_END()
