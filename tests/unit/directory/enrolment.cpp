// SPDX-License-Identifier: LGPL-2.1-or-later
// Who must have codes from now on may set them up from now on; who let the time pass stays out.
#include "daemon/store/credentials.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

struct Fixture : DirectoryFixture {
    Fixture() {
        for (const char* name : {"alice", "bob2", "cleo"}) create(name);
        must(directory.create_group(root, "strict", {{"mfa", "required"}}, {}));
        must(directory.create_group(root, "crew", {{"members", Names{"alice", "bob2"}}}, {}));
        clock.advance(96h);
    }
    Outcome update(std::string_view user, const Fields& fields) {
        return must(directory.update_user(root, id_of(user), fields, {}));
    }
    Outcome update_group(std::string_view name, const Fields& fields) {
        return must(directory.update_group(root, must(directory.get_group(name)).id, fields, {}));
    }
    Outcome add(std::string_view group, const Names& members, std::optional<Time> until = {}) {
        return must(directory.add_members(root, group, members, until, {}));
    }
    bool is_open(std::string_view user) {
        const auto until = must(directory.get_user(user)).enrol_until;
        return until && *until > clock.now();
    }
    bool is_open_until(std::string_view user, Time end) {
        return must(directory.get_user(user)).enrol_until == end;
    }
    void enrol(std::string_view user) {
        auto change = must(store->begin());
        must(store->credentials().use_key(store::SealingKey::random()));
        must(store->credentials().put_totp(id_of(user), Secret("12345678901234567890"), {}, 0, clock.now()));
        must(change.commit());
    }
    std::int64_t seconds(Duration ahead) { return to_unix(clock.now() + ahead); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(enrolment_window, Fixture)

BOOST_AUTO_TEST_CASE(the_users_own_word_opens_it) {
    const auto outcome = update("alice", {{"mfa", "required"}});
    BOOST_TEST(is_open_until("alice", clock.now() + 72h));
    BOOST_TEST(number_of(outcome.record, "enrol_until") == seconds(72h));
    BOOST_TEST(trail().at(0).detail.find("\"enrol_until\"") != std::string::npos);
    BOOST_TEST(!is_open("bob2"));
}

BOOST_AUTO_TEST_CASE(less_than_required_opens_nothing) {
    update("alice", {{"mfa", "optional"}});
    update("alice", {{"shell", "/bin/sh"}});
    update_group("crew", {{"mfa", "optional"}});
    BOOST_TEST(!is_open("alice"));
}

BOOST_AUTO_TEST_CASE(a_groups_word_opens_it_for_its_members) {
    enrol("bob2");
    const auto outcome = update_group("crew", {{"mfa", "required"}});
    BOOST_TEST(is_open_until("alice", clock.now() + 72h));
    BOOST_TEST(!is_open("bob2"));
    BOOST_TEST(!is_open("cleo"));
    BOOST_TEST(number_of(outcome.record, "enrolments_opened") == 1);
    BOOST_TEST(number_of(outcome.record, "enrol_until") == seconds(72h));
}

BOOST_AUTO_TEST_CASE(the_users_own_word_beats_the_groups) {
    update("alice", {{"mfa", "off"}});
    update_group("crew", {{"mfa", "required"}});
    BOOST_TEST(!is_open("alice"));
    BOOST_TEST(is_open("bob2"));
}

BOOST_AUTO_TEST_CASE(joining_a_group_opens_it) {
    BOOST_TEST(number_of(add("strict", {"alice", "cleo"}).record, "enrolments_opened") == 2);
    BOOST_TEST(is_open("alice"));
    BOOST_TEST(is_open("cleo"));
    update("bob2", {{"groups_add", Names{"strict"}}});
    BOOST_TEST(is_open("bob2"));
}

BOOST_AUTO_TEST_CASE(a_group_in_a_group_opens_it) {
    add("strict", {"group:crew"});
    BOOST_TEST(is_open("alice"));
    BOOST_TEST(is_open("bob2"));
}

BOOST_AUTO_TEST_CASE(a_primary_group_opens_it) {
    update("alice", {{"primary_group", "strict"}});
    BOOST_TEST(is_open("alice"));
}

BOOST_AUTO_TEST_CASE(a_role_that_comes_with_a_group_opens_it) {
    must(directory.create_role(root, "operator", {{"groups", Names{"strict"}}}, {}));
    const auto granted =
        must(directory.grant_role(root, must(directory.get_role("operator")).id, {"alice"}, {}));
    BOOST_TEST(is_open("alice"));
    BOOST_TEST(number_of(granted.record, "enrolments_opened") == 1);
}

BOOST_AUTO_TEST_CASE(who_let_it_pass_stays_out) {
    update("alice", {{"mfa", "required"}});
    add("strict", {"cleo"});
    clock.advance(96h);
    must(directory.create_group(root, "vault", {{"mfa", "required"}}, {}));
    add("vault", {"alice", "cleo"});
    BOOST_TEST(!is_open("alice"));
    BOOST_TEST(!is_open("cleo"));
    update("cleo", {{"groups", Names{"vault"}}});  // out of the one, and in the other
    update("cleo", {{"groups", Names{"strict"}}});
    update("cleo", {{"mfa", "required"}});
    update_group("strict", {{"description", "the same"}});
    BOOST_TEST(!is_open("cleo"));
}

BOOST_AUTO_TEST_CASE(one_that_is_open_stays_as_it_is) {
    update("alice", {{"enrol_until", seconds(1h)}});
    update("alice", {{"mfa", "required"}});
    BOOST_TEST(is_open_until("alice", clock.now() + 1h));
}

BOOST_AUTO_TEST_CASE(lifting_it_and_setting_it_again_opens_it_anew) {
    update("alice", {{"mfa", "required"}});
    clock.advance(96h);
    update("alice", {{"mfa", "off"}});
    update("alice", {{"mfa", "required"}});
    BOOST_TEST(is_open("alice"));
}

BOOST_AUTO_TEST_CASE(the_end_of_an_exemption_opens_it) {
    config.mfa.policy = "required";
    must(directory.create_group(root, "exempt", {{"mfa", "off"}}, {}));
    must(directory.create_group(root, "outer", {{"mfa", "off"}, {"members", Names{"group:crew"}}}, {}));
    add("exempt", {"cleo"}, clock.now() + 24h);
    clock.advance(24h);
    must(directory.end_what_is_over());
    BOOST_TEST(is_open("cleo"));
    must(directory.remove_members(root, "outer", {"group:crew"}, {}));
    BOOST_TEST(is_open("alice"));
    BOOST_TEST(is_open("bob2"));
}

BOOST_AUTO_TEST_CASE(a_group_that_is_deleted_takes_its_word_along) {
    config.mfa.policy = "required";
    must(directory.create_group(root, "exempt", {{"mfa", "off"}, {"members", Names{"cleo"}}}, {}));
    BOOST_TEST(!is_open("cleo"));
    must(directory.delete_group(root, must(directory.get_group("exempt")).id, {}));
    BOOST_TEST(is_open("cleo"));
}

BOOST_AUTO_TEST_CASE(a_service_user_enrols_nowhere) {
    create("robot", {{"kind", "service"}});
    clock.advance(96h);
    add("strict", {"robot"});
    BOOST_TEST(!is_open("robot"));
}

BOOST_AUTO_TEST_CASE(its_end_can_be_said) {
    update("alice", {{"mfa", "required"}, {"enrol_until", seconds(240h)}});
    BOOST_TEST(is_open_until("alice", clock.now() + 240h));
    update("bob2", {{"mfa", "required"}, {"enrol_until", std::int64_t{-1}}});
    BOOST_TEST(!is_open("bob2"));
    const auto until = seconds(24h);
    update_group("crew", {{"mfa", "required"}, {"enrol_until", until}, {"members", Names{"cleo"}}});
    BOOST_TEST(is_open_until("cleo", from_unix(until)));
    create("dave", {{"enrol_until", until}});
    BOOST_TEST(is_open_until("dave", from_unix(until)));
}

BOOST_AUTO_TEST_CASE(a_groups_end_is_for_those_whom_it_makes_required) {
    update("alice", {{"mfa", "required"}, {"enrol_until", seconds(240h)}});
    update_group("crew", {{"mfa", "required"}, {"enrol_until", seconds(24h)}});
    BOOST_TEST(is_open_until("alice", clock.now() + 240h));
    BOOST_TEST(is_open_until("bob2", clock.now() + 24h));
    add("crew", {"cleo"});
    BOOST_TEST(is_open_until("cleo", clock.now() + 72h));
    BOOST_TEST(!must(directory.group_record(must(directory.get_group("crew")))).contains("enrol_until"));
}

BOOST_AUTO_TEST_CASE(an_end_that_is_over_or_of_nothing_is_refused) {
    const auto crew = must(directory.get_group("crew")).id;
    for (const Fields& fields :
         {Fields{{"mfa", "required"}, {"enrol_until", seconds(-1s)}},
          Fields{{"mfa", "optional"}, {"enrol_until", seconds(1h)}}, Fields{{"enrol_until", seconds(1h)}}}) {
        const auto done = directory.update_group(root, crew, fields, {});
        BOOST_TEST_REQUIRE(!done);
        BOOST_TEST(done.error().field == "enrol_until");
    }
    BOOST_TEST(code_of(directory.update_user(root, id_of("alice"), {{"enrol_until", seconds(-1s)}}, {})) ==
               Errc::invalid);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_it_and_opens_nothing) {
    ChangeOptions dry;
    dry.dry_run = true;
    const auto outcome =
        must(directory.update_group(root, must(directory.get_group("crew")).id, {{"mfa", "required"}}, dry));
    BOOST_TEST(number_of(outcome.record, "enrolments_opened") == 2);
    BOOST_TEST(!is_open("alice"));
}

BOOST_AUTO_TEST_SUITE_END()
