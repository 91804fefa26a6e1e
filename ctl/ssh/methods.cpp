// SPDX-License-Identifier: LGPL-2.1-or-later
// sshd knows names, groups and addresses, and not whose accounts they are: "everybody but root and those of
// /etc/passwd" is how ours are named. An unknown name is then treated like one of ours, so what sshd offers
// tells nobody who exists.
#include "ctl/ssh/methods.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "common/base/text.h"
#include "daemon/config/scalars.h"

namespace userd::ctl {
namespace {

constexpr std::string_view heading =
    "# Written by \"userctl ssh setup\" from login.rules of userd.yaml: change those and run it again. A "
    "file that "
    "was\n"
    "# edited here is left alone, and confines nobody as far as userd knows. Root and the accounts of "
    "/etc/passwd, "
    "as\n"
    "# they were when it was written, keep the way in that they have.\n";

using Alternative = std::vector<Factor>;

bool holds(const Alternative& factors, Factor factor) {
    return std::find(factors.begin(), factors.end(), factor) != factors.end();
}

bool is_key_alone(const Alternative& factors) {
    return factors.size() == 1 && factors[0] == Factor::key;
}

bool speaks_at_sshd(const LoginRule& rule) {
    return rule.services.empty() ||
           std::find(rule.services.begin(), rule.services.end(), "sshd") != rule.services.end();
}

bool is_for_some(const LoginRule& rule) {
    return !rule.users.empty() || !rule.groups.empty() || !rule.roles.empty();
}

// The rules that can decide at sshd, in order; the last is for everybody, from everywhere.
std::vector<LoginRule> rules_at_sshd(const Config& config) {
    std::vector<LoginRule> rules;
    for (const LoginRule& rule : config.rules) {
        if (!speaks_at_sshd(rule)) continue;
        rules.push_back(rule);
        if (!is_for_some(rule) && rule.networks.empty()) return rules;
    }
    LoginRule& rest = rules.emplace_back();
    rest.require = {{Factor::password}};
    rest.where = "default";
    return rules;
}

// Some people's key alone, said in so many words, stays that: accounts of programs have nothing else.
bool lets_key_alone(const LoginRule& rule, const Alternative& factors) {
    return is_for_some(rule) && is_key_alone(factors);
}

bool asks_for_code(const LoginRule& rule) {
    return std::all_of(rule.require.begin(), rule.require.end(), [&](const Alternative& factors) {
        return holds(factors, Factor::totp) || lets_key_alone(rule, factors);
    });
}

// Without a code to give, a missing password is no reason to refuse a key: sshd has vouched.
std::string methods_of(const LoginRule& rule, bool code_for_all, bool passwords) {
    bool key = false, key_first = false, asked = false;
    for (const Alternative& factors : rule.require) {
        const bool code = holds(factors, Factor::totp) || (code_for_all && !lets_key_alone(rule, factors));
        const bool more = code || holds(factors, Factor::password);
        if (!holds(factors, Factor::key)) {
            asked = true;
            key = key || !code;
        } else {
            (more ? key_first : key) = true;
        }
    }
    if (key) return asked ? "any" : "publickey";  // sshd stops at the key, whatever else it might ask
    std::string text = key_first ? "publickey,keyboard-interactive" : "";
    if (asked)
        text += (key_first ? " " : "") + std::string("keyboard-interactive") + (passwords ? " password" : "");
    return text;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
    return text;
}

bool is_in(std::span<const std::string> words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// "Match User …" of a line; empty: it is about local accounts alone.
std::string match_line(const SshLine& line, std::span<const std::string> locals) {
    std::vector<std::string> users;
    if (line.users.empty()) {
        for (const std::string& local : locals) users.push_back("!" + local);
        if (!is_in(locals, "root")) users.insert(users.begin(), "!root");
        users.emplace_back("*");
    } else {
        for (const std::string& user : line.users)
            if (user != "root" && !is_in(locals, user)) users.push_back(user);
        if (users.empty()) return {};
    }
    std::string text = "Match User " + joined(users);
    if (!line.groups.empty()) text += " Group " + joined(line.groups);
    std::vector<std::string> networks;
    for (const Network& network : line.networks) networks.push_back(network_text(network));
    if (!networks.empty()) text += " Address " + joined(networks);
    return text + "\n";
}

}  // namespace

Answer<std::vector<SshLine>> ssh_lines(const Config& config, const SshMethods& wanted) {
    const bool everybody = config.mfa.policy == "required";
    std::vector<SshLine> lines;
    for (const LoginRule& rule : rules_at_sshd(config)) {
        if (wanted.require_mfa && !everybody && !asks_for_code(rule))
            return refuse(problem(Exit::conflict,
                                  "userd asks nobody for a code there: {} is content with less",
                                  rule.where == "default" ? "the default rule" : rule.where)
                              .with_hint("userctl config set mfa.default=required, or totp in each "
                                         "alternative of login.rules")
                              .with_field("require-mfa"));
        if (!rule.roles.empty())
            return refuse(problem(Exit::conflict, "sshd knows no roles, and {} names some", rule.where)
                              .with_hint("name groups there; a role may bring one (userctl role update "
                                         "ROLE --group GROUP)"));
        lines.push_back({rule.users, rule.groups, rule.networks,
                         methods_of(rule, everybody || wanted.require_mfa, wanted.passwords)});
    }
    return lines;
}

const SshLine& ssh_line_for(std::span<const SshLine> lines, const Network& address, const std::string& user,
                            std::span<const std::string> groups) {
    const auto speaks_of = [&](const SshLine& line) {
        const bool named = line.users.empty() || is_in(line.users, user);
        const bool member = line.groups.empty() ||
                            std::any_of(groups.begin(), groups.end(),
                                        [&](const std::string& group) { return is_in(line.groups, group); });
        const bool near = line.networks.empty() ||
                          std::any_of(line.networks.begin(), line.networks.end(),
                                      [&](const Network& network) { return contains(network, address); });
        return named && member && near;
    };
    const auto found = std::find_if(lines.begin(), lines.end(), speaks_of);
    return found == lines.end() ? lines.back() : *found;
}

std::string drop_in_text(std::span<const SshLine> lines, std::span<const std::string> locals,
                         std::string_view sftp_group) {
    std::string text(heading);
    if (!sftp_group.empty())
        text += fmt::format(
            "\nMatch Group {}\n    ChrootDirectory %h\n    ForceCommand internal-sftp -d /files\n"
            "    DisableForwarding yes\n    PermitTTY no\n    PermitUserRC no\n",
            sftp_group);
    for (const SshLine& line : lines)
        if (const std::string match = match_line(line, locals); !match.empty())
            text += "\n" + match + "    AuthenticationMethods " + line.methods + "\n";
    text += "\n" + match_line({}, locals) +
            "    KbdInteractiveAuthentication yes\n    AuthorizedKeysCommand " USERD_LIBEXECDIR
            "/userd-ssh-keys %u\n    AuthorizedKeysCommandUser userd-keys\n\nMatch all\n";
    return text;
}

std::string network_text(const Network& network) {
    constexpr unsigned mapped_bits = 96;  // of ::ffff:0:0/96
    constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool is_v4 =
        network.bits >= mapped_bits && std::memcmp(network.address, mapped, sizeof mapped) == 0;
    char text[INET6_ADDRSTRLEN];
    inet_ntop(is_v4 ? AF_INET : AF_INET6, network.address + (is_v4 ? sizeof mapped : 0), text, sizeof text);
    return fmt::format("{}/{}", text, network.bits - (is_v4 ? mapped_bits : 0));
}

}  // namespace userd::ctl
