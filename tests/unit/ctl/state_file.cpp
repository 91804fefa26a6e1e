// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/state/state_file.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "ctl/state/send.h"

using namespace userd;
using namespace userd::ctl;

namespace {

StateFiles read(std::string text, const std::string& host = "web1.example.org") {
    return read_state_texts({{"team.yaml", std::move(text)}}, host);
}

// The file with a head, and its problems one a line: "4:3 message".
std::string problems_of(const StateFiles& state) {
    std::string all;
    for (const auto& problem : state.problems)
        all += fmt::format("{}:{} {}\n", problem.line, problem.column, problem.message);
    return all;
}
std::string problems(const std::string& body) {
    return problems_of(read("version: 1\nset: s\n" + body));
}

std::string json(const StateFiles& state, std::string_view user, std::string_view key) {
    const auto* object = state.find(false, user);
    const auto* entry = object ? object->find(key) : nullptr;
    return entry ? entry->json : "(none)";
}

constexpr const char* sample = R"(version: 1
set: web-team                    # the name under which these objects are managed
defaults: {users: {shell: /bin/bash, groups: [staff]}}
groups:
  - {name: web, gid: 71001, description: Web team}
users:
  - name: alice
    was: alice.smith             # renames once, then does nothing
    display_name: Alice Example
    email: alice@example.org
    groups: [web, ops]
    local_groups: [sudo]
    tags: [oncall]
    metadata: {cost_center: "4711"}
    ssh_authorized_keys:
      - ssh-ed25519 AAAA… alice@laptop
      - {key: "ssh-ed25519 AAAA… ci", expires: 2027-03-31, from: [10.0.0.0/8], options: [restrict]}
    mfa: required
    password: {hash_file: secrets/alice.argon2, update: on-create}    # or {sealed: "…"}
    totp: {sealed: "…"}
  - {name: deploy, kind: service, hosts: [web*]}
  - {name: carol, state: suspended}
  - {name: dave, state: absent, transfer_to: alice}
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(state_file)

BOOST_AUTO_TEST_CASE(the_sample_of_the_reference_is_read) {
    const auto state = read(sample);
    BOOST_TEST(problems_of(state) == "");
    BOOST_TEST(state.set == "web-team");
    BOOST_TEST(state.objects.size() == 5U);
    BOOST_TEST(json(state, "alice", "shell") == R"("/bin/bash")");
    BOOST_TEST(json(state, "alice", "groups") == R"(["web","ops"])");
    BOOST_TEST(json(state, "carol", "groups") == R"(["staff"])");
    BOOST_TEST(json(state, "alice", "metadata") == R"({"cost_center":"4711"})");
    BOOST_TEST(json(state, "alice", "password") ==
               R"({"hash_file":"secrets/alice.argon2","update":"on-create"})");
    BOOST_TEST(json(state, "alice", "ssh_authorized_keys") ==
               R"([{"key":"ssh-ed25519 AAAA… alice@laptop"},{"expires":1806451200,"from":["10.0.0.0/8"],)"
               R"("key":"ssh-ed25519 AAAA… ci","options":["restrict"]}])");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_shown_with_its_place_and_what_was_meant) {
    const auto state = read(
        "version: 1\nset: web-team\nusers:\n  - name: carol\n  - name: bob\n  - name: alice\n"
        "    emial: alice@example.org\n");
    BOOST_REQUIRE(state.problems.size() == 1U);
    BOOST_TEST(to_text(state.problems[0]) ==
               "team.yaml:7:5: unknown key \"emial\" in users[2] (alice). Did you mean \"email\"?\n"
               "    7 |     emial: alice@example.org\n"
               "      |     ^~~~~");
}

BOOST_AUTO_TEST_CASE(all_errors_are_told_up_to_a_bound) {
    BOOST_TEST(problems("colour: red\nusers:\n  - {name: a, mfa: of}\n  - {nmae: b}\n") ==
               "3:1 unknown key \"colour\".\n"
               "5:20 users[0] (a): mfa cannot be \"of\": it is one of inherit, off, optional, required. "
               "Did you mean \"off\"?\n"
               "6:5 users[1] has no name\n"
               "6:6 unknown key \"nmae\" in users[1]. Did you mean \"name\"?\n");
    std::string many = "users:\n";
    for (int i = 0; i < 200; ++i) many += "  - {nmae: b}\n";
    BOOST_TEST(read("version: 1\nset: s\n" + many).problems.size() == most_state_problems);
}

BOOST_AUTO_TEST_CASE(doubled_keys_and_names_are_errors) {
    BOOST_TEST(problems("users:\n  - name: a\n    shell: /bin/sh\n    shell: /bin/bash\n") ==
               "6:5 key \"shell\" stands here twice (first in line 5)\n");
    BOOST_TEST(problems("users: [{name: a}, {name: b}, {name: a}]\n") ==
               "3:38 a stands in users twice (first in line 3)\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_look_octal_must_stand_in_quotes) {
    BOOST_TEST(problems("users: [{name: a, phone: 00440123456789}]\n") ==
               "3:26 users[0] (a): 00440123456789 begins with a 0, which some read as octal: write "
               "\"00440123456789\" in quotes\n");
    BOOST_TEST(problems("users: [{name: a, phone: \"00440123456789\", metadata: {mode: \"0755\"}}]\n") == "");
    BOOST_TEST(!problems("users: [{name: a, metadata: {mode: 0755}}]\n").empty());
    BOOST_TEST(!problems("users: [{name: a, uid: 0x11170}]\n").empty());
}

BOOST_AUTO_TEST_CASE(a_password_is_refused_and_its_line_is_not_shown) {
    for (const char* text :
         {"users:\n  - name: a\n    password: hunter2\n", "users:\n  - name: a\n    passwd: hunter2\n",
          "users: [{name: a, password: hunter2}]\n", "users: [{name: a, emial: b, password: hunter2}]\n",
          "users:\n  - name: a\n    password: {hash: hunter2}\n"}) {
        const auto state = read(std::string("version: 1\nset: s\n") + text);
        BOOST_TEST(!state.problems.empty());
        for (const auto& problem : state.problems)
            BOOST_TEST(to_text(problem).find("hunter2") == std::string::npos, to_text(problem));
    }
}

BOOST_AUTO_TEST_CASE(words_of_yaml_mean_what_the_key_says) {
    const auto state = read(
        "version: 1\nset: s\nusers:\n  - {name: a, mfa: off, display_name: No, expires: never}\n"
        "  - {name: b, must_change: yes, shell: null, password: none}\n");
    BOOST_TEST(problems_of(state) == "");
    BOOST_TEST(json(state, "a", "mfa") == R"("off")");
    BOOST_TEST(json(state, "a", "display_name") == R"("No")");
    BOOST_TEST(json(state, "a", "expires") == "null");
    BOOST_TEST(json(state, "b", "must_change") == "true");
    BOOST_TEST(json(state, "b", "shell") == "null");
    BOOST_TEST(json(state, "b", "password") == R"({"none":true})");
    BOOST_TEST(json(state, "b", "home") == "(none)");
}

BOOST_AUTO_TEST_CASE(a_time_from_now_would_change_at_each_run) {
    BOOST_TEST(!problems("users: [{name: a, expires: 90d}]\n").empty());
    BOOST_TEST(problems("users: [{name: a, expires: 2027-03-31T12:00:00Z}]\n") == "");
}

BOOST_AUTO_TEST_CASE(hosts_select_files_objects_and_memberships) {
    const std::string text =
        "version: 1\nset: s\nusers:\n  - {name: here, hosts: [web*], groups: [a, {name: b, hosts: [db*]}]}\n"
        "  - {name: there, hosts: [db*]}\n  - {name: full, hosts: [web1.example.org]}\n";
    const auto state = read(text);
    BOOST_TEST(problems_of(state) == "");
    BOOST_TEST(state.find(false, "here") != nullptr);
    BOOST_TEST(state.find(false, "full") != nullptr);
    BOOST_TEST(state.find(false, "there") == nullptr);
    BOOST_TEST(json(state, "here", "groups") == R"(["a"])");
    BOOST_TEST(!read("version: 1\nset: s\nhosts: [db*]\nusers: [{name: a}]\n").any_for_this_host);
}

BOOST_AUTO_TEST_CASE(a_membership_stands_on_one_side) {
    BOOST_TEST(
        problems("groups: [{name: web, members: [alice]}]\nusers: [{name: bob, groups: [web]}]\n") ==
        "4:21 bob is in web here, and web lists its members at team.yaml:3: write it on the user or on "
        "the group\n");
}

BOOST_AUTO_TEST_CASE(a_service_has_neither_code_nor_password) {
    BOOST_TEST(problems("users:\n  - {name: bot, kind: service, mfa: required}\n") ==
               "4:32 bot is a service, which logs in with keys alone: mfa cannot be required\n");
    BOOST_TEST(problems("users:\n  - name: bot\n    kind: service\n    password: {generate: true}\n"
                        "    totp: {file: bot.totp}\n") ==
               "6:5 bot is a service, which logs in with keys alone: it has no password\n"
               "7:5 bot is a service, which logs in with keys alone: it has no totp\n");
    BOOST_TEST(problems("users: [{name: bot, kind: service, mfa: off, password: none, totp: null}]\n") == "");
}

BOOST_AUTO_TEST_CASE(a_default_that_no_service_has_is_taken_back_on_the_service) {
    const std::string defaults = "defaults: {users: {mfa: required, kind: service}}\n";
    BOOST_TEST(problems(defaults + "users: [{name: bot}]\n") ==
               "3:20 bot is a service, which logs in with keys alone: mfa cannot be required\n");
    BOOST_TEST(problems(defaults + "users: [{name: bot, mfa: null}, {name: al, kind: person}]\n") == "");
}

BOOST_AUTO_TEST_CASE(later_files_win_key_by_key) {
    const auto state = read_state_texts(
        {{"a.yaml", "version: 1\nset: s\nusers: [{name: alice, shell: /bin/sh, class: small}]\n"},
         {"b.yaml", "version: 1\nusers: [{name: alice, shell: /bin/bash}, {name: bob}]\n"}},
        "h");
    BOOST_TEST(problems_of(state) == "");
    BOOST_TEST(state.objects.size() == 2U);
    BOOST_TEST(json(state, "alice", "class") == R"("small")");
    BOOST_TEST(json(state, "alice", "shell") == R"("/bin/bash")");
    BOOST_TEST(state.where(state.find(false, "alice")->find("shell")->place) == "b.yaml:2");
}

BOOST_AUTO_TEST_CASE(files_of_one_apply_have_one_set_and_each_a_version) {
    BOOST_TEST(problems_of(read_state_texts(
                   {{"a.yaml", "version: 1\nset: s\n"}, {"b.yaml", "version: 1\nset: t\n"}}, "h")) ==
               "2:1 the set is \"t\" here and \"s\" before: files of one apply belong to one set\n");
    BOOST_TEST(problems_of(read("set: s\n")) == "1:1 the key \"version\" is missing: version: 1\n");
    BOOST_TEST(problems_of(read("version: 2\nset: s\n")) ==
               "1:10 this userctl reads version 1 of the state file\n");
    BOOST_TEST(!problems_of(read("version: 1\n")).empty());
}

BOOST_AUTO_TEST_CASE(size_and_depth_and_aliases_are_bounded) {
    BOOST_TEST(problems_of(read(std::string((16 << 20) + 1, '#'))) == "1:1 the file is larger than 16 MiB\n");
    BOOST_TEST(!problems("users: " + std::string(100, '[') + std::string(100, ']') + "\n").empty());
    BOOST_TEST(!problems("defaults: &x {users: {shell: /bin/sh}}\n").empty());
}

BOOST_AUTO_TEST_CASE(a_folder_is_its_yaml_files_in_order) {
    const auto folder = std::filesystem::temp_directory_path() / fmt::format("userd-state-{}", ::getpid());
    std::filesystem::create_directory(folder);
    std::ofstream(folder / "20-b.yaml") << "version: 1\nusers: [{name: alice, shell: /bin/bash}]\n";
    std::ofstream(folder / "10-a.yml") << "version: 1\nset: s\nusers: [{name: alice, shell: /bin/sh}]\n";
    std::ofstream(folder / "README") << "not read";
    const auto state = read_state_files({folder.string()}, "h");
    std::filesystem::remove_all(folder);
    BOOST_REQUIRE(state.has_value());
    BOOST_TEST(state->files.size() == 2U);
    BOOST_TEST(json(*state, "alice", "shell") == R"("/bin/bash")");
    BOOST_TEST(!read_state_files({"/nonexistent.yaml"}, "h").has_value());
}

BOOST_AUTO_TEST_CASE(a_file_of_any_name_is_told_as_text_and_has_its_secrets_beside_it) {
    const auto folder =
        std::filesystem::temp_directory_path() / fmt::format("userd-state-\x1b\xe9-{}", ::getpid());
    std::filesystem::create_directory(folder);
    const auto file = folder / "a.yaml";
    std::ofstream(file) << "version: 1\nset: s\nusers:\n  - {name: alice, password: {hash_file: h}}\n";
    std::ofstream(folder / "h") << "$y$j9T$a$b";
    std::filesystem::permissions(folder / "h", std::filesystem::perms::owner_read);
    auto state = read_state_files({file.string()}, "h");
    BOOST_REQUIRE(state.has_value());
    const StateStream stream(*state);
    BOOST_TEST(problems_of(*state) == "");
    BOOST_TEST(stream.text().find("$y$j9T$a$b") != std::string_view::npos);
    BOOST_TEST(state->where({}).find(R"(userd-state-\x1b\xe9-)") != std::string::npos);
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
