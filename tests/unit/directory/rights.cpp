// SPDX-License-Identifier: LGPL-2.1-or-later
// What roles let their holders do, and what they never do.
#include "daemon/directory/rights.h"

#include <boost/test/unit_test.hpp>

#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct Fixture : DirectoryFixture {
    Fixture() {
        for (const char* group : {"staff", "lab"}) must(directory.create_group(root, group, {}, {}));
        create("hanna");
        create("alice", {{"groups", Names{"staff"}}});
        create("bob2", {{"groups", Names{"lab"}}});
        create("chief", {{"groups", Names{"staff"}}, {"role", "admin"}});
        create("wheel", {{"groups", Names{"staff"}}, {"local_groups", Names{"sudo"}}});
        must(directory.create_role(
            root, "helpdesk",
            {{"grants", Names{"user.read", "password.reset", "mfa.code", "group.members", "role.grant",
                              "role.manage", "user.update", "user.create"}},
             {"scope", Names{"staff"}}},
            {}));
        must(directory.grant_role(root, role("helpdesk"), {"hanna"}, {}));
    }
    ObjectId role(std::string_view name) { return must(directory.get_role(name)).id; }
    Actor by_role(std::string_view name) {
        const auto user = must(directory.get_user(name));
        const auto own = must(directory.rights_of(user.id, ""));
        return {user.uid, user.name, "bus", user.id, std::make_shared<const Rights>(own)};
    }
    // A role of these grants for hanna, in place of helpdesk.
    Actor hanna_with(std::string_view name, const Names& grants, const Names& scope = {}) {
        must(directory.revoke_role(root, role("helpdesk"), {"hanna"}, {}));
        must(directory.create_role(root, name, {{"grants", grants}, {"scope", scope}}, {}));
        must(directory.grant_role(root, role(name), {"hanna"}, {}));
        return by_role("hanna");
    }
    ObjectId group(std::string_view name) { return must(directory.get_group(name)).id; }
    // What the administrator of a group does on the bus.
    Result<Outcome> as_administrator(std::string_view name, std::string_view group, const Names& members,
                                     bool joins = true) {
        const auto user = must(directory.get_user(name));
        ChangeOptions options;
        options.self_service = true;
        const Actor actor{user.uid, user.name, "bus", user.id};
        return joins ? directory.add_members(actor, group, members, {}, options)
                     : directory.remove_members(actor, group, members, options);
    }
    // "" when hanna may.
    std::string why(RoleGrant grant, std::string_view target) {
        const auto caller = id_of("hanna");
        const auto own = must(directory.rights_of(caller, ""));
        return must(directory.why_not(own, grant, caller, id_of(target), false)).value_or("");
    }
    Errc refusal(const Result<Outcome>& outcome) { return outcome ? Errc::internal : outcome.error().code; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rights, Fixture)

BOOST_AUTO_TEST_CASE(a_role_reaches_its_scope_and_no_further) {
    BOOST_TEST(why(RoleGrant::password_reset, "alice") == "");
    BOOST_TEST(why(RoleGrant::password_reset, "bob2") ==
               "bob2 is outside of the scope of your role helpdesk (groups staff)");
    BOOST_TEST(why(RoleGrant::mfa_reset, "alice") == "no role of yours grants mfa.reset");
}

BOOST_AUTO_TEST_CASE(a_role_never_reaches_who_has_more_rights) {
    BOOST_TEST(why(RoleGrant::password_reset, "chief") == "chief has more rights than you (role admin)");
    BOOST_TEST(why(RoleGrant::password_reset, "wheel") ==
               "wheel has more rights than you (local group sudo)");
    must(directory.create_role(root, "auditor", {{"grants", Names{"audit.read"}}}, {}));
    must(directory.grant_role(root, role("auditor"), {"alice"}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") == "alice has more rights than you (roles auditor)");
}

BOOST_AUTO_TEST_CASE(a_scope_that_is_narrower_is_less) {
    must(directory.create_role(root, "everywhere", {{"grants", Names{"password.reset"}}}, {}));
    must(directory.grant_role(root, role("everywhere"), {"alice"}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") ==
               "alice has more rights than you (roles everywhere)");
}

BOOST_AUTO_TEST_CASE(excluded_roles_are_out_of_reach) {
    must(directory.create_role(root, "vip", {}, {}));
    must(directory.grant_role(root, role("vip"), {"alice"}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") == "");
    must(directory.update_role(root, role("helpdesk"), {{"excluded", Names{"vip"}}}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") ==
               "alice has the role vip, which your role helpdesk excludes");
}

BOOST_AUTO_TEST_CASE(a_role_does_not_spare_its_holder_the_own_proof) {
    must(directory.add_members(root, "staff", {"hanna"}, {}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "hanna") != "");
    BOOST_TEST(why(RoleGrant::mfa_code, "hanna") != "");
}

BOOST_AUTO_TEST_CASE(who_cannot_log_in_has_no_grants) {
    const auto has = [&] { return must(directory.rights_of(id_of("hanna"), "")).has(RoleGrant::user_read); };
    BOOST_TEST(has());
    must(directory.update_user(root, id_of("hanna"), {{"expires", to_unix(clock.now()) + 10}}, {}));
    BOOST_TEST(has());
    clock.advance(std::chrono::seconds(10));
    BOOST_TEST(!has());
    must(directory.update_user(root, id_of("hanna"), {{"expires", std::int64_t{-1}}}, {}));
    BOOST_TEST(has());
    must(directory.suspend_user(root, id_of("hanna"), "", {}, {}));
    BOOST_TEST(!has());
    must(directory.resume_user(root, id_of("hanna"), "", {}));
    host.write("etc/passwd", "hanna:x:1001:1001::/home/hanna:/bin/sh\n");
    must(directory.refresh_host_files());
    BOOST_TEST(!has());
}

BOOST_AUTO_TEST_CASE(a_caller_drops_to_one_role) {
    must(directory.create_role(root, "auditor", {{"grants", Names{"audit.read"}}}, {}));
    must(directory.grant_role(root, role("auditor"), {"hanna"}, {}));
    const auto id = id_of("hanna");
    BOOST_TEST(must(directory.rights_of(id, "")).has(RoleGrant::audit_read));
    BOOST_TEST(!must(directory.rights_of(id, "helpdesk")).has(RoleGrant::audit_read));
    BOOST_TEST(!must(directory.rights_of(id, "user")).has(RoleGrant::user_read));
    BOOST_TEST(code_of(directory.rights_of(id, "admin")) == Errc::denied);
    must(directory.set_default_role(root, id, "auditor", {}));
    BOOST_TEST(!must(directory.rights_of(id, "")).has(RoleGrant::user_read));
    BOOST_TEST(must(directory.rights_of(id, "helpdesk")).has(RoleGrant::user_read));
}

BOOST_AUTO_TEST_CASE(nobody_hands_out_more_than_they_have) {
    const auto hanna = by_role("hanna");
    BOOST_TEST(refusal(directory.grant_role(hanna, Role::admin_id, {"alice"}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.grant_role(hanna, Role::admin_id, {"hanna"}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("alice"), {{"role", "admin"}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.create_role(hanna, "mine", {{"grants", Names{"audit.read"}}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.create_role(hanna, "mine", {{"grants", Names{"password.reset"}}}, {})) ==
               Errc::denied);  // without the scope
    BOOST_TEST(must(directory.create_role(
                        hanna, "mine", {{"grants", Names{"password.reset"}}, {"scope", Names{"staff"}}}, {}))
                   .changed);
    BOOST_TEST(must(directory.grant_role(hanna, role("mine"), {"alice"}, {})).changed);
}

BOOST_AUTO_TEST_CASE(nobody_changes_a_role_that_they_hold) {
    const auto hanna = by_role("hanna");
    BOOST_TEST(refusal(directory.update_role(hanna, role("helpdesk"), {{"description", "x"}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.update_role(hanna, role("helpdesk"), {{"scope", Names{}}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.delete_role(hanna, role("helpdesk"), {})) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(memberships_are_no_way_around_the_rights) {
    const auto hanna = by_role("hanna");
    BOOST_TEST(refusal(directory.add_members(hanna, "sudo", {"hanna"}, {}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("alice"), {{"local_groups", Names{"sudo"}}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.add_members(hanna, "staff", {"bob2"}, {}, {})) ==
               Errc::denied);  // into her reach
    BOOST_TEST(refusal(directory.add_members(hanna, "lab", {"alice"}, {}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.remove_members(hanna, "staff", {"chief"}, {})) == Errc::denied);
    must(directory.create_group(root, "keys", {}, {}));
    must(directory.update_role(root, role("helpdesk"), {{"scope", Names{"staff", "keys"}}}, {}));
    must(directory.create_role(root, "keeper", {{"grants", Names{"audit.read"}}, {"groups", Names{"keys"}}},
                               {}));
    BOOST_TEST(refusal(directory.add_members(by_role("hanna"), "keys", {"alice"}, {}, {})) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(a_field_takes_the_grant_that_it_is_worth) {
    const auto hanna = by_role("hanna");
    const auto alice = id_of("alice");
    BOOST_TEST(must(directory.update_user(hanna, alice, {{"shell", "/bin/sh"}}, {})).changed);
    BOOST_TEST(must(directory.update_user(hanna, alice, {{"must_change", true}}, {})).changed);
    BOOST_TEST(refusal(directory.update_user(hanna, alice, {{"mfa", "off"}}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_user(hanna, alice, {{"expires", to_unix(clock.now())}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.suspend_user(hanna, alice, "", {}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.delete_user(hanna, alice, {})) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(who_has_a_scope_creates_users_inside_of_it) {
    const auto hanna = by_role("hanna");
    BOOST_TEST(refusal(directory.create_user(hanna, "dora", {}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.create_user(hanna, "dora", {{"groups", Names{"lab"}}}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.create_user(hanna, "dora", {{"groups", Names{"staff"}}, {"role", "admin"}},
                                             {})) == Errc::denied);
    BOOST_TEST(must(directory.create_user(hanna, "dora", {{"groups", Names{"staff"}}}, {})).changed);
}

BOOST_AUTO_TEST_CASE(a_batch_by_a_role_obeys_each_rule) {
    const auto hanna = by_role("hanna");
    const auto done = directory.batch({}, [&]() -> Result<void> {
        TRY(directory.update_user(hanna, id_of("alice"), {{"shell", "/bin/sh"}}, {}));
        TRY(directory.update_user(hanna, id_of("bob2"), {{"shell", "/bin/sh"}}, {}));
        return {};
    });
    BOOST_TEST(code_of(done) == Errc::denied);
    BOOST_TEST(must(directory.get_user("alice")).shell == "/bin/bash");
}

BOOST_AUTO_TEST_CASE(only_an_admin_says_who_administers_a_group) {
    const auto hanna = hanna_with("groups", {"group.create", "group.update", "group.members"});
    BOOST_TEST(refusal(directory.update_group(hanna, group("lab"), {{"administrators", Names{"hanna"}}},
                                              {})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_group(hanna, group("lab"), {{"administrators", Names{"alice"}}},
                                              {})) == Errc::denied);
    BOOST_TEST(refusal(directory.create_group(hanna, "mine", {{"administrators", Names{"hanna"}}}, {})) ==
               Errc::denied);
    must(directory.update_group(hanna, group("lab"), {{"description", "x"}}, {}));
    must(directory.update_group(by_role("chief"), group("lab"), {{"administrators", Names{"alice"}}}, {}));
}

BOOST_AUTO_TEST_CASE(an_administrator_gets_no_role_by_the_group) {
    must(directory.create_group(root, "keys", {}, {}));
    must(directory.create_group(root, "inner", {{"administrators", Names{"hanna"}}}, {}));
    must(as_administrator("hanna", "inner", {"bob2"}));
    must(directory.create_role(root, "keeper", {{"grants", Names{"audit.read"}}, {"groups", Names{"keys"}}},
                               {}));
    must(directory.update_group(root, group("keys"), {{"administrators", Names{"hanna"}}}, {}));
    BOOST_TEST(refusal(as_administrator("hanna", "keys", {"bob2"})) == Errc::denied);
    BOOST_TEST(refusal(as_administrator("hanna", "inner", {"group:lab"})) == Errc::denied);
    must(directory.add_members(root, "keys", {"group:inner"}, {}, {}));
    BOOST_TEST(refusal(as_administrator("hanna", "inner", {"alice"})) == Errc::denied);
}

BOOST_AUTO_TEST_CASE(an_administrator_does_not_widen_the_own_scope) {
    must(directory.create_group(root, "inner", {{"administrators", Names{"hanna"}}}, {}));
    must(directory.update_group(root, group("staff"), {{"administrators", Names{"hanna", "bob2"}}}, {}));
    BOOST_TEST(refusal(as_administrator("hanna", "staff", {"bob2"})) == Errc::denied);
    must(directory.add_members(root, "staff", {"group:inner"}, {}, {}));
    BOOST_TEST(refusal(as_administrator("hanna", "inner", {"bob2"})) == Errc::denied);
    must(as_administrator("bob2", "staff", {"bob2"}));  // no role of his reaches it
}

BOOST_AUTO_TEST_CASE(who_administers_a_group_has_a_right_more) {
    must(directory.update_group(root, group("lab"), {{"administrators", Names{"alice"}}}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") ==
               "alice has more rights than you (administrator of lab)");
    hanna_with("wide", {"password.reset"});
    BOOST_TEST(why(RoleGrant::password_reset, "alice") != "");
    must(directory.update_role(root, role("wide"), {{"grants_add", Names{"group.members"}}}, {}));
    BOOST_TEST(why(RoleGrant::password_reset, "alice") == "");
}

BOOST_AUTO_TEST_CASE(only_an_admin_says_of_a_group_whom_it_asks_for_codes) {
    const auto hanna = hanna_with("groups", {"group.create", "group.update", "group.delete", "mfa.reset"});
    const auto set = [&](const Actor& actor, const char* word) {
        return directory.update_group(actor, group("lab"), {{"mfa", word}}, {});
    };
    BOOST_TEST(refusal(set(hanna, "off")) == Errc::denied);
    BOOST_TEST(refusal(directory.create_group(hanna, "easy", {{"mfa", "off"}}, {})) == Errc::denied);
    must(set(by_role("chief"), "required"));
    BOOST_TEST(refusal(set(hanna, "inherit")) == Errc::denied);
    BOOST_TEST(refusal(directory.delete_group(hanna, group("lab"), {})) == Errc::denied);
    must(directory.update_group(hanna, group("lab"), {{"description", "x"}, {"mfa", "required"}}, {}));
}

BOOST_AUTO_TEST_CASE(a_membership_loosens_no_policy_without_the_right_to) {
    must(directory.create_group(root, "easy", {{"mfa", "off"}, {"administrators", Names{"bob2"}}}, {}));
    must(directory.create_group(root, "hard", {{"mfa", "required"}, {"administrators", Names{"bob2"}}}, {}));
    must(directory.create_role(root, "strict", {{"groups", Names{"hard"}}}, {}));
    auto hanna = hanna_with("groups", {"group.members", "role.grant"});
    BOOST_TEST(refusal(directory.add_members(hanna, "easy", {"alice"}, {}, {})) == Errc::denied);
    BOOST_TEST(refusal(as_administrator("bob2", "easy", {"alice"})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("alice"), {{"primary_group", "easy"}}, {})) ==
               Errc::denied);
    must(directory.add_members(hanna, "hard", {"alice"}, {}, {}));
    must(directory.add_members(hanna, "easy", {"alice"}, {}, {}));  // the strictest holds
    BOOST_TEST(refusal(directory.remove_members(hanna, "hard", {"alice"}, {})) == Errc::denied);
    must(directory.grant_role(root, role("strict"), {"bob2"}, {}));
    BOOST_TEST(refusal(directory.revoke_role(hanna, role("strict"), {"bob2"}, {})) == Errc::denied);
    must(directory.update_role(root, role("groups"), {{"grants_add", Names{"mfa.reset"}}}, {}));
    hanna = by_role("hanna");
    must(directory.remove_members(hanna, "hard", {"alice"}, {}));
}

BOOST_AUTO_TEST_CASE(a_primary_group_is_a_membership) {
    auto hanna = hanna_with("maker", {"user.create", "user.update"});
    BOOST_TEST(refusal(directory.create_user(hanna, "dora", {{"primary_group", "lab"}}, {})) == Errc::denied);
    config.users.primary_group = "lab";
    must(directory.create_user(hanna, "dora", {}, {}));  // as the configuration says
    must(directory.create_user(hanna, "erna", {{"primary_group", "private"}}, {}));
    must(directory.update_role(
        root, role("maker"), {{"grants_add", Names{"group.members"}}, {"scope", Names{"staff", "lab"}}}, {}));
    must(directory.create_group(root, "ops", {}, {}));
    hanna = by_role("hanna");
    must(directory.create_user(hanna, "frida", {{"primary_group", "staff"}}, {}));
    BOOST_TEST(refusal(directory.create_user(hanna, "gerda", {{"primary_group", "ops"}}, {})) ==
               Errc::denied);
    must(directory.update_user(root, id_of("frida"), {{"primary_group", "ops"}, {"groups", Names{"lab"}}},
                               {}));
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("frida"), {{"primary_group", "private"}}, {})) ==
               Errc::denied);
}

BOOST_AUTO_TEST_CASE(a_role_is_no_way_into_a_group_that_comes_with_a_stronger_one) {
    must(directory.create_group(root, "ops", {}, {}));
    must(directory.create_role(root, "strong", {{"grants", Names{"audit.read"}}, {"groups", Names{"ops"}}},
                               {}));
    must(directory.create_role(root, "plain", {{"groups", Names{"ops"}}}, {}));
    host.write("etc/group", "root:x:0:\nsudo:x:27:\nadm:x:4:\nvideo:x:44:\n");
    host.write("etc/userd/local-groups", "sudo:27\nvideo:44\n");
    config.local_groups = {"sudo", "video"};
    must(directory.refresh_host_files());
    must(directory.create_role(root, "screen", {{"groups", Names{"video"}}}, {}));
    const auto hanna = hanna_with("manager", {"role.manage", "role.grant", "group.members"});
    BOOST_TEST(refusal(directory.create_role(hanna, "sneaky", {{"groups", Names{"ops"}}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.grant_role(hanna, role("plain"), {"alice"}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.grant_role(hanna, role("screen"), {"alice"}, {})) == Errc::denied);
    must(directory.create_role(hanna, "honest", {{"groups", Names{"lab"}}}, {}));
    must(directory.grant_role(hanna, role("honest"), {"alice"}, {}));
}

BOOST_AUTO_TEST_CASE(ones_own_days_and_anothers_set_take_more_than_a_role_of_updates) {
    const auto hanna = hanna_with("updates", {"user.update", "user.suspend", "group.update"});
    const auto then = to_unix(clock.now()) + 1000;
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("hanna"), {{"expires", then}}, {})) ==
               Errc::denied);
    BOOST_TEST(refusal(directory.resume_user(hanna, id_of("hanna"), "", {})) == Errc::denied);
    must(directory.update_user(hanna, id_of("alice"), {{"expires", then}}, {}));
    BOOST_TEST(refusal(directory.update_user(hanna, id_of("alice"), {{"set", "fleet"}}, {})) == Errc::denied);
    BOOST_TEST(refusal(directory.update_group(hanna, group("lab"), {{"set", "fleet"}}, {})) == Errc::denied);
    must(directory.update_user(by_role("chief"), id_of("alice"), {{"set", "fleet"}}, {}));
}

BOOST_AUTO_TEST_CASE(nobody_gives_themselves_what_another_owns) {
    const auto heir = [&](const Actor& actor, const char* to) {
        return check_heir(actor, must(directory.get_user("alice")), must(directory.get_user(to))).has_value();
    };
    const auto hanna = hanna_with("departures", {"user.delete"});
    BOOST_TEST(!heir(hanna, "bob2"));  // alice is active
    BOOST_TEST(heir(by_role("chief"), "bob2"));
    must(directory.suspend_user(root, id_of("alice"), "", {}, {}));
    BOOST_TEST(heir(hanna, "bob2"));
    BOOST_TEST(!heir(hanna, "hanna"));
    BOOST_TEST(!heir(by_role("chief"), "chief"));
    BOOST_TEST(heir(root, "chief"));
}

BOOST_AUTO_TEST_CASE(a_deed_on_the_host_is_in_the_trail) {
    must(directory.record_deed(root, must(directory.get_user("alice")), "user.transfer", {},
                               {{"to", "bob2"}}));
    BOOST_TEST(trail().front().action == "user.transfer");
    BOOST_TEST(trail().front().subject == "user:alice");
    BOOST_TEST(trail().front().detail.find("bob2") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
