// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/apply.h"

#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using state::ApplyOptions;

namespace {

constexpr const char* key_line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh alice@laptop";
// Argon2id of something, cheap.
constexpr const char* a_hash =
    "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$RRCxMTGMl9PE9bIGKSFDd7VR3Ep/rWcU1qLqzU8Dx5A";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(apply, StateFixture)

BOOST_AUTO_TEST_CASE(a_second_run_changes_nothing) {
    const auto objects = fmt::format(
        R"({{"group":"web","gid":71001,"description":"Web team"}}
{{"user":"alice","display_name":"Alice Example","email":"alice@EXAMPLE.org","phone":"00440123456789","groups":["web"],"local_groups":["sudo"],"tags":["b","a"],"metadata":{{"z":1,"a":[true]}},"mfa":"required","shell":null,"expires":2000000000,"ssh_authorized_keys":[{{"key":"{}","expires":1900000000,"from":["10.0.0.0/8"],"options":["restrict"]}}],"password":{{"hash":"{}"}},"totp":{{"key":"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}}}}
{{"user":"deploy","kind":"service","uid":71002,"must_change":false}}
{{"user":"carol","state":"suspended"}}
{{"user":"dave","state":"absent"}}
)",
        key_line, a_hash);
    const auto first = apply(objects);
    BOOST_TEST(text_of(first) == "+ group:web\n+ alice\n+ deploy\n+ carol\n");
    BOOST_TEST(first.changed);
    BOOST_TEST(published == 1);
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(list_of(record("alice"), "groups") == "web");
    BOOST_TEST(test::text_of(record("carol"), "state") == "suspended");
    const auto id = id_of("alice");
    BOOST_TEST(must(store->credentials().find_password(id))->hash == a_hash);
    BOOST_TEST(must(store->credentials().find_totp(id)).has_value());
    const auto keys = must(credentials.list_ssh_keys(id));
    BOOST_REQUIRE(keys.size() == 1U);
    BOOST_TEST(test::text_of(keys[0], "options") == "restrict");

    const auto rows = trail().size();
    const auto second = apply(objects);
    BOOST_TEST(text_of(second) == "");
    BOOST_TEST(!second.changed);
    BOOST_TEST(second.unchanged == 5U);
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(trail().size() == rows);
}

BOOST_AUTO_TEST_CASE(all_or_nothing_and_every_problem_is_told) {
    create("eve", {{"email", "e@example.org"}});
    const auto plan = apply(
        R"({"user":"alice"}
{"user":"bob1","email":"e@example.org"}
{"user":"carol","groups":["nowhere"]}
{"user":"dave","shell":"no path"}
)");
    BOOST_TEST(plan.problems.size() == 3U);
    BOOST_TEST(plan.problems[0].name == "bob1");
    BOOST_TEST(plan.problems[0].error.field == "email");
    BOOST_TEST(plan.problems[1].error.field == "groups");
    BOOST_TEST(!exists("alice"));
    BOOST_TEST(directory.generation() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_neither_suspends_nor_prunes_the_last_admin) {
    directory.guard([this] { return credentials.admin_can_log_in(); });
    const auto admin = fmt::format(R"({{"user":"alice","role":"admin","password":{{"hash":"{}"}}}})", a_hash);
    apply(admin);
    const auto is_refused = [&](std::string_view objects, const state::ApplyOptions& options) {
        bool refused = false;
        const auto stream = fmt::format("{{\"version\":1,\"set\":\"s\"}}\n{}", objects);
        applier.apply([this] { return root; }, must(state::parse_wanted(stream, nullptr)), options,
                      [&](const Result<state::Applied>& applied) {
                          refused = !applied && applied.error().code == Errc::last_admin;
                      });
        return refused;
    };
    state::ApplyOptions prune;
    prune.prune = true;
    prune.prune_limit = "100%";
    BOOST_TEST(is_refused(R"({"user":"alice","state":"suspended"})", {}));
    BOOST_TEST(is_refused(R"({"user":"alice","state":"absent"})", {}));
    BOOST_TEST(is_refused(R"({"user":"alice","password":null})", {}));
    BOOST_TEST(is_refused(R"({"user":"bob2"})", prune));
    BOOST_TEST((must(directory.get_user("alice")).state == UserState::active));
    prune.allow_lockout = true;
    BOOST_TEST(!is_refused(R"({"user":"bob2"})", prune));
    BOOST_TEST((must(directory.get_user("alice")).state == UserState::suspended));
}

BOOST_AUTO_TEST_CASE(a_state_file_is_no_way_around_a_code) {
    state::ApplyOptions options;
    options.owes = std::make_shared<const Names>(Names{"role-grant"});
    const auto is_refused = [&](std::string_view user) {
        bool refused = false;
        const auto stream = fmt::format("{{\"version\":1,\"set\":\"s\"}}\n{}", user);
        applier.apply([this] { return root; }, must(state::parse_wanted(stream, nullptr)), options,
                      [&](const Result<state::Applied>& applied) {
                          refused = !applied && applied.error().code == Errc::code_required;
                      });
        return refused;
    };
    BOOST_TEST(is_refused(R"({"user":"alice","role":"admin"})"));
    BOOST_TEST(is_refused(R"({"user":"alice","local_groups":["sudo"]})"));
    BOOST_TEST(!exists("alice"));
    BOOST_TEST(!is_refused(R"({"user":"alice"})"));
    BOOST_TEST(exists("alice"));
}

BOOST_AUTO_TEST_CASE(a_dry_run_leaves_nothing_and_finds_what_would_fail) {
    BOOST_TEST(diff(R"({"user":"alice","password":{"generate":true}})") == "+ alice\n");
    BOOST_TEST(!exists("alice"));
    BOOST_TEST(directory.generation() == 0U);
    BOOST_TEST(diff(R"({"user":"root"})").find("✗ root") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_what_is_named_changes_and_null_clears) {
    apply(R"({"user":"alice","shell":"/bin/sh","phone":"+440123456789","tags":["a"]})");
    BOOST_TEST(text_of(apply(R"({"user":"alice","phone":null})")) == "~ alice phone\n");
    BOOST_TEST(!record("alice").contains("phone"));
    BOOST_TEST(test::text_of(record("alice"), "shell") == "/bin/sh");
    BOOST_TEST(list_of(record("alice"), "tags") == "a");
    BOOST_TEST(text_of(apply(R"({"user":"alice","tags":null})")) == "~ alice tags\n");
}

BOOST_AUTO_TEST_CASE(number_and_kind_stay) {
    apply(R"({"user":"alice","uid":70500})");
    BOOST_TEST(diff(R"({"user":"alice","uid":70500,"kind":"person"})") == "");
    BOOST_TEST(diff(R"({"user":"alice","uid":70501})") ==
               "✗ alice uid: the uid of alice is 70500 and cannot change\n");
    BOOST_TEST(diff(R"({"user":"alice","kind":"service"})").starts_with("✗ alice kind"));
}

BOOST_AUTO_TEST_CASE(what_has_a_number_of_its_own_gets_it) {
    const auto objects = R"({"group":"free"}
{"group":"web","gid":70003}
{"user":"alice","groups":["free"]}
{"user":"carol","uid":70001,"groups":["free","web"],"primary_group":"free"}
{"user":"dora","uid":70000}
)";
    BOOST_TEST(text_of(apply(objects)) == "+ group:free\n+ group:web\n+ alice\n+ carol\n+ dora\n");
    BOOST_TEST(number_of(record("dora"), "uid") == 70000);
    BOOST_TEST(list_of(record("carol"), "groups") == "free,web");
    BOOST_TEST(test::text_of(record("carol"), "primary_group") == "free");
    BOOST_TEST(text_of(apply(objects)) == "");
}

BOOST_AUTO_TEST_CASE(a_list_is_exact_for_standing_memberships) {
    for (const char* group : {"web", "ops", "db"}) must(directory.create_group(root, group, {}, {}));
    apply(R"({"user":"alice","groups":["web","db"],"local_groups":[]})");
    must(directory.add_members(root, "sudo", {"alice"}, clock.now() + 1h, {}));
    must(directory.add_members(root, "ops", {"alice"}, clock.now() + 1h, {}));
    const auto* wanted = R"({"user":"alice","groups":["web"],"local_groups":[]})";
    const auto plan = apply(wanted);
    BOOST_TEST(text_of(plan) == "~ alice groups\n");
    BOOST_REQUIRE(plan.objects[0].kept.size() == 2U);
    BOOST_TEST(plan.objects[0].kept[0].group == "sudo");
    BOOST_TEST(list_of(record("alice"), "groups") == "ops,web");
    BOOST_TEST(text_of(apply(wanted)) == "");
    BOOST_TEST(text_of(apply(wanted, {.strict = true})) == "~ alice local_groups groups\n");
    BOOST_TEST(list_of(record("alice"), "groups") == "web");
    BOOST_TEST(list_of(record("alice"), "local_groups") == "");
}

BOOST_AUTO_TEST_CASE(a_timed_membership_that_is_listed_becomes_standing) {
    must(directory.create_group(root, "web", {}, {}));
    apply(R"({"user":"alice"})");
    must(directory.add_members(root, "web", {"alice"}, clock.now() + 1h, {}));
    BOOST_TEST(text_of(apply(R"({"user":"alice","groups":["web"]})")) == "~ alice groups\n");
    BOOST_TEST(text_of(apply(R"({"user":"alice","groups":["web"]})")) == "");
    clock.advance(2h);
    must(directory.end_what_is_over());
    BOOST_TEST(list_of(record("alice"), "groups") == "web");
}

BOOST_AUTO_TEST_CASE(at_least_only_adds) {
    for (const char* group : {"web", "ops"}) must(directory.create_group(root, group, {}, {}));
    apply(fmt::format(R"({{"user":"alice","groups":["ops"],"ssh_authorized_keys":[{{"key":"{}"}}]}})",
                      key_line));
    const auto head = R"(,"membership":"at-least","ssh_authorized_keys":"at-least")";
    const auto* wanted = R"({"user":"alice","groups":["web"],"ssh_authorized_keys":[]})";
    BOOST_TEST(text_of(apply(wanted, {}, head)) == "~ alice groups\n");
    BOOST_TEST(list_of(record("alice"), "groups") == "ops,web");
    BOOST_TEST(text_of(apply(wanted)) == "~ alice groups ssh_authorized_keys\n");
}

BOOST_AUTO_TEST_CASE(a_groups_own_list_governs_it_alone) {
    const auto objects = R"({"group":"web","members":["alice","carol"]}
{"user":"alice","groups":[]}
{"user":"carol"}
)";
    apply(objects);
    BOOST_TEST(list_of(record("alice"), "groups") == "web");
    BOOST_TEST(diff(objects) == "");
    BOOST_TEST(
        text_of(apply("{\"group\":\"web\",\"members\":[\"carol\"]}\n{\"user\":\"alice\",\"groups\":[]}\n"
                      "{\"user\":\"carol\"}")) == "~ group:web members\n");
}

BOOST_AUTO_TEST_CASE(was_renames_users_and_groups_and_then_does_nothing) {
    apply("{\"group\":\"www\"}\n{\"user\":\"asmith\",\"groups\":[\"www\"]}");
    const auto id = id_of("asmith");
    const auto objects =
        "{\"group\":\"web\",\"was\":\"www\"}\n{\"user\":\"alice\",\"was\":\"asmith\",\"groups\":[\"web\"]}";
    BOOST_TEST(text_of(apply(objects)) == "~ group:web\n~ alice\n");
    BOOST_TEST((id_of("alice") == id));
    BOOST_TEST(list_of(record("alice"), "groups") == "web");
    BOOST_TEST(text_of(apply(objects)) == "");
}

BOOST_AUTO_TEST_CASE(objects_of_others_are_refused_unless_taken_over) {
    create("alice");
    create("carol", {{"set", "other"}});
    const auto objects = "{\"user\":\"alice\"}\n{\"user\":\"carol\"}";
    BOOST_TEST(text_of(apply(objects)) ==
               "✗ alice name: alice is there already and belongs to no set\n"
               "✗ carol name: carol belongs to the set other\n");
    BOOST_TEST(text_of(apply(objects, {.take_over = true})) == "~ alice set\n~ carol set\n");
    BOOST_TEST(text_of(apply(objects)) == "");
}

BOOST_AUTO_TEST_CASE(what_a_directory_server_has_is_refused_taken_over_or_not_and_never_pruned) {
    config.ldap = {corp_server()};
    create("alice", {{"set", "s"}});
    must(directory.create_group(root, "staff", {{"set", "s"}}, {}));
    create("dora", {{"set", "s"}});
    mirror_user(*store, "alice");
    mirror_group(*store, "staff");
    state::ApplyOptions options;
    options.take_over = true;
    BOOST_TEST(
        diff("{\"user\":\"alice\",\"shell\":\"/bin/sh\"}\n"
             "{\"user\":\"dora\"}\n{\"group\":\"staff\"}",
             options) ==
        "✗ staff name: Cannot manage staff by a state file: it comes from the directory server corp\n"
        "✗ alice name: Cannot manage alice by a state file: it comes from the directory server corp\n");
    BOOST_TEST(
        diff("{\"user\":\"alice\",\"state\":\"absent\"}\n{\"user\":\"dora\"}") ==
        "✗ alice name: Cannot manage alice by a state file: it comes from the directory server corp\n");
    options.prune = true;
    options.prune_limit = "100%";
    BOOST_TEST(diff("{\"user\":\"erik\"}", options) == "+ erik\n! dora\n");
}

BOOST_AUTO_TEST_CASE(absent_suspends_first_and_deletes_when_the_time_has_passed) {
    apply("{\"user\":\"alice\"}\n{\"user\":\"dave\"}");
    const auto objects = "{\"user\":\"alice\"}\n{\"user\":\"dave\",\"state\":\"absent\"}";
    const auto head = R"(,"delete_after":86400)";
    BOOST_TEST(text_of(apply(objects, {}, head)) == "! dave\n");
    BOOST_TEST(test::text_of(record("dave"), "state_reason") == "absent in s");
    clock.advance(23h);
    BOOST_TEST(text_of(apply(objects, {}, head)) == "");
    clock.advance(2h);
    BOOST_TEST(text_of(apply(objects)) == "");  // without delete_after nobody is deleted
    BOOST_TEST(text_of(apply(objects, {}, head)) == "- dave\n");
    BOOST_TEST(!exists("dave"));
    BOOST_TEST(text_of(apply(objects, {}, head)) == "");
}

BOOST_AUTO_TEST_CASE(what_a_user_leaves_behind_is_seen_to_before_the_deletion) {
    const auto* objects =
        "{\"user\":\"alice\"}\n{\"user\":\"dave\",\"state\":\"absent\",\"transfer_to\":\"alice\"}";
    const auto head = R"(,"delete_after":60)";
    std::string asked;
    bool fails = true;
    settle = [&](const state::Departing& departing, const auto& back) {
        asked += fmt::format("{}→{} ", departing.user.name, departing.heir ? departing.heir->name : "nobody");
        if (fails) return back(fail(Errc::owns_resources, "dave still owns /srv/x"));
        back("3 files of dave went to alice");
    };
    apply("{\"user\":\"alice\"}\n{\"user\":\"dave\"}\n{\"user\":\"erin\"}");
    BOOST_TEST(text_of(apply(objects, {.prune = true, .prune_limit = "1"}, head)) == "! dave\n! erin\n");
    BOOST_TEST(asked == "");
    clock.advance(2min);
    const auto more = std::string(objects) + "\n{\"user\":\"fay\"}";
    BOOST_TEST(diff(more, {.prune = true}, head) == "- dave\n+ fay\n- erin\n");
    BOOST_TEST(asked == "");  // a dry run touches no files
    BOOST_TEST(text_of(apply(more, {.prune = true}, head)) ==
               "- dave\n+ fay\n- erin\n✗ dave : dave still owns /srv/x\n");
    BOOST_TEST(exists("dave"));
    BOOST_TEST(!exists("fay"));
    BOOST_TEST(asked == "dave→alice ");

    const auto wrong = more + "\n{\"user\":\"gil\",\"groups\":[\"nowhere\"]}";
    BOOST_TEST(apply(wrong, {.prune = true}, head).problems.size() == 1U);
    BOOST_TEST(asked == "dave→alice ");  // nobody's files move for a plan that cannot be

    fails = false;
    const auto plan = apply(more, {.prune = true}, head);
    BOOST_TEST(asked == "dave→alice dave→alice erin→nobody ");
    BOOST_TEST(plan.problems.empty());
    BOOST_TEST(plan.notes.back() == "3 files of dave went to alice");
    BOOST_TEST(!exists("dave"));
    BOOST_TEST(!exists("erin"));
    BOOST_TEST(exists("fay"));
    BOOST_TEST(diff(more, {.prune = true}, head) == "");
}

BOOST_AUTO_TEST_CASE(who_gets_the_files_must_be_known) {
    apply("{\"user\":\"dave\"}");
    const auto gone = [](const char* heir) {
        return fmt::format(R"({{"user":"dave","state":"absent","transfer_to":"{}"}})", heir);
    };
    BOOST_TEST(diff(gone("alise")) ==
               "! dave\n✗ dave transfer_to: there is no user alise, who should get the files\n");
    BOOST_TEST(diff(gone("dave")).find("the very user who goes") != std::string::npos);
    BOOST_TEST(diff(gone("alice") + "\n{\"user\":\"alice\"}") == "! dave\n+ alice\n");
}

BOOST_AUTO_TEST_CASE(who_is_listed_again_comes_back) {
    apply("{\"user\":\"alice\"}\n{\"user\":\"dave\"}");
    apply("{\"user\":\"alice\"}", {.prune = true, .prune_limit = "1"});
    BOOST_TEST(test::text_of(record("dave"), "state") == "suspended");
    BOOST_TEST(text_of(apply("{\"user\":\"alice\"}\n{\"user\":\"dave\"}")) == "~ dave state\n");
    must(directory.suspend_user(root, id_of("dave"), "on leave", {}, {}));
    BOOST_TEST(text_of(apply("{\"user\":\"alice\"}\n{\"user\":\"dave\"}")) == "");  // not ours to undo
    BOOST_TEST(text_of(apply("{\"user\":\"alice\"}\n{\"user\":\"dave\",\"state\":\"active\"}")) ==
               "~ dave state\n");
}

BOOST_AUTO_TEST_CASE(a_pending_user_is_made_once_and_then_left_to_who_approves) {
    const auto objects = R"({"user":"alice","state":"pending"})";
    BOOST_TEST(text_of(apply(objects)) == "+ alice\n");
    BOOST_TEST(test::text_of(record("alice"), "state") == "pending");
    BOOST_TEST(text_of(apply(objects)) == "");
    must(directory.approve_user(root, id_of("alice"), "", {}));
    BOOST_TEST(text_of(apply(objects)) == "");
}

BOOST_AUTO_TEST_CASE(prune_is_off_by_default_touches_only_the_set_and_has_a_brake) {
    create("stranger");
    std::string all;
    for (int i = 0; i < 40; ++i) all += fmt::format("{{\"user\":\"u{}\"}}\n", i);
    apply(all);
    const auto without_two = all.substr(all.find("{\"user\":\"u2\""));
    BOOST_TEST(text_of(apply(without_two)) == "! u0 (--prune)\n! u1 (--prune)\n");
    BOOST_TEST(test::text_of(record("u0"), "state") == "active");
    BOOST_TEST(text_of(apply(without_two, {.prune = true})) == "! u0\n! u1\n");
    BOOST_TEST(test::text_of(record("u0"), "state_reason") == "no longer listed in s");
    BOOST_TEST(test::text_of(record("stranger"), "state") == "active");
    BOOST_TEST(text_of(apply(without_two, {.prune = true})) == "");

    const auto braked = apply(R"({"user":"u5"})", {.prune = true});
    BOOST_REQUIRE(braked.problems.size() == 1U);
    BOOST_TEST(braked.problems[0].error.message ==
               "37 of the 40 users of the set would be pruned, and the limit is 5%");
    BOOST_TEST(test::text_of(record("u7"), "state") == "active");
    BOOST_TEST(apply(R"({"user":"u5"})", {.prune = true, .prune_limit = "37"}).problems.empty());
}

BOOST_AUTO_TEST_CASE(who_lost_the_right_while_passwords_were_made_applies_nothing) {
    int asked = 0;
    std::optional<Result<state::Applied>> done;
    const auto stream =
        "{\"version\":1,\"set\":\"s\"}\n{\"user\":\"alice\",\"password\":{\"generate\":true}}";
    applier.apply(
        [&]() -> Result<Actor> {
            if (++asked > 1) return fail(Errc::denied, "revoked");
            return root;
        },
        must(state::parse_wanted(stream, nullptr)), {},
        [&](Result<state::Applied> applied) { done = std::move(applied); });
    for (int i = 0; i < 1000 && !done; ++i) must(loop->run_once(std::chrono::milliseconds(20)));
    BOOST_REQUIRE(done && !*done);
    BOOST_TEST((done->error().code == Errc::denied));
    BOOST_TEST(asked == 2);
    BOOST_TEST(!exists("alice"));
}

BOOST_AUTO_TEST_CASE(a_plan_is_tied_to_the_generation) {
    create("eve");
    std::optional<Result<state::Applied>> done;
    applier.apply([this] { return root; },
                  must(state::parse_wanted("{\"version\":1,\"set\":\"s\"}\n{\"user\":\"alice\"}", nullptr)),
                  {.generation = 7}, [&](Result<state::Applied> applied) { done = std::move(applied); });
    BOOST_REQUIRE(done && !*done);
    BOOST_TEST((done->error().code == Errc::generation_conflict));
    BOOST_TEST(!exists("alice"));
}

BOOST_AUTO_TEST_CASE(a_password_is_set_at_the_creation_and_then_the_users_own) {
    const auto wanted = fmt::format(R"({{"user":"alice","password":{{"hash":"{}"}}}})", a_hash);
    apply(wanted);
    const auto id = id_of("alice");
    must(store->credentials().put_password(
        id, "$argon2id$v=19$m=64,t=1,p=1$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ", clock.now()));
    BOOST_TEST(text_of(apply(wanted)) == "");
    const auto always =
        fmt::format(R"({{"user":"alice","password":{{"hash":"{}","update":"always"}}}})", a_hash);
    BOOST_TEST(text_of(apply(always)) == "~ alice password\n");
    BOOST_TEST(must(store->credentials().find_password(id))->hash == a_hash);
    BOOST_TEST(text_of(apply(always)) == "");
    const auto none = R"({"user":"alice","password":{"none":true}})";
    BOOST_TEST(text_of(apply(none)) == "~ alice password\n");
    BOOST_TEST(!must(store->credentials().find_password(id)).has_value());
    BOOST_TEST(text_of(apply(none)) == "");
}

BOOST_AUTO_TEST_CASE(a_generated_password_is_handed_out_once) {
    const auto wanted =
        "{\"user\":\"alice\",\"password\":{\"generate\":true}}\n"
        "{\"user\":\"carol\",\"password\":{\"generate\":true}}";
    apply(wanted);
    BOOST_REQUIRE(passwords.size() == 2U);
    BOOST_TEST(passwords[0].first == "alice");
    BOOST_TEST(passwords[0].second.size() >= 15U);
    BOOST_TEST(std::get<bool>(record("alice").at("must_change")));
    apply(wanted);
    BOOST_TEST(passwords.empty());
    BOOST_TEST(diff("{\"user\":\"x\",\"password\":{\"hash\":\"plain\"}}").find("✗ x password") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(many_passwords_are_generated_for_one_plan) {
    auto wanted =
        must(state::parse_wanted("{\"version\":1,\"set\":\"s\"}\n{\"user\":\"eve\"}\n"
                                 "{\"user\":\"alice\",\"password\":{\"generate\":true}}\n"
                                 "{\"user\":\"carol\",\"password\":{\"generate\":true}}",
                                 nullptr));
    must(directory.create_user(root, "eve", {{"set", std::string("s")}}, {}));
    const auto move_eve_to = [this](const char* set) {
        must(directory.update_user(root, id_of("eve"), {{"set", std::string(set)}}, {}));
    };
    int asked = 0;  // for the first plan, for each password, for the last plan
    std::optional<Result<state::Applied>> done;
    applier.apply(
        [&]() -> Result<Actor> {
            if (++asked == 2) move_eve_to("other");  // a plan made meanwhile would have a problem
            if (asked == 4) move_eve_to("s");
            return root;
        },
        std::move(wanted), {}, [&](Result<state::Applied> applied) { done = std::move(applied); });
    for (int i = 0; i < 1000 && !done; ++i) must(loop->run_once(20ms));
    BOOST_REQUIRE(done.has_value());
    auto applied = must(*std::move(done));
    BOOST_TEST(text_of(applied.plan) == "+ alice\n+ carol\n");
    BOOST_TEST(applied.passwords.size() == 2U);
    BOOST_TEST(asked == 4);
}

BOOST_AUTO_TEST_CASE(an_administrator_may_be_made_in_the_same_run) {
    const auto objects =
        "{\"group\":\"web\",\"administrators\":[\"alice\"],\"mfa\":\"required\"}\n{\"user\":\"alice\"}";
    BOOST_TEST(text_of(apply(objects)) == "+ group:web\n+ alice\n");
    BOOST_TEST(text_of(apply(objects)) == "");
    BOOST_TEST(text_of(apply("{\"group\":\"web\",\"administrators\":[]}\n{\"user\":\"alice\"}")) ==
               "~ group:web administrators\n");
}

BOOST_AUTO_TEST_CASE(users_without_a_pinned_number_are_noted) {
    BOOST_TEST(apply("{\"user\":\"alice\"}\n{\"user\":\"bob1\",\"uid\":70300}").notes.size() == 1U);
    BOOST_TEST(apply("{\"user\":\"alice\"}").notes.empty());
    config.ids.by_name = true;
    BOOST_TEST(apply("{\"user\":\"alice\"}\n{\"user\":\"carol\"}").notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()
