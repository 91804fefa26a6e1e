// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/fields.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(update_user, DirectoryFixture)

BOOST_AUTO_TEST_CASE(only_what_is_named_changes) {
    create("alice", {{"phone", "440123456789"}, {"tags", Names{"a"}}});
    const auto outcome = must(directory.update_user(root, id_of("alice"), {{"shell", "/bin/sh"}}, {}));
    BOOST_TEST(outcome.changed);
    BOOST_TEST(text_of(outcome.record, "shell") == "/bin/sh");
    BOOST_TEST(text_of(outcome.record, "phone") == "+440123456789");
    BOOST_TEST(list_of(outcome.record, "tags") == "a");
    const auto detail = trail().at(0).detail;
    BOOST_TEST(detail == R"({"after":{"shell":"/bin/sh"},"before":{"shell":"/bin/bash"}})");
}

BOOST_AUTO_TEST_CASE(the_same_again_is_nothing_to_do) {
    create("alice", {{"email", "a@example.org"}, {"tags", Names{"b", "a"}}});
    const auto again = must(directory.update_user(
        root, id_of("alice"), {{"email", "a@EXAMPLE.org"}, {"tags", Names{"a", "b"}}, {"shell", "/bin/bash"}},
        {}));
    BOOST_TEST(!again.changed);
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(trail().size() == 1U);
}

BOOST_AUTO_TEST_CASE(null_and_empty_clear) {
    create("alice", {{"phone", "440123456789"}, {"expires", std::int64_t{2'000'000'000}}, {"mfa", "off"}});
    const auto record =
        must(directory.update_user(root, id_of("alice"),
                                   {{"phone", ""}, {"expires", std::int64_t{-1}}, {"mfa", Value{}}}, {}))
            .record;
    BOOST_TEST(!record.contains("phone"));
    BOOST_TEST(!record.contains("expires"));
    BOOST_TEST(!record.contains("mfa"));
}

BOOST_AUTO_TEST_CASE(lists_can_be_exact_or_edited) {
    for (const char* name : {"web", "ops", "dev"}) must(directory.create_group(root, name, {}, {}));
    create("alice", {{"groups", Names{"web", "ops"}}});
    const auto id = id_of("alice");
    auto record = must(directory.update_user(
                           root, id, {{"groups_add", Names{"dev"}}, {"groups_remove", Names{"web"}}}, {}))
                      .record;
    BOOST_TEST(list_of(record, "groups") == "dev,ops");
    record = must(directory.update_user(root, id, {{"groups", Names{"web"}}}, {})).record;
    BOOST_TEST(list_of(record, "groups") == "web");
    BOOST_TEST(
        list_of(must(directory.update_user(root, id, {{"local_groups_add", Names{"sudo"}}}, {})).record,
                "local_groups") == "sudo");
    BOOST_TEST(must(directory.update_user(root, id, {{"local_groups", Names{}}}, {})).changed);
}

BOOST_AUTO_TEST_CASE(an_exact_list_leaves_memberships_with_an_end) {
    must(directory.create_group(root, "web", {}, {}));
    create("alice");
    must(directory.add_members(root, "web", {"alice"}, clock.now() + std::chrono::hours(2), {}));
    BOOST_TEST(!must(directory.update_user(root, id_of("alice"), {{"groups", Names{}}}, {})).changed);
    BOOST_TEST(
        must(directory.update_user(root, id_of("alice"), {{"groups_remove", Names{"web"}}}, {})).changed);
}

BOOST_AUTO_TEST_CASE(oneself_may_set_a_few_fields_only) {
    create("alice");
    const auto id = id_of("alice");
    ChangeOptions own;
    own.self_service = true;
    BOOST_TEST(must(directory.update_user(root, id, {{"phone", "440123456789"}, {"shell", "/bin/sh"}}, own))
                   .changed);
    for (const auto& field : user_fields()) {
        if (may_set_on_oneself(field, config)) continue;
        const auto refused = directory.update_user(root, id, {{std::string(field.name), Value{}}}, own);
        BOOST_TEST(code_of(refused) == Errc::denied, field.name);
    }
    BOOST_TEST(code_of(directory.update_user(root, id, {{"shell", "/bin/evil"}}, own)) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(what_is_fixed_at_creation_stays) {
    create("alice");
    for (const char* field : {"uid", "kind", "state", "name", "id", "generation"})
        BOOST_TEST(code_of(directory.update_user(root, id_of("alice"), {{field, "x"}}, {})) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(a_rename_keeps_the_account_and_holds_the_old_name) {
    create("alice");
    const auto id = id_of("alice");
    const auto outcome = must(directory.rename_user(root, id, "alison", {}));
    BOOST_TEST(number_of(outcome.record, "uid") == 70000);
    BOOST_TEST((id_of("alison") == id));
    BOOST_TEST(code_of(directory.create_user(root, "alice", {}, {})) == Errc::exists);
    BOOST_TEST(!must(directory.rename_user(root, id, "alison", {})).changed);
    BOOST_TEST(code_of(directory.rename_user(root, id, "bob", {})) == Errc::exists);
    BOOST_TEST(events.back().change == "renamed");
}

BOOST_AUTO_TEST_CASE(a_held_name_comes_back_to_whom_it_belonged_and_to_nobody_else) {
    create("alice");
    create("carol");
    const auto id = id_of("alice");
    must(directory.rename_user(root, id, "alison", {}));
    BOOST_TEST(code_of(directory.rename_user(root, id_of("carol"), "alice", {})) == Errc::exists);
    BOOST_TEST(must(directory.rename_user(root, id, "alice", {})).changed);
    BOOST_TEST((id_of("alice") == id));
}

BOOST_AUTO_TEST_CASE(a_change_that_is_stored_but_not_shown_says_so) {
    Directory blind(
        *store, []() -> Result<void> { return fail(Errc::no_space, "no room"); }, config, clock, host.path());
    const auto result = blind.create_user(root, "alice", {}, {});
    BOOST_TEST(code_of(result) == Errc::unavailable);
    BOOST_TEST(directory.get_user("alice").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
