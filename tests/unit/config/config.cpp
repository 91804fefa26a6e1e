// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/config/config.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "daemon/config/keys.h"

using namespace userd;

namespace {

std::string first_problem(std::string_view text) {
    const LoadedConfig loaded = parse_config(text, "userd.yaml");
    BOOST_REQUIRE(!loaded.config);
    BOOST_REQUIRE(!loaded.problems.empty());
    return to_text(loaded.problems[0]);
}

bool starts_with(const std::string& text, std::string_view start) {
    return text.substr(0, start.size()) == start;
}

// The configuration file that is shipped, with what stands in it as a comment in force: "#key" and what is
// indented below it; prose begins with one space.
std::string shipped_with_defaults() {
    std::ifstream in(USERD_SOURCE_ROOT "/conf/userd.yaml");
    std::string text;
    for (std::string line; std::getline(in, line); text += line + "\n") {
        const bool is_prose = line.size() > 2 && line[1] == ' ' && line[2] != ' ';
        if (line.starts_with('#') && !is_prose) line.erase(0, 1);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(the_shipped_file_names_each_key_with_its_default) {
    const LoadedConfig shipped = parse_config(shipped_with_defaults(), "userd.yaml");
    BOOST_REQUIRE_MESSAGE(shipped.config, (shipped.problems.empty() ? "" : to_text(shipped.problems[0])));
    const LoadedConfig empty = parse_config("", "userd.yaml");
    for (const ConfigKey& key : config_keys()) {
        const std::string path(key.path);
        if (path == "login.access")
            continue;  // no value says what leaving it out does: an example stands there
        const auto& shown = shipped.config->shown.at(path);
        BOOST_TEST(shown.where != "default", path << " is not in conf/userd.yaml");
        if (path != "local_groups")  // in force there, not a comment
            BOOST_TEST(shown.value == empty.config->shown.at(path).value, path << " is " << shown.value);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_the_defaults) {
    const LoadedConfig loaded = parse_config("", "userd.yaml");
    BOOST_REQUIRE(loaded.config);
    BOOST_TEST(loaded.config->shown.at("users.shell").value == "/bin/bash");
    BOOST_TEST(loaded.config->shown.at("users.shell").where == "default");
    BOOST_TEST(loaded.config->shown.size() == config_keys().size());
}

BOOST_AUTO_TEST_CASE(values_are_read_as_the_schema_says) {
    const LoadedConfig loaded = parse_config(
        "version: 1\n"
        "mfa: {default: off, digits: 8}\n"
        "users:\n  name: {min: 3}\n  names_hold: 2w\n"
        "login:\n  rules:\n"
        "    - {service: sshd, require: [[key, totp], [password, totp]]}\n"
        "    - {require: [password]}\n",
        "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    const Config& config = *loaded.config;
    BOOST_TEST(config.mfa.policy == "off");
    BOOST_TEST(config.mfa.digits == 8U);
    BOOST_TEST(config.users.name_min == 3U);
    BOOST_TEST((config.users.names_hold == std::chrono::hours(24 * 14)));
    BOOST_TEST(config.rules.size() == 2U);
    BOOST_TEST(config.rules[0].require.size() == 2U);
    BOOST_TEST(config.rules[0].where == "userd.yaml:8");
    BOOST_TEST(config.shown.at("mfa.default").where == "userd.yaml:2");
}

BOOST_AUTO_TEST_CASE(classes_are_names_and_the_one_of_new_users_is_among_them) {
    const auto loaded = parse_config("classes: {tiny: {}, huge: }\nusers: {class: tiny}\n", "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    BOOST_TEST(loaded.config->classes.size() == 2U);
    BOOST_TEST(loaded.config->shown.at("classes").value == "{tiny: {}, huge: {}}");
    BOOST_TEST(first_problem("classes: {tiny: {}}\n").find("users.class: medium is not one of classes") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_class_may_have_limits) {
    const auto loaded = parse_config(
        "classes:\n  small: {tasks_max: 512, memory_max: 2G}\n  medium: {tasks_max: 1024}\n  large: {}\n",
        "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    const auto& limits = loaded.config->class_limits;
    BOOST_TEST(limits.size() == 2U);
    BOOST_TEST((limits.at("small") == ClassLimits{512, 2ULL << 30}));
    BOOST_TEST((limits.at("medium") == ClassLimits{1024, 0}));
    BOOST_TEST(loaded.config->shown.at("classes").value ==
               "{small: {tasks_max: 512, memory_max: 2GiB}, medium: {tasks_max: 1024}, large: {}}");
    const auto refused = [](const std::string& text, std::string_view why) {
        const auto problem = first_problem("classes: {medium: " + text + "}\n");
        BOOST_TEST(problem.find(why) != std::string::npos, problem);
    };
    refused("{tasks_max: 0}", "0 is not within 1 to");
    refused("{tasks_max: -5}", "not a whole number");
    refused("{tasks_max: many}", "not a whole number");
    refused("{memory_max: 2}", "2 is not within 32MiB to");
    refused("{memory_max: 2GB}", "not a size");
    refused("{memory_max: [2G]}", "one value is expected");
    refused("{task_max: 5}", "Did you mean \"tasks_max\"?");
    refused("[tasks_max]", "a table of limits");
}

BOOST_AUTO_TEST_CASE(a_misspelt_key_names_its_neighbour_and_its_place) {
    const std::string text = first_problem("users:\n  shel: /bin/sh\n");
    BOOST_TEST(text ==
               "userd.yaml:2:3: unknown key \"shel\" in users. Did you mean \"shell\"?\n"
               "    2 |   shel: /bin/sh\n"
               "      |   ^~~~");
}

BOOST_AUTO_TEST_CASE(doubled_keys_are_refused) {
    BOOST_TEST(starts_with(first_problem("mfa: {digits: 6, digits: 8}\n"),
                           "userd.yaml:1:18: key \"digits\" stands here twice (first in line 1)"));
    BOOST_TEST(starts_with(first_problem("version: 1\nversion: 1\n"), "userd.yaml:2:1: key \"version\""));
}

BOOST_AUTO_TEST_CASE(bad_values_say_what_is_expected) {
    BOOST_TEST(starts_with(first_problem("lockout: {failures: 0}"),
                           "userd.yaml:1:21: lockout.failures: 0 is not within 1 to 100"));
    BOOST_TEST(starts_with(first_problem("lockout: {stop_after: 101}"),
                           "userd.yaml:1:23: lockout.stop_after: 101 is not within 1 to 100"));
    BOOST_TEST(
        first_problem("lockout: {failures: 6, stop_after: 5}").find("stop_after 5 is less than failures 6") !=
        std::string::npos);
    BOOST_TEST(starts_with(first_problem("mfa: {digits: 7}"),
                           "userd.yaml:1:15: mfa.digits: \"7\" is not one of 6, 8"));
    BOOST_TEST(starts_with(first_problem("lockout: 5"), "userd.yaml:1:10: lockout is a table"));
    BOOST_TEST(starts_with(first_problem("- a"), "userd.yaml:1:1: a table of keys"));
    BOOST_TEST(starts_with(first_problem("a: [b"), "userd.yaml:"));
    BOOST_TEST(starts_with(first_problem("ids: {ranges: [1-70000]}"), "userd.yaml:1:16: ids.ranges:"));
    BOOST_TEST(starts_with(first_problem("users: {home: /home/all}"),
                           "userd.yaml:1:15: users.home: the path must hold {name}"));
}

BOOST_AUTO_TEST_CASE(an_empty_list_that_would_shut_everybody_out_is_an_error) {
    BOOST_TEST(starts_with(first_problem("login: {rules: []}"),
                           "userd.yaml:1:16: login.rules: an empty list of rules"));
    BOOST_TEST(starts_with(first_problem("login: {rules: [{require: []}]}"),
                           "userd.yaml:1:27: login.rules: an empty list"));
    BOOST_TEST(starts_with(first_problem("login: {rules: [{service: [], require: [password]}]}"),
                           "userd.yaml:1:27"));
    BOOST_TEST(starts_with(first_problem("login: {rules: [{service: sshd}]}"),
                           "userd.yaml:1:17: login.rules: a rule needs require"));
}

BOOST_AUTO_TEST_CASE(a_rule_says_how_long_a_code_counts_again) {
    const auto loaded = parse_config(
        "login: {rules: [{service: sudo, require: [password, totp], remember_mfa: 15m}, {require: "
        "[password]}]}",
        "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    BOOST_TEST((loaded.config->rules[0].remember_mfa == std::chrono::minutes(15)));
    BOOST_TEST((loaded.config->rules[1].remember_mfa == Duration{}));
    BOOST_TEST(loaded.config->shown.at("login.rules").value ==
               "sudo: require [password, totp], remember_mfa 15m | require [password]");
    BOOST_TEST(
        first_problem("login: {rules: [{require: [totp], remember_mfa: 25h}]}").find("is not within 0s to") !=
        std::string::npos);
    BOOST_TEST(first_problem("login: {rules: [{require: [totp], remeber_mfa: 1h}]}")
                   .find("Did you mean \"remember_mfa\"?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(grace_ends_while_codes_can_still_be_set_up) {
    BOOST_TEST(first_problem("mfa: {grace: 73h}").find("grace is longer than enrol_window") !=
               std::string::npos);
    const auto loaded = parse_config("mfa: {grace: 73h, enrol_window: 96h}", "userd.yaml");
    BOOST_REQUIRE(loaded.config);
    BOOST_TEST((loaded.config->mfa.grace == std::chrono::hours(73)));
}

BOOST_AUTO_TEST_CASE(access_lines_say_who_where_and_when) {
    const LoadedConfig loaded = parse_config(
        "login:\n"
        "  rules: [{roles: admin, require: [password, totp]}, {require: [password]}]\n"
        "  access:\n"
        "    - {service: sshd, allow: {roles: [admin]}}\n"
        "    - {service: [sshd, sftp], network: [10.0.0.0/8, \"2001:db8::/32\"],\n"
        "       allow: {groups: ssh-users, users: [alice]}, hours: [\"Mo-Fr 07:00-20:00\", \"Sa\"]}\n",
        "userd.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, (loaded.problems.empty() ? "" : to_text(loaded.problems[0])));
    const Config& config = *loaded.config;
    BOOST_TEST(config.rules[0].roles == std::vector<std::string>{"admin"});
    BOOST_REQUIRE(config.access.size() == 2U);
    BOOST_TEST(config.access[0].where == "userd.yaml:4");
    BOOST_TEST(!config.access[0].hours);
    BOOST_TEST(config.access[1].where == "userd.yaml:5");
    BOOST_TEST(config.access[1].hours->contains({5, 3 * 60}));
    BOOST_TEST(!config.access[1].hours->contains({6, 3 * 60}));
    BOOST_TEST(
        config.shown.at("login.access").value ==
        "sshd: roles admin | sshd, sftp from 10.0.0.0/8, 2001:db8::/32: users alice; groups ssh-users, "
        "Mo-Fr 07:00-20:00; Sa");
    BOOST_TEST(parse_config("", "").config->shown.at("login.access").value == "everyone who is active");
}

// An empty list never means everybody, and what is misspelt is no restriction that is left out.
BOOST_AUTO_TEST_CASE(access_lines_that_let_nobody_in_or_are_misspelt_are_errors) {
    const std::pair<const char*, const char*> cases[] = {
        {"login: {access: []}", "userd.yaml:1:17: login.access: an empty list would let nobody in"},
        {"login: {access: }", "userd.yaml:1:"},
        {"login: {access: [{}]}", "userd.yaml:1:18: login.access: a line is a table"},
        {"login: {access: [{allow: {}}]}", "userd.yaml:1:26: login.access: who is allowed is a table"},
        {"login: {access: [{allow: everyone}]}", "userd.yaml:1:26: login.access: who is allowed is a table"},
        {"login: {access: [{allow: {groups: []}}]}", "userd.yaml:1:35: login.access: an empty list"},
        {"login: {access: [{allow: {group: [a]}}]}",
         "userd.yaml:1:27: login.access: unknown key \"group\" in allow. Did you mean \"groups\"?"},
        {"login: {access: [{servise: sshd}]}",
         "userd.yaml:1:19: login.access: unknown key \"servise\" in a line of login.access. Did you mean "
         "\"service\"?"},
        {"login: {access: [{groups: [a]}]}",
         "userd.yaml:1:19: login.access: who is let in stands under allow: {groups: …}"},
        {"login: {access: [{service: sshd, hours: []}]}", "userd.yaml:1:41: login.access: an empty list"},
        {"login: {access: [{service: sshd, hours: Mon-Fri}]}",
         "userd.yaml:1:41: login.access: \"Mon\" is not a day"},
        {"login: {access: [{network: 10.0.0.1/8}]}",
         "userd.yaml:1:28: login.access: \"10.0.0.1/8\" has bits"},
    };
    for (const auto& [text, wanted] : cases)
        BOOST_TEST(starts_with(first_problem(text), wanted), text << ": " << first_problem(text));
}

BOOST_AUTO_TEST_CASE(contradictions_between_keys_are_found) {
    BOOST_TEST(starts_with(first_problem("hash_memory: 16MiB"),
                           "userd.yaml:1: hash_memory: 16MiB is less than one hash needs"));
}

BOOST_AUTO_TEST_CASE(aliases_anchors_and_depth_are_refused) {
    BOOST_TEST(starts_with(first_problem("users: &a {shell: /bin/sh}\nlogin: *a\n"), "userd.yaml:"));
    BOOST_TEST(starts_with(first_problem(std::string(10000, '[')), "userd.yaml:"));
    BOOST_TEST(starts_with(first_problem("a: \xff"), "userd.yaml:1:1: the file is not UTF-8"));
}

BOOST_AUTO_TEST_CASE(a_drop_in_replaces_a_whole_second_level_key) {
    const auto root = std::filesystem::temp_directory_path() / fmt::format("userd-config-{}", getpid());
    std::filesystem::create_directories(root / "etc/userd/userd.yaml.d");
    std::ofstream(root / "etc/userd/userd.yaml") << "users: {name: {min: 3, max: 8}, shell: /bin/sh}\n";
    std::ofstream(root / "etc/userd/userd.yaml.d/50-site.yaml") << "users: {name: {min: 2}}\n";
    const LoadedConfig loaded = load_config(root);
    std::filesystem::remove_all(root);
    BOOST_REQUIRE(loaded.config);
    BOOST_TEST(loaded.config->users.name_min == 2U);
    BOOST_TEST(loaded.config->users.name_max == 31U);
    BOOST_TEST(loaded.config->users.shell == "/bin/sh");
    BOOST_TEST(loaded.config->shown.at("users.name.min").where ==
               (root / "etc/userd/userd.yaml.d/50-site.yaml").string() + ":1");
}

BOOST_AUTO_TEST_CASE(the_name_of_a_drop_in_that_is_no_text_is_told_as_one) {
    const auto root = std::filesystem::temp_directory_path() / fmt::format("userd-config-{}", getpid());
    const auto drop_in = root / "etc/userd/userd.yaml.d/caf\xe9.yaml";
    std::filesystem::create_directories(drop_in.parent_path());
    const auto place = (drop_in.parent_path() / R"(caf\xe9.yaml:1)").string();
    std::ofstream(drop_in) << "users: {shell: /bin/sh}\n";
    const LoadedConfig loaded = load_config(root);
    std::ofstream(drop_in) << "users: {shell: nowhere}\n";
    const LoadedConfig bad = load_config(root);
    std::filesystem::remove_all(root);
    BOOST_REQUIRE(loaded.config);
    BOOST_TEST(loaded.config->shown.at("users.shell").where == place);
    BOOST_REQUIRE(!bad.problems.empty());
    BOOST_TEST(starts_with(to_text(bad.problems[0]), place));
}

BOOST_AUTO_TEST_CASE(problems_stand_in_the_order_of_the_file) {
    const auto loaded =
        parse_config("users: {shell: x, home: [y]}\nids: {ranges: 5-1}\nlog: {level: shout}\n", "f");
    BOOST_TEST(!loaded.config);
    BOOST_REQUIRE(loaded.problems.size() >= 3U);
    for (std::size_t i = 1; i < loaded.problems.size(); ++i)
        BOOST_TEST(loaded.problems[i - 1].line <= loaded.problems[i].line);
}

BOOST_AUTO_TEST_CASE(a_draft_stands_for_a_file_that_is_not_there) {
    const ConfigDraft draft{"/nowhere/etc/userd/userd.yaml.d/90-userctl.yaml", "users: {shell: /bin/sh}"};
    const auto loaded = load_config("/nowhere", &draft);
    BOOST_REQUIRE(loaded.config);
    BOOST_TEST(loaded.config->users.shell == "/bin/sh");
    BOOST_TEST(loaded.config->shown.at("users.shell").where == draft.file + ":1");
}

BOOST_AUTO_TEST_SUITE_END()
