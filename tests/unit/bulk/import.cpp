// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/import.h"

#include "tests/unit/bulk/support.h"

using namespace userd;
using namespace userd::test;

BOOST_FIXTURE_TEST_SUITE(import_, Office)

BOOST_AUTO_TEST_CASE(a_file_becomes_users_in_one_change) {
    const auto before = directory.generation();
    published = 0;
    const auto result = import(
        "Name,First Name,last-name,email,groups,expires\r\n"
        "alice,Alice,Example,alice@example.org,\"web,sudo\",2030-01-01\r\n"
        "dora,Dora,,,,\r\n");
    BOOST_TEST(told(result) == "");
    BOOST_TEST(deeds(result) == "created alice\ncreated dora\n");
    BOOST_TEST(directory.generation() == before + 1);
    BOOST_TEST(published == 1);
    const auto alice = record("alice");
    BOOST_TEST(text_of(alice, "display_name") == "Alice Example");
    BOOST_TEST(list_of(alice, "groups") == "web");
    BOOST_TEST(list_of(alice, "local_groups") == "sudo");
    BOOST_TEST(number_of(alice, "expires") == 1893456000);
}

BOOST_AUTO_TEST_CASE(every_error_is_told_and_nothing_is_changed) {
    const auto before = directory.generation();
    const auto result = import(
        "name,email,uid,shell\n"
        "alice,nonsense,,\n"
        "Bob,,,\n"
        "carol,,seven,\n"
        "dora,,,\n"
        "dora,,,\n"
        "erin,,500,\n"
        "frank,,\n");
    BOOST_TEST(told(result) ==
               "2:7 \"nonsense\" is no mail address: it has no @\n"
               "3:1 \"Bob\" cannot be a name: it must match [a-z_][a-z0-9_-]* (users.name in userd.yaml)\n"
               "4:8 uid cannot be \"seven\"\n"
               "6:1 the user dora exists\n"
               "7:7 uid cannot be 500: the system reserves it\n"
               "8:1 3 cells, but the first line names 4 columns\n");
    BOOST_TEST(result.done.empty());
    BOOST_TEST(directory.generation() == before);
    BOOST_TEST(!directory.get_user("dora"));
}

BOOST_AUTO_TEST_CASE(columns_have_the_names_of_fields) {
    BOOST_TEST(told(import("name,emial\nalice,x\n")) == "1:6 unknown column \"emial\"\n");
    BOOST_TEST(import("name,emial\nalice,x\n").problems[0].hint == "Did you mean \"email\"?");
    BOOST_TEST(told(import("name,shell,SHELL\nalice,,\n")) == "1:12 a second column shell\n");
    BOOST_TEST(told(import("email\nx@y.org\n")) == "1:1 no column is the login name\n");
    BOOST_TEST(told(import("")) == "1:1 the file is empty: its first line must name the columns\n");
    ImportOptions how;
    how.map = {{"Login", "name"}, {"Note", ""}};
    const auto result = import("Login,Note,created_at,id\nalice,x,2020-01-01,7\n", how);
    BOOST_TEST(deeds(result) == "created alice\n");
    BOOST_TEST((result.ignored == std::vector<std::string>{"created_at", "id"}));
}

BOOST_AUTO_TEST_CASE(who_exists_is_refused_passed_over_or_updated) {
    import("name,display_name\nalice,Alice\n");
    const std::string_view text = "name,display_name,uid\nalice,Alice B,70001\ndora,,\n";
    BOOST_TEST(told(import(text)) == "2:1 the user alice exists\n");
    ImportOptions how;
    how.if_exists = IfExists::skip;
    BOOST_TEST(deeds(import(text, how, true)) == "skipped alice\ncreated dora\n");
    how.if_exists = IfExists::update;
    BOOST_TEST(deeds(import(text, how)) == "updated alice\ncreated dora\n");
    BOOST_TEST(text_of(record("alice"), "display_name") == "Alice B");
    const auto generation = directory.generation();
    BOOST_TEST(deeds(import(text, how)) == "unchanged alice\nunchanged dora\n");
    BOOST_TEST(directory.generation() == generation);
    BOOST_TEST(told(import("name,uid\nalice,70099\n", how)) ==
               "2:7 uid cannot be changed after the creation\n");
}

BOOST_AUTO_TEST_CASE(an_update_of_whom_a_directory_server_has_keeps_to_what_is_the_hosts) {
    import("name,shell\nalice,/bin/bash\n");
    mirror_user(*store, "alice");
    config.ldap = {corp_server()};
    ImportOptions how;
    how.if_exists = IfExists::update;
    BOOST_TEST(told(import("name,shell\nalice,/bin/sh\n", how))
                   .find("Cannot change the shell of alice: it comes from the directory server corp") !=
               std::string::npos);
    BOOST_TEST(deeds(import("name,shell,tags\nalice,/bin/bash,oncall\n", how)) == "updated alice\n");
    BOOST_TEST(text_of(record("alice"), "shell") == "/bin/bash");
    BOOST_TEST(list_of(record("alice"), "tags") == "oncall");
}

BOOST_AUTO_TEST_CASE(what_the_call_says_holds_where_the_file_says_nothing) {
    ImportOptions how;
    how.groups = {"web"};
    how.defaults = {{"mfa", std::string("required")}};
    how.name_from = "{first_name}.{last_name}";
    const auto result = import("first_name,last_name,mfa\nZoë,Smith,\nZoe,Smith,off\n", how);
    BOOST_TEST(deeds(result) == "created zoe-smith\ncreated zoe-smith2\n");
    BOOST_TEST(text_of(record("zoe-smith"), "mfa") == "required");
    BOOST_TEST(text_of(record("zoe-smith2"), "mfa") == "off");
    BOOST_TEST(list_of(record("zoe-smith2"), "groups") == "web");
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_the_same_and_changes_nothing) {
    const auto before = directory.generation();
    BOOST_TEST(deeds(import("name\nalice\n", {}, true)) == "created alice\n");
    BOOST_TEST(directory.generation() == before);
    BOOST_TEST(!directory.get_user("alice"));
}

BOOST_AUTO_TEST_CASE(passwords_go_in_with_their_users) {
    ImportPasswords passwords;
    passwords["alice"].hash = "$argon2id$v=19$m=8,t=1,p=1$x$y";
    passwords["alice"].must_change = true;
    const auto result = import("name,kind\nalice,\nrobot,service\n", {}, false, passwords);
    BOOST_TEST(result.done[0].wants_password);
    BOOST_TEST(!result.done[1].wants_password);
    const auto alice = must(directory.get_user("alice"));
    BOOST_TEST(must(store->credentials().find_password(alice.id)).has_value());
    BOOST_TEST(alice.must_change);
}

BOOST_AUTO_TEST_CASE(the_form_is_checked_without_a_directory) {
    BOOST_TEST(told(check_form("name,expires\nalice,tomorrow\nbob,2030-01-01\n", {}, config)) ==
               "2:7 expires cannot be \"tomorrow\"\n");
    std::string many = "name\n";
    for (int i = 0; i < 150; ++i) many += "x,y\n";
    const auto result = check_form(many, {}, config);
    BOOST_TEST(result.problems.size() == most_import_problems);
    BOOST_TEST(result.problem_count == 150U);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_too_long_is_refused) {
    std::string text = "name\n";
    for (std::size_t i = 0; i <= most_import_rows; ++i) text += fmt::format("u{}\n", i);
    BOOST_TEST(told(check_form(text, {}, config)) ==
               fmt::format("{}:1 the file has more than {} lines\n", most_import_rows + 2, most_import_rows));
}

BOOST_AUTO_TEST_CASE(an_import_is_no_way_around_a_code) {
    ChangeOptions options;
    options.owes = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"role-grant"});
    ImportOptions how;
    how.groups = {"sudo"};
    const auto done = import_users(directory, credentials, config, admin, options, "name\nalice\n", how);
    BOOST_TEST((!done && done.error().code == Errc::code_required));
    BOOST_TEST(!directory.get_user("alice").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
