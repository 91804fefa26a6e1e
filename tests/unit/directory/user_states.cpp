// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(user_states, DirectoryFixture)

BOOST_AUTO_TEST_CASE(only_a_suspended_user_can_be_deleted) {
    create("alice");
    const auto refused = directory.delete_user(root, id_of("alice"), {});
    BOOST_TEST(code_of(refused) == Errc::not_suspended);
    BOOST_TEST(refused.error().message ==
               "Cannot delete alice: only a suspended user can be deleted (state: active)");
    BOOST_TEST(refused.error().hint == "userctl suspend alice");
    must(directory.suspend_user(root, id_of("alice"), "left", std::nullopt, {}));
    BOOST_TEST(must(directory.delete_user(root, id_of("alice"), {})).changed);
    BOOST_TEST(code_of(directory.get_user("alice")) == Errc::no_such_user);
    BOOST_TEST(events.back().change == "deleted");
    BOOST_TEST(trail().at(0).action == "user.delete");
}

BOOST_AUTO_TEST_CASE(who_is_being_deleted_is_changed_by_nobody_until_it_is_over) {
    create("alice");
    const auto id = id_of("alice");
    must(directory.suspend_user(root, id, "left", clock.now() + std::chrono::hours(1), {}));
    {
        const auto hold = must(directory.hold_user(must(directory.get_user("alice"))));
        for (const auto& refused :
             {directory.resume_user(root, id, "", {}), directory.approve_user(root, id, "", {}),
              directory.suspend_user(root, id, "again", {}, {}), directory.reject_user(root, id, "", {}),
              directory.update_user(root, id, {{"first_name", "A"}}, {}),
              directory.rename_user(root, id, "alicia", {})}) {
            BOOST_TEST(code_of(refused) == Errc::policy_violation);
            BOOST_TEST(refused.error().message == "alice is being deleted");
        }
        BOOST_TEST(code_of(directory.hold_user(must(directory.get_user("alice")))) == Errc::policy_violation);
        clock.advance(std::chrono::hours(2));
        must(directory.end_what_is_over());
        BOOST_TEST((must(directory.get_user("alice")).state == UserState::suspended));
        ChangeOptions trial;
        trial.dry_run = true;
        BOOST_TEST(directory.delete_user(root, id, trial).has_value());
    }
    must(directory.end_what_is_over());
    BOOST_TEST((must(directory.get_user("alice")).state == UserState::active));
    const auto user = must(directory.get_user("alice"));
    must(directory.record_deed(root, user, "user.home.remove", {{"home", user.home}}, {}));
    BOOST_TEST(trail().at(0).action == "user.home.remove");
    BOOST_TEST(trail().at(0).subject == "user:alice");
}

BOOST_AUTO_TEST_CASE(a_suspension_says_whether_sessions_are_kept) {
    create("alice");
    must(directory.suspend_user(root, id_of("alice"), "", {}, {}));
    BOOST_TEST(events.back().change == "suspended");
    BOOST_TEST(!events.back().keeps_sessions);
    must(directory.resume_user(root, id_of("alice"), "", {}));
    ChangeOptions options;
    options.keep_sessions = true;
    must(directory.suspend_user(root, id_of("alice"), "", {}, options));
    BOOST_TEST(events.back().keeps_sessions);
}

BOOST_AUTO_TEST_CASE(who_comes_to_the_end_of_the_account_is_told_once) {
    using std::chrono::hours;
    const auto expires = [&](const char* name, Time when) {
        create(name);
        must(directory.update_user(root, id_of(name), {{"expires", to_unix(when)}}, {}));
    };
    BOOST_TEST(must(directory.take_expired()).empty());  // from here on
    expires("alice", clock.now() + hours(1));
    expires("carol", clock.now() + hours(2));
    BOOST_TEST(must(directory.take_expired()).empty());
    clock.advance(hours(1));
    auto expired = must(directory.take_expired());
    BOOST_REQUIRE(expired.size() == 1U);
    BOOST_TEST(expired[0].name == "alice");
    BOOST_TEST(must(directory.take_expired()).empty());
    clock.advance(-hours(1));
    BOOST_TEST(must(directory.take_expired()).empty());
    clock.advance(hours(2));  // set back, and on: both, rather than one too few
    BOOST_TEST(must(directory.take_expired()).size() == 2U);
    BOOST_TEST(!events.back().is_over);
    must(directory.update_user(root, id_of("carol"), {{"expires", to_unix(clock.now() - hours(5))}}, {}));
    BOOST_TEST(events.back().is_over);  // looked at as a change: its time was over before
    BOOST_TEST(must(directory.take_expired()).empty());
}

BOOST_AUTO_TEST_CASE(a_deleted_users_number_never_comes_back_and_the_name_only_in_time) {
    create("alice");
    must(directory.suspend_user(root, id_of("alice"), "", std::nullopt, {}));
    must(directory.delete_user(root, id_of("alice"), {}));
    BOOST_TEST(code_of(directory.create_user(root, "alice", {}, {})) == Errc::exists);
    BOOST_TEST(code_of(directory.create_user(root, "erin", {{"uid", std::int64_t{70000}}}, {})) ==
               Errc::exists);
    BOOST_TEST(number_of(create("erin").record, "uid") == 70001);
    clock.advance(config.users.names_hold);
    BOOST_TEST(number_of(create("alice").record, "uid") == 70002);
}

BOOST_AUTO_TEST_CASE(an_account_may_close_itself_where_that_is_allowed) {
    create("alice");
    ChangeOptions own;
    own.self_service = true;
    BOOST_TEST(code_of(directory.suspend_user(root, id_of("alice"), "", {}, own)) == Errc::denied);
    config.users.self_suspend = true;
    BOOST_TEST(code_of(directory.suspend_user(root, id_of("alice"), "bored", {}, own)) == Errc::denied);
    BOOST_TEST(code_of(directory.suspend_user(root, id_of("alice"), "", clock.now() + std::chrono::hours(1),
                                              own)) == Errc::denied);
    const auto record = must(directory.suspend_user(root, id_of("alice"), "", {}, own)).record;
    BOOST_TEST(text_of(record, "state") == "suspended");
    BOOST_TEST(text_of(record, "state_reason") == "self-closed");
}

BOOST_AUTO_TEST_CASE(a_group_that_users_have_as_primary_one_names_them) {
    must(directory.create_group(root, "staff", {}, {}));
    for (const char* name : {"alice", "carl", "dora", "erin"}) create(name, {{"primary_group", "staff"}});
    const auto refused = directory.delete_group(root, must(directory.get_group("staff")).id, {});
    BOOST_TEST(refused.error().message ==
               "Cannot delete the group staff: it is the primary group of alice, carl, dora and more");
}

BOOST_AUTO_TEST_CASE(doing_a_thing_twice_changes_nothing) {
    create("alice");
    const auto id = id_of("alice");
    BOOST_TEST(!must(directory.resume_user(root, id, "", {})).changed);
    BOOST_TEST(must(directory.suspend_user(root, id, "left", std::nullopt, {})).changed);
    const auto generation = directory.generation();
    BOOST_TEST(!must(directory.suspend_user(root, id, "", std::nullopt, {})).changed);
    BOOST_TEST(directory.generation() == generation);
    // An end that is taken away is a change; the reason stays.
    const auto until = clock.now() + std::chrono::hours(1);
    BOOST_TEST(must(directory.suspend_user(root, id, "", until, {})).changed);
    BOOST_TEST(text_of(must(directory.suspend_user(root, id, "", std::nullopt, {})).record, "state_reason") ==
               "left");
    BOOST_TEST(must(directory.resume_user(root, id, "", {})).changed);
    BOOST_TEST(!must(directory.approve_user(root, id, "", {})).changed);
}

BOOST_AUTO_TEST_CASE(a_pending_user_is_approved_or_rejected) {
    create("alice", {{"state", "pending"}});
    create("erin", {{"state", "pending"}});
    BOOST_TEST(code_of(directory.resume_user(root, id_of("alice"), "", {})) == Errc::policy_violation);
    BOOST_TEST(code_of(directory.suspend_user(root, id_of("alice"), "", std::nullopt, {})) ==
               Errc::policy_violation);
    BOOST_TEST(text_of(must(directory.approve_user(root, id_of("alice"), "", {})).record, "state") ==
               "active");
    BOOST_TEST(code_of(directory.reject_user(root, id_of("alice"), "", {})) == Errc::policy_violation);
    BOOST_TEST(text_of(must(directory.reject_user(root, id_of("erin"), "who?", {})).record, "state") ==
               "suspended");
    const auto record = must(directory.user_record(must(directory.get_user("erin")), true));
    BOOST_TEST(text_of(record, "state_reason") == "who?");
}

BOOST_AUTO_TEST_CASE(why_somebody_is_let_in_again_stands_in_the_trail) {
    create("alice", {{"state", "pending"}});
    const auto id = id_of("alice");
    must(directory.approve_user(root, id, " signed the form ", {}));
    BOOST_TEST(trail().at(0).action == "user.approve");
    BOOST_TEST(trail().at(0).reason == "signed the form");
    must(directory.suspend_user(root, id, "leave", std::nullopt, {}));
    const auto record = must(directory.resume_user(root, id, "back", {})).record;
    BOOST_TEST(trail().at(0).action == "user.resume");
    BOOST_TEST(trail().at(0).reason == "back");
    BOOST_TEST(!record.contains("state_reason"));  // of the suspension, which is over
    BOOST_TEST(code_of(directory.resume_user(root, id, "two\nlines", {})) == Errc::invalid);
    const auto rows = trail().size();
    BOOST_TEST(!must(directory.resume_user(root, id, "once more", {})).changed);
    BOOST_TEST(trail().size() == rows);
}

BOOST_AUTO_TEST_CASE(a_suspension_with_an_end_is_over_by_itself) {
    create("alice");
    const auto until = clock.now() + std::chrono::hours(1);
    const auto record = must(directory.suspend_user(root, id_of("alice"), "leave", until, {})).record;
    BOOST_TEST(number_of(record, "suspended_until") == to_unix(until));
    must(directory.end_what_is_over());
    BOOST_TEST((must(directory.get_user("alice")).state == UserState::suspended));
    clock.advance(std::chrono::hours(1));
    must(directory.end_what_is_over());
    BOOST_TEST((must(directory.get_user("alice")).state == UserState::active));
    BOOST_TEST(trail().at(0).actor == "userd");
    BOOST_TEST(code_of(directory.suspend_user(root, id_of("alice"), "", until, {})) == Errc::invalid);
}

BOOST_AUTO_TEST_SUITE_END()
