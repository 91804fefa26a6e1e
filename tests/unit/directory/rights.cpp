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
    must(directory.resume_user(root, id_of("hanna"), {}));
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

BOOST_AUTO_TEST_SUITE_END()
