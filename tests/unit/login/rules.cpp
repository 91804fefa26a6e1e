// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/rules.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

Config config_of(const std::string& text) {
    auto loaded = parse_config("version: 1\n" + text, "test.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config.has_value(),
                          (loaded.problems.empty() ? std::string() : loaded.problems[0].message));
    return *loaded.config;
}

Entrance at(const char* service, const char* rhost = "", bool by_root = false) {
    return {service, parse_address(rhost), by_root};
}

Person person(const char* name, MfaPolicy mfa = MfaPolicy::inherit, bool enrolled = false) {
    Person who;
    who.name = name;
    who.mfa = mfa;
    who.enrolled = enrolled;
    return who;
}

constexpr Proven password{true, false, false}, both{true, true, false}, key{false, false, true},
    key_and_code{false, true, true};

const char* const ladder = R"(
mfa: {default: "off"}
login:
  rules:
    - {service: sshd, network: 10.0.0.0/8, require: [password]}
    - {service: sshd, require: [[key, totp], [password, totp]]}
    - {service: [sudo, su], users: [bob], require: [password, totp]}
    - {require: [password]}
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(rules)

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_decides) {
    const Config config = config_of(ladder);
    BOOST_TEST(is_met(demand_of(config, at("sshd", "10.1.2.3"), person("alice")), password));
    BOOST_TEST(!is_met(demand_of(config, at("sshd", "192.0.2.1"), person("alice")), password));
    BOOST_TEST(is_met(demand_of(config, at("sshd", "192.0.2.1"), person("alice")), both));
    BOOST_TEST(is_met(demand_of(config, at("sshd", "192.0.2.1"), person("alice")), key_and_code));
    BOOST_TEST(!is_met(demand_of(config, at("sshd", "192.0.2.1"), person("alice")), key));
    BOOST_TEST(is_met(demand_of(config, at("sudo"), person("alice")), password));
    BOOST_TEST(!is_met(demand_of(config, at("sudo"), person("bob")), password));
    BOOST_TEST(is_met(demand_of(config, at("login"), person("bob")), password));
    BOOST_TEST(demand_of(config, at("sudo"), person("bob")).rule == &config.rules[2]);
}

BOOST_AUTO_TEST_CASE(all_lists_of_a_rule_must_hold_the_person) {
    const Config config = config_of(R"(
login: {rules: [{groups: [web], roles: [admin], require: [password, totp]}, {require: [password]}]}
)");
    Person who = person("alice", MfaPolicy::off);
    const auto rule = [&] { return demand_of(config, at("sshd"), who).rule - config.rules.data(); };
    who.groups = {"alice", "web"};
    BOOST_TEST(rule() == 1);
    who.roles = {"user", "admin"};
    BOOST_TEST(rule() == 0);
    who.groups = {"alice"};
    BOOST_TEST(rule() == 1);
    BOOST_TEST(prompts_at(config, at("sshd"), false, false).code);  // of everybody, whatever the roles
}

BOOST_AUTO_TEST_CASE(without_a_rule_that_matches_the_password_is_asked) {
    const Config config =
        config_of("mfa: {default: \"off\"}\nlogin: {rules: [{service: sshd, require: [key]}]}");
    const Demand demand = demand_of(config, at("sudo"), person("alice"));
    BOOST_TEST(demand.rule == nullptr);
    BOOST_TEST(!is_met(demand, Proven{}));
    BOOST_TEST(is_met(demand, password));
}

BOOST_AUTO_TEST_CASE(policies_beat_each_other_in_order) {
    Config config;
    Person who = person("alice");
    BOOST_TEST((effective_mfa(config, who) == MfaPolicy::optional));
    who.group_mfa = {MfaPolicy::off, MfaPolicy::required, MfaPolicy::inherit};
    BOOST_TEST((effective_mfa(config, who) == MfaPolicy::required));
    who.group_mfa = {MfaPolicy::off, MfaPolicy::inherit};
    BOOST_TEST((effective_mfa(config, who) == MfaPolicy::off));
    who.mfa = MfaPolicy::optional;
    BOOST_TEST((effective_mfa(config, who) == MfaPolicy::optional));
}

BOOST_AUTO_TEST_CASE(require_and_mfa_add_up) {
    const Config config = config_of("login: {rules: [{service: sshd, require: [password, totp]}]}");
    BOOST_TEST(!is_met(demand_of(config, at("sshd"), person("a", MfaPolicy::off)), password));
    BOOST_TEST(!is_met(demand_of(config, at("sudo"), person("a", MfaPolicy::required)), password));
    BOOST_TEST(is_met(demand_of(config, at("sudo"), person("a")), password));
    BOOST_TEST(!is_met(demand_of(config, at("sudo"), person("a", MfaPolicy::inherit, true)), password));
    BOOST_TEST(is_met(demand_of(config, at("sudo"), person("a", MfaPolicy::inherit, true)), both));
    BOOST_TEST(is_met(demand_of(config, at("sudo"), person("a", MfaPolicy::off, true)), password));
}

BOOST_AUTO_TEST_CASE(a_new_account_has_its_grace_and_only_from_its_policy) {
    using namespace std::chrono_literals;
    const Config config = config_of(
        "mfa: {grace: 48h}\nlogin: {rules: [{service: sshd, require: [password, totp]}, {require: "
        "[password]}]}");
    Person who = person("alice", MfaPolicy::required);
    const auto password_does = [&](const char* service) {
        return is_met(demand_of(config, at(service), who), password);
    };
    who.age = 48h - 1s;
    BOOST_TEST(password_does("sudo"));
    BOOST_TEST(!password_does("sshd"));  // by its rule
    who.age = 48h;
    BOOST_TEST(!password_does("sudo"));
    who.age = -1s;  // a clock that was set back gives nobody grace
    BOOST_TEST(!password_does("sudo"));
    who.age = 1h;
    who.enrolled = true;
    BOOST_TEST(!password_does("sudo"));
    who.mfa = MfaPolicy::off;
    BOOST_TEST(password_does("sudo"));
    who = person("alice", MfaPolicy::required);
    BOOST_TEST(!is_met(demand_of(Config{}, at("sudo"), who), password));  // none by default
}

BOOST_AUTO_TEST_CASE(prompts_depend_on_service_and_network_only) {
    const Config config = config_of(ladder);
    const auto prompts = [&](const char* service, const char* rhost, bool with_key = false) {
        const auto p = prompts_at(config, at(service, rhost), with_key, false);
        return std::pair(p.password, p.code);
    };
    BOOST_TEST((prompts("sshd", "10.9.9.9") == std::pair(true, false)));
    BOOST_TEST((prompts("sshd", "192.0.2.1") == std::pair(true, true)));
    BOOST_TEST((prompts("sshd", "192.0.2.1", true) == std::pair(false, true)));
    BOOST_TEST((prompts("sudo", "") == std::pair(true, true)));  // bob's rule, asked of everybody
    BOOST_TEST((prompts("login", "") == std::pair(true, false)));
    BOOST_TEST(prompts_at(config, at("login"), false, true).code);
    BOOST_TEST(prompts_at(Config{}, at("login"), false, false).code);  // mfa.default is optional
}

BOOST_AUTO_TEST_CASE(callers_that_vouch_are_asked_only_by_rules_that_name_them) {
    const Config config = config_of(
        "login: {rules: [{service: cron, users: [bob], require: [totp]}, "
        "{require: [password, totp]}]}");
    const Person alice = person("alice", MfaPolicy::required, true);
    for (const auto& entrance : {at("cron"), at("atd"), at("systemd-user"), at("runuser"), at("runuser-l"),
                                 at("su", "", true), at("su-l", "", true)})
        BOOST_TEST(!needs_code(demand_of(config, entrance, alice)), entrance.service);
    BOOST_TEST(needs_code(demand_of(config, at("cron"), person("bob"))));
    BOOST_TEST(needs_code(demand_of(config, at("su"), alice)));
    BOOST_TEST(needs_code(demand_of(config, at("sshd", "", true), alice)));
}

BOOST_AUTO_TEST_CASE(a_code_is_needed_only_when_no_way_leads_past_it) {
    const Config config = config_of(
        "mfa: {default: \"off\"}\n"
        "login: {rules: [{service: sshd, require: [[key], [password, totp]]}, "
        "{require: [[key, totp], [password, totp]]}]}");
    BOOST_TEST(!needs_code(demand_of(config, at("sshd"), person("alice"))));
    BOOST_TEST(needs_code(demand_of(config, at("sudo"), person("alice"))));
}

BOOST_AUTO_TEST_CASE(an_address_is_read_and_a_name_is_not) {
    BOOST_TEST(parse_address("192.0.2.1").has_value());
    BOOST_TEST(parse_address("fe80::1%eth0").has_value());
    for (const auto* text : {"", "10.0.0.0/8", "host.example.org", "192.0.2.1 "})
        BOOST_TEST(!parse_address(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
