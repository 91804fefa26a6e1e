// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/rules.h"

#include <algorithm>

#include "daemon/config/scalars.h"

namespace userd {
namespace {

const std::vector<std::vector<Factor>> built_in = {{Factor::password}};

bool holds(const std::vector<Factor>& factors, Factor factor) {
    return std::find(factors.begin(), factors.end(), factor) != factors.end();
}

bool matches(const LoginRule& rule, const Entrance& entrance) {
    return names_service(rule, entrance) && names_network(rule, entrance);
}

bool is_for_all(const LoginRule& rule) {
    return rule.users.empty() && rule.groups.empty() && rule.roles.empty();
}

// All lists that a rule has must hold the person.
bool matches(const LoginRule& rule, const Person& person) {
    return (rule.users.empty() || names_any(rule.users, {person.name})) &&
           (rule.groups.empty() || names_any(rule.groups, person.groups)) &&
           (rule.roles.empty() || names_any(rule.roles, person.roles));
}

bool is_met(const std::vector<Factor>& factors, const Proven& proven) {
    return (!holds(factors, Factor::password) || proven.password) &&
           (!holds(factors, Factor::totp) || proven.code) && (!holds(factors, Factor::key) || proven.key);
}

// With a key proved, alternatives that count it leave less to ask; without one they are asked like the
// others, so that a person without a key sees no other dialogue.
void add_prompts(const std::vector<std::vector<Factor>>& require, bool key, Prompts& prompts) {
    const bool by_key = key && std::any_of(require.begin(), require.end(),
                                           [](const auto& factors) { return holds(factors, Factor::key); });
    for (const auto& factors : require) {
        if (by_key && !holds(factors, Factor::key)) continue;
        prompts.password = prompts.password || !by_key || holds(factors, Factor::password);
        prompts.code = prompts.code || holds(factors, Factor::totp);
    }
}

MfaPolicy parse_policy(std::string_view word) {
    return word == "off" ? MfaPolicy::off : word == "required" ? MfaPolicy::required : MfaPolicy::optional;
}

}  // namespace

std::optional<Network> parse_address(std::string_view rhost) {
    if (rhost.find('/') != std::string_view::npos) return std::nullopt;
    auto network = parse_network(rhost.substr(0, rhost.find('%')));
    return network ? std::optional(*network) : std::nullopt;
}

Voice voice_at(const Entrance& entrance) {
    const std::string_view service = entrance.service;
    if (service.starts_with("runuser")) return Voice::no_rule;
    if ((service == "su" || service == "su-l") && entrance.by_root) return Voice::no_rule;
    if (service == "systemd-user" || service == "cron" || service == "crond" || service == "atd")
        return Voice::rules_by_name;
    return Voice::all_rules;
}

bool is_inner(std::string_view service) {
    constexpr std::string_view inner[] = {"sudo", "sudo-i", "su", "su-l", "polkit-1", "passwd"};
    return std::find(std::begin(inner), std::end(inner), service) != std::end(inner);
}

bool names_service(const LoginLine& line, const Entrance& entrance) {
    const Voice voice = voice_at(entrance);
    if (voice == Voice::no_rule) return false;
    if (line.services.empty()) return voice == Voice::all_rules;
    return std::find(line.services.begin(), line.services.end(), entrance.service) != line.services.end();
}

bool names_network(const LoginLine& line, const Entrance& entrance) {
    return line.networks.empty() ||
           (entrance.address &&
            std::any_of(line.networks.begin(), line.networks.end(),
                        [&](const Network& network) { return contains(network, *entrance.address); }));
}

bool names_any(const std::vector<std::string>& names, const std::vector<std::string>& of_person) {
    return std::find_first_of(names.begin(), names.end(), of_person.begin(), of_person.end()) != names.end();
}

MfaPolicy effective_mfa(const Config& config, const Person& person) {
    if (person.mfa != MfaPolicy::inherit) return person.mfa;
    MfaPolicy strictest = MfaPolicy::inherit;
    for (const MfaPolicy policy : person.group_mfa) strictest = std::max(strictest, policy);
    return strictest != MfaPolicy::inherit ? strictest : parse_policy(config.mfa.policy);
}

bool has_grace(const Config& config, const Person& person) {
    return !person.enrolled && person.age >= Duration{} && person.age < config.mfa.grace &&
           effective_mfa(config, person) == MfaPolicy::required;
}

Demand demand_of(const Config& config, const Entrance& entrance, const Person& person) {
    Demand demand;
    for (const LoginRule& rule : config.rules) {
        if (!matches(rule, entrance) || !matches(rule, person)) continue;
        demand.rule = &rule;
        demand.require = rule.require;
        break;
    }
    if (voice_at(entrance) != Voice::all_rules) return demand;
    if (demand.rule == nullptr) demand.require = built_in;
    const MfaPolicy policy = effective_mfa(config, person);
    demand.code = (policy == MfaPolicy::required && !has_grace(config, person)) ||
                  (policy == MfaPolicy::optional && person.enrolled);
    return demand;
}

Demand demand_to_prove(const Config& config, const Entrance& entrance, const Person& person) {
    Demand demand = demand_of(config, entrance, person);
    if (demand.require.empty()) demand.require = built_in;
    return demand;
}

bool is_met(const Demand& demand, const Proven& proven) {
    if (demand.code && !proven.code) return false;
    return demand.require.empty() ||
           std::any_of(demand.require.begin(), demand.require.end(),
                       [&](const auto& factors) { return is_met(factors, proven); });
}

bool needs_code(const Demand& demand) {
    if (demand.code) return true;
    return !demand.require.empty() &&
           std::all_of(demand.require.begin(), demand.require.end(),
                       [](const auto& factors) { return holds(factors, Factor::totp); });
}

Prompts prompts_at(const Config& config, const Entrance& entrance, bool key, bool mfa_somewhere) {
    Prompts prompts{false, parse_policy(config.mfa.policy) != MfaPolicy::off || mfa_somewhere};
    bool for_all = false;
    for (const LoginRule& rule : config.rules) {
        if (!matches(rule, entrance)) continue;
        add_prompts(rule.require, key, prompts);
        for_all = is_for_all(rule);
        if (for_all) break;
    }
    if (!for_all) add_prompts(built_in, key, prompts);
    return prompts;
}

}  // namespace userd
