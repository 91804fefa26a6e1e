// SPDX-License-Identifier: LGPL-2.1-or-later
#include <boost/test/unit_test.hpp>

#include "ctl/ssh/methods.h"
#include "ctl/ssh/record.h"
#include "ctl/ssh/rollback.h"
#include "daemon/config/scalars.h"

using namespace userd;
using namespace userd::ctl;

namespace {

Config config_of(std::string_view rules, std::string_view more = "") {
    const auto loaded =
        parse_config(fmt::format("version: 1\n{}\nlogin:\n  rules: {}\n", more, rules), "f.yaml");
    BOOST_REQUIRE_MESSAGE(loaded.config, "a configuration: " << rules);
    return *loaded.config;
}

// The methods of all lines, between bars.
std::string methods(std::string_view rules, SshMethods wanted = {},
                    std::string_view more = "mfa: {default: off}") {
    const auto lines = ssh_lines(config_of(rules, more), wanted);
    if (!lines) return "refused: " + lines.error().message;
    std::string text;
    for (const SshLine& line : *lines) text += (text.empty() ? "" : " | ") + line.methods;
    return text;
}

const std::vector<std::string> locals = {"root", "daemon", "bob"};

}  // namespace

BOOST_AUTO_TEST_SUITE(ssh_setup)

BOOST_AUTO_TEST_CASE(the_methods_fit_what_a_rule_requires) {
    const struct {
        const char *rule, *wanted;
    } table[] = {
        {"[password]", "any"},
        {"[key]", "publickey"},
        {"[[key], [password]]", "any"},
        {"[password, totp]", "keyboard-interactive"},
        {"[key, totp]", "publickey,keyboard-interactive"},
        {"[key, password]", "publickey,keyboard-interactive"},
        {"[[key, totp], [password, totp]]", "publickey,keyboard-interactive keyboard-interactive"},
        {"[[key, password], [key]]", "publickey"},
        {"[[key], [password, totp]]", "any"},
        {"[totp]", "keyboard-interactive"},
    };
    for (const auto& row : table)
        BOOST_TEST(methods(fmt::format("[{{require: {}}}]", row.rule)) == row.wanted, row.rule);
}

BOOST_AUTO_TEST_CASE(the_password_method_is_named_where_it_is_on) {
    SshMethods wanted;
    wanted.passwords = true;
    BOOST_TEST(methods("[{require: [password, totp]}]", wanted) == "keyboard-interactive password");
    BOOST_TEST(methods("[{require: [[key, totp], [password, totp]]}]", wanted) ==
               "publickey,keyboard-interactive keyboard-interactive password");
    BOOST_TEST(methods("[{require: [key, totp]}]", wanted) == "publickey,keyboard-interactive");
}

BOOST_AUTO_TEST_CASE(each_rule_that_speaks_at_sshd_is_a_line_up_to_the_first_for_everybody) {
    BOOST_TEST(
        methods("[{service: sudo, require: [password, totp]}, {network: 10.0.0.0/8, require: [password]}, "
                "{service: [cron, sshd], require: [key, totp]}, {require: [password]}]") ==
        "any | publickey,keyboard-interactive");
    BOOST_TEST(methods("[{service: sshd, users: [alice], require: [key]}]") == "publickey | any");
}

BOOST_AUTO_TEST_CASE(sshd_knows_no_roles) {
    BOOST_TEST(methods("[{roles: [admin], require: [[key, totp]]}, {require: [password]}]")
                   .starts_with("refused: sshd knows no roles"));
    BOOST_TEST(
        methods("[{service: sudo, roles: [admin], require: [password, totp]}, {require: [password]}]") ==
        "any");
}

BOOST_AUTO_TEST_CASE(where_everybody_must_give_a_code_a_key_is_not_enough) {
    const char* required = "mfa: {default: required}";
    BOOST_TEST(methods("[{require: [password]}]", {}, required) == "keyboard-interactive");
    BOOST_TEST(methods("[{require: [key]}]", {}, required) == "publickey,keyboard-interactive");
    // Programs have a key and nothing else: a rule that says so for some is taken at its word.
    BOOST_TEST(methods("[{groups: [robots], require: [key]}, {require: [[key], [password]]}]", {},
                       required) == "publickey | publickey,keyboard-interactive keyboard-interactive");
}

BOOST_AUTO_TEST_CASE(codes_for_all_are_refused_where_the_rules_ask_for_less) {
    SshMethods wanted;
    wanted.require_mfa = true;
    const auto refused = [&](std::string_view rules) {
        return methods(rules, wanted).starts_with("refused: ");
    };
    BOOST_TEST(refused("[{require: [password]}]"));
    BOOST_TEST(refused("[{require: [[key], [password, totp]]}]"));
    BOOST_TEST(refused("[{network: 10.0.0.0/8, require: [password]}, {require: [password, totp]}]"));
    BOOST_TEST(refused("[{service: sshd, users: [alice], require: [password, totp]}]"));
    BOOST_TEST(!refused("[{require: [[key, totp], [password, totp]]}]"));
    BOOST_TEST(!refused("[{groups: [robots], require: [key]}, {service: sshd, require: [key, totp]}]"));
    BOOST_TEST(methods("[{require: [password]}]", wanted, "mfa: {default: required}") ==
               "keyboard-interactive");
}

BOOST_AUTO_TEST_CASE(rules_that_name_roles_are_refused_where_they_speak_at_sshd) {
    BOOST_TEST(methods("[{roles: [admin], require: [key]}, {require: [password]}]")
                   .starts_with("refused: sshd knows no"));
    BOOST_TEST(
        methods("[{service: sudo, roles: [admin], require: [password, totp]}, {require: [password]}]") ==
        "any");
}

BOOST_AUTO_TEST_CASE(the_drop_in_leaves_local_accounts_alone) {
    const std::vector<SshLine> lines = {{{}, {"web", "ops"}, {}, "publickey"},
                                        {{"alice", "bob", "root"}, {}, {}, "publickey"},
                                        {{"bob"}, {}, {}, "publickey"},
                                        {{}, {}, {*parse_network("10.0.0.0/8")}, "any"},
                                        {{}, {}, {}, "keyboard-interactive"}};
    const std::string text = drop_in_text(lines, locals, "");
    std::string said;  // without remarks
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        if (text[at] != '#') said += text.substr(at, text.find('\n', at) + 1 - at);
    BOOST_TEST(said == R"(
Match User !root,!daemon,!bob,* Group web,ops
    AuthenticationMethods publickey

Match User alice
    AuthenticationMethods publickey

Match User !root,!daemon,!bob,* Address 10.0.0.0/8
    AuthenticationMethods any

Match User !root,!daemon,!bob,*
    AuthenticationMethods keyboard-interactive

Match User !root,!daemon,!bob,*
    KbdInteractiveAuthentication yes
    AuthorizedKeysCommand )" USERD_LIBEXECDIR R"(/userd-ssh-keys %u
    AuthorizedKeysCommandUser userd-keys

Match all
)");
    BOOST_TEST(drop_in_text(lines, {}, "").find("Match User !root,*\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_sftp_group_has_files_and_nothing_else) {
    const std::vector<SshLine> lines = {{{}, {}, {}, "any"}};
    const std::string text = drop_in_text(lines, locals, "customers");
    BOOST_TEST(
        text.find("\nMatch Group customers\n    ChrootDirectory %h\n    ForceCommand internal-sftp -d "
                  "/files\n    DisableForwarding yes\n    PermitTTY no\n    PermitUserRC no\n\nMatch ") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(networks_are_written_as_sshd_reads_them) {
    for (const char* text : {"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "::1/128", "::/0"})
        BOOST_TEST(network_text(*parse_network(text)) == text);
}

BOOST_AUTO_TEST_CASE(the_state_is_read_as_it_was_written) {
    SshState state;
    state.now = SshSetup{"Match all\n", "customers", true, 1'800'000'000};
    state.undo_at = 1'800'000'300;
    const auto read = parse_ssh_state(to_json(state), "state.json");
    BOOST_REQUIRE(read);
    BOOST_TEST(to_json(*read) == to_json(state));
    BOOST_TEST(read->now->text == "Match all\n");
    BOOST_TEST(read->now->require_mfa);
    BOOST_TEST(!read->before);
    for (const char* damaged : {"", "{}", "[]", R"({"now":1,"before":null,"undo_at":0,"undone_at":0})",
                                R"({"now":{"since":1},"before":null,"undo_at":0,"undone_at":0})",
                                R"({"now":null,"before":null,"undo_at":"soon","undone_at":0})"})
        BOOST_TEST(!parse_ssh_state(damaged, "state.json"), damaged);
}

BOOST_AUTO_TEST_CASE(the_timer_has_both_clocks_and_comes_back_after_a_boot) {
    const std::string timer = rollback_timer_unit(1'800'000'000, 300);
    for (const char* line : {"\nOnActiveSec=300s\n", "\nOnCalendar=2027-01-15 08:00:00 UTC\n",
                             "\nPersistent=yes\n", "\nWantedBy=timers.target\n"})
        BOOST_TEST(timer.find(line) != std::string::npos, line);
    BOOST_TEST(rollback_service_unit("/usr/bin/userctl").find("\nExecStart=/usr/bin/userctl ssh __undo\n") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
