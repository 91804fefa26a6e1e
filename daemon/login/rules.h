// SPDX-License-Identifier: LGPL-2.1-or-later
// Which factors a login needs: configuration and account in, demand out. The dialogue and `explain` both ask
// here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/model/user.h"

namespace userd {

// Where a login comes in.
struct Entrance {
    std::string service;             // PAM's: sshd, sudo, …
    std::optional<Network> address;  // of the remote host, all 128 bits; none: local, or a name
    bool by_root = false;            // the caller's real uid is 0
    bool confines = false;           // who comes in here is held in their home, with files alone
};

// One address as login.networks are compared with; a scope ("%eth0") is cut off. None: a host name.
std::optional<Network> parse_address(std::string_view rhost);

// What of an account the rules look at.
struct Person {
    std::string name;
    std::vector<std::string> groups, roles;
    MfaPolicy mfa = MfaPolicy::inherit;  // the account's own word
    std::vector<MfaPolicy> group_mfa;    // its groups' words
    bool enrolled = false;               // has a one-time code
    Duration age{};                      // of the account
    std::string source;                  // where it comes from (daemon/model/origin.h)
};

// Services whose callers have vouched already, and where nobody could answer a question: only rules that name
// them speak at systemd-user, cron and atd, and none at runuser and at su called by root.
enum class Voice { all_rules, rules_by_name, no_rule };
Voice voice_at(const Entrance& entrance);

// What asks for a factor but is no way into the host: one is in already.
bool is_inner(std::string_view service);

// Whether the line speaks of the service, and of where the person comes from.
bool names_service(const LoginLine& line, const Entrance& entrance);
bool names_network(const LoginLine& line, const Entrance& entrance);
bool names_any(const std::vector<std::string>& names, const std::vector<std::string>& of_person);

// The account's word beats its groups', of several groups the strictest, groups beat the default.
MfaPolicy effective_mfa(const Config& config, const Person& person);

// A new account that has set up no codes yet, while mfa.grace lasts: its policy alone asks for none, a rule
// does.
bool has_grace(const Config& config, const Person& person);

struct Demand {
    const LoginRule* rule = nullptr;  // the line that decided; none: the built-in rule, or none speaks
    std::vector<std::vector<Factor>> require;  // alternatives; none: nothing is required
    bool code = false;                         // the mfa policy wants a code, whatever the rule says
};
Demand demand_of(const Config& config, const Entrance& entrance, const Person& person);
// The same for the authenticate phase, where nobody else vouches: there a password is the least.
Demand demand_to_prove(const Config& config, const Entrance& entrance, const Person& person);

struct Proven {
    bool password = false, code = false, key = false;
};
bool is_met(const Demand& demand, const Proven& proven);
// Whether no way leads past a code: for logins where somebody else has vouched for the rest.
bool needs_code(const Demand& demand);

// What everybody is asked there, whoever it is: all that any account's rule could need.
struct Prompts {
    bool password = true, code = false;
    unsigned count() const { return unsigned{password} + unsigned{code}; }
};
// `key`: sshd has checked a key. `mfa_somewhere`: some account or group has a policy of its own.
Prompts prompts_at(const Config& config, const Entrance& entrance, bool key, bool mfa_somewhere);

}  // namespace userd
