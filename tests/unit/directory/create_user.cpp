// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(create_user, DirectoryFixture)

BOOST_AUTO_TEST_CASE(a_name_is_enough) {
    const auto outcome = create("alice");
    BOOST_TEST(outcome.changed);
    BOOST_TEST(number_of(outcome.record, "uid") == 70000);
    BOOST_TEST(number_of(outcome.record, "gid") == 70000);
    BOOST_TEST(text_of(outcome.record, "shell") == "/bin/bash");
    BOOST_TEST(text_of(outcome.record, "home") == "/home/alice");
    BOOST_TEST(text_of(outcome.record, "state") == "active");
    BOOST_TEST(text_of(outcome.record, "primary_group") == "private");
    BOOST_TEST(published == 1);
    BOOST_REQUIRE(events.size() == 1U);
    BOOST_TEST(events[0].number == 70000U);
    BOOST_TEST(events[0].change == "created");
}

BOOST_AUTO_TEST_CASE(fields_are_parsed_and_kept) {
    must(directory.create_group(root, "web", {}, {}));
    const auto record = create("alice", {{"first_name", "Alice"},
                                         {"last_name", "Example"},
                                         {"email", "Alice@Example.ORG"},
                                         {"phone", "0044 0123 456789"},
                                         {"groups", Names{"web"}},
                                         {"local_groups", Names{"sudo"}},
                                         {"tags", Names{"oncall", "b", "b"}},
                                         {"metadata", "{\"cost\": 1}"},
                                         {"mfa", "required"},
                                         {"expires", std::int64_t{2'000'000'000}}})
                            .record;
    BOOST_TEST(text_of(record, "display_name") == "Alice Example");
    BOOST_TEST(text_of(record, "email") == "Alice@example.org");
    BOOST_TEST(text_of(record, "phone") == "+440123456789");
    BOOST_TEST(list_of(record, "groups") == "web");
    BOOST_TEST(list_of(record, "local_groups") == "sudo");
    BOOST_TEST(list_of(record, "tags") == "b,oncall");
    BOOST_TEST(text_of(record, "metadata") == "{\"cost\":1}");
    BOOST_TEST(text_of(record, "mfa") == "required");
    BOOST_TEST(number_of(record, "expires") == 2'000'000'000);
}

BOOST_AUTO_TEST_CASE(an_sftp_account_has_its_own_group_home_and_no_shell) {
    must(directory.create_group(root, "sftponly", {}, {}));
    const auto record = create("drop", {{"kind", "sftp"}}).record;
    BOOST_TEST(text_of(record, "shell") == "/usr/sbin/nologin");
    BOOST_TEST(text_of(record, "home") == "/srv/sftp/drop");
    BOOST_TEST(list_of(record, "groups") == "sftponly");
    BOOST_TEST(code_of(directory.create_user(root, "other", {{"kind", "sftp"}, {"shell", "/bin/sh"}}, {})) ==
               Errc::policy_violation);
    ChangeOptions own;
    own.self_service = true;
    BOOST_TEST(code_of(directory.update_user(root, id_of("drop"), {{"shell", "/bin/sh"}}, own)) ==
               Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(no_code_is_required_of_a_service) {
    create("bot", {{"kind", "service"}, {"mfa", "optional"}});
    const auto made = directory.create_user(root, "robot", {{"kind", "service"}, {"mfa", "required"}}, {});
    BOOST_TEST(code_of(made) == Errc::policy_violation);
    const auto updated = directory.update_user(root, id_of("bot"), {{"mfa", "required"}}, {});
    BOOST_REQUIRE(!updated);
    BOOST_TEST(updated.error().field == "mfa");
}

BOOST_AUTO_TEST_CASE(a_class_left_out_or_cleared_is_the_configured_one) {
    BOOST_TEST(text_of(create("alice").record, "class") == "medium");
    auto record = must(directory.update_user(root, id_of("alice"), {{"class", "large"}}, {})).record;
    BOOST_TEST(text_of(record, "class") == "large");
    record = must(directory.update_user(root, id_of("alice"), {{"class", ""}}, {})).record;
    BOOST_TEST(text_of(record, "class") == "medium");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_field_and_changes_nothing) {
    const std::pair<Fields, std::string> cases[] = {
        {{{"emial", "a@b.c"}}, "emial"},
        {{{"email", "nonsense"}}, "email"},
        {{{"shell", "bash"}}, "shell"},
        {{{"uid", std::int64_t{1000}}}, "uid"},
        {{{"class", "gigantic"}}, "class"},
        {{{"kind", "robot"}}, "kind"},
        {{{"kind", "sftp"}}, "groups"},
        {{{"notify", "loudly"}}, "notify"},
        {{{"not_before", std::int64_t{2000}}, {"expires", std::int64_t{2000}}}, "expires"},
        {{{"groups", Names{"nope"}}}, "groups"},
        {{{"local_groups", Names{"adm"}}}, "local_groups"},
        {{{"gid", std::int64_t{5}}}, "gid"},
        {{{"state", "suspended"}}, "state"},
        {{{"primary_group", "nope"}}, "primary_group"}};
    for (const auto& [fields, field] : cases) {
        const auto result = directory.create_user(root, "alice", fields, {});
        BOOST_REQUIRE(!result);
        BOOST_TEST(result.error().field == field);
    }
    BOOST_TEST(directory.generation() == 0U);
    BOOST_TEST(code_of(directory.get_user("alice")) == Errc::no_such_user);
    BOOST_TEST(published == 0);
    BOOST_TEST(trail().empty());
}

BOOST_AUTO_TEST_CASE(names_of_the_host_and_of_others_are_taken) {
    create("alice");
    must(directory.create_group(root, "web", {}, {}));
    for (const char* name : {"alice", "web", "bob", "sudo", "carla"})
        BOOST_TEST(code_of(directory.create_user(root, name, {}, {})) == Errc::exists, name);
    BOOST_TEST(code_of(directory.create_user(root, "Alice", {}, {})) == Errc::invalid);
}

BOOST_AUTO_TEST_CASE(a_local_account_made_a_moment_ago_counts) {
    create("alice");
    host.write("etc/passwd", "dora:x:70001:70001:::\n");
    BOOST_TEST(number_of(create("erin").record, "uid") == 70002);
    BOOST_TEST(code_of(directory.create_user(root, "dora", {}, {})) == Errc::exists);
}

BOOST_AUTO_TEST_CASE(mail_addresses_are_unique_when_folded) {
    create("alice", {{"email", "Alice@example.org"}});
    const auto second = directory.create_user(root, "erin", {{"email", "alice@EXAMPLE.org"}}, {});
    BOOST_TEST(code_of(second) == Errc::exists);
    BOOST_TEST(second.error().field == "email");
    config.users.email_unique = false;
    BOOST_TEST(create("erin", {{"email", "alice@example.org"}}).changed);
    BOOST_TEST(code_of(directory.get_user("mail:alice@example.org")) == Errc::policy_violation);
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_and_leaves_nothing) {
    ChangeOptions options;
    options.dry_run = true;
    const auto outcome = must(directory.create_user(root, "alice", {}, options));
    BOOST_TEST(outcome.changed);
    BOOST_TEST(number_of(outcome.record, "uid") == 70000);
    BOOST_TEST(code_of(directory.get_user("alice")) == Errc::no_such_user);
    BOOST_TEST(directory.generation() == 0U);
    BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(what_goes_with_the_creation_can_stop_it) {
    const auto result = directory.create_user(root, "alice", {}, {}, [](const User&) -> Result<void> {
        return fail(Errc::password_refused, "too short");
    });
    BOOST_TEST(code_of(result) == Errc::password_refused);
    BOOST_TEST(code_of(directory.get_user("alice")) == Errc::no_such_user);
}

BOOST_AUTO_TEST_CASE(a_moved_generation_is_a_conflict) {
    create("alice");
    ChangeOptions options;
    options.generation = 0;
    BOOST_TEST(code_of(directory.create_user(root, "erin", {}, options)) == Errc::generation_conflict);
    options.generation = 1;
    BOOST_TEST(must(directory.create_user(root, "erin", {}, options)).changed);
}

BOOST_AUTO_TEST_CASE(the_trail_tells_who_made_what) {
    create("alice", {{"email", "a@example.org"}});
    const auto entry = trail().at(0);
    BOOST_TEST(entry.action == "user.create");
    BOOST_TEST(entry.actor == "root");
    BOOST_TEST(entry.subject == "user:alice");
    BOOST_TEST(entry.txn == 1U);
    BOOST_TEST(entry.detail.find("a@example.org") != std::string::npos);
    BOOST_TEST((entry.subject_id == id_of("alice")));
}

BOOST_AUTO_TEST_SUITE_END()
