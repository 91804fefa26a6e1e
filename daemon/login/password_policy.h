// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/config/config.h"
#include "daemon/login/blocklist.h"
#include "daemon/model/user.h"

namespace userd {

// What a named policy asks of passwords (`password.policy`).
struct PasswordPolicy {
    std::string_view name;
    std::size_t alone, with_second_factor;  // least characters
    unsigned classes;  // that must occur: small letters, capitals, digits, others; 0: none is asked for
    unsigned history;  // passwords of the account that may not come back; 0: none
    Duration max_age;  // then it must be changed at the next login; 0: never
};
// nist: SP 800-63B-4. cis: the CIS benchmarks for Linux distributions.
const PasswordPolicy& policy_of_passwords(const Config& config);

// Guesses that a password must stand, as a power of ten: what zxcvbn calls safely unguessable where tries are
// limited, and what Argon2id makes dear where the store was stolen.
inline constexpr int least_guesses_power = 8;

// What holds for the passwords of one account.
struct PasswordRules {
    const PasswordPolicy* policy = nullptr;
    bool second_factor = false;                  // no login of the account is complete without a code
    std::vector<std::string> own_words;          // see below: nowhere in the password
    std::vector<std::string> near_words;         // these and `own_words` are no strength
    std::shared_ptr<const Blocklist> blocklist;  // none: there is no list
    std::size_t least_characters() const {
        return second_factor ? policy->with_second_factor : policy->alone;
    }
};

// Whether the password must be changed at the next login: an admin said so, or it is too old. `set_at`: when
// it was set; none: there is none. One of the future is not old. How old is too old for a password that a
// directory server keeps is for the server to say.
bool must_change(const PasswordPolicy& policy, const User& user, std::optional<Time> set_at, Time now);

// The words that stand for the account itself, folded: its name, names and mail. Short ones are left out:
// they stand in too many other words.
std::vector<std::string> own_words(const User& user);
// Those that are near it: of its mail's domain and of the host's name.
std::vector<std::string> near_words(const User& user, std::string_view host);

// What one rule says of a password. `rule` is a stable word: length, own-name, classes, blocklist, strength,
// current, history.
struct RuleVerdict {
    std::string_view rule;
    bool kept = false;
    std::string text;  // what was found and what is asked for, for a person; nothing of the password itself
};

// All rules, in the order in which they are told; but `current` and `history`, which take hashing. For a
// worker. An error when the blocklist cannot be read.
Result<std::vector<RuleVerdict>> judge_password(const Secret& password, const PasswordRules& rules);
// password_refused with the first rule that is broken.
Result<void> check_password(const Secret& password, const PasswordRules& rules);
Failure password_refused(const PasswordPolicy& policy, const RuleVerdict& verdict);

}  // namespace userd
