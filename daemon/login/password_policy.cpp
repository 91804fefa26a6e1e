// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_policy.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "daemon/login/password_hash.h"
#include "daemon/login/password_strength.h"
#include "daemon/model/origin.h"

namespace userd {
namespace {

constexpr std::size_t shortest_own_name = 3;
constexpr std::size_t shortest_own_word = 4;
constexpr Duration year = std::chrono::hours(24 * 365);

constexpr PasswordPolicy policies[] = {
    {"nist", 15, 8, 0, 0, Duration{}},
    {"cis", 14, 14, 4, 24, year},
};
static_assert(Blocklist::shortest_line <= 8, "a list may leave out what each policy finds too short");

char folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void add_words(std::vector<std::string>& words, std::string_view text, std::size_t shortest) {
    std::string word;
    const auto finish = [&] {
        if (word.size() >= shortest) words.push_back(word);
        word.clear();
    };
    for (const char c : text) {
        if (c == ' ' || c == '.' || c == '-' || c == '_' || c == '+')
            finish();
        else
            word += folded(c);
    }
    finish();
}

std::vector<std::string> without_doubles(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

RuleVerdict length_of(const Secret& password, const PasswordRules& rules) {
    if (password.empty()) return {"length", false, "an empty password is no password"};
    if (password.size() > max_password)
        return {"length", false, fmt::format("the password is longer than {} bytes", max_password)};
    const std::size_t characters = count_characters(password);
    const auto& policy = *rules.policy;
    const std::string asked =
        policy.alone == policy.with_second_factor
            ? fmt::format("at least {} are needed", policy.alone)
            : fmt::format("at least {} are needed, or {} for an account with a second factor", policy.alone,
                          policy.with_second_factor);
    return {
        "length", characters >= rules.least_characters(),
        fmt::format("the password has {} character{}: {}", characters, characters == 1 ? "" : "s", asked)};
}

RuleVerdict own_name_in(const Secret& password, const PasswordRules& rules) {
    const Secret text = folded(password);
    const bool found = std::any_of(rules.own_words.begin(), rules.own_words.end(), [&](const auto& word) {
        return text.text().find(word) != std::string_view::npos;
    });
    return {
        "own-name", !found,
        fmt::format("the password contains {}the account's own name or address", found ? "" : "nothing of ")};
}

// Letters of other alphabets are "others".
RuleVerdict classes_of(const Secret& password, unsigned asked) {
    bool small = false, capital = false, digit = false, other = false;
    for (const char c : password.text()) {
        if (c >= 'a' && c <= 'z')
            small = true;
        else if (c >= 'A' && c <= 'Z')
            capital = true;
        else if (c >= '0' && c <= '9')
            digit = true;
        else
            other = true;
    }
    const unsigned found = static_cast<unsigned>(small) + capital + digit + other;
    return {"classes", found >= asked,
            fmt::format("the password has {} of small letters, capitals, digits and others: {} are needed",
                        found, asked == 4 ? "all four" : std::to_string(asked))};
}

RuleVerdict strength_of(const Secret& password, const PasswordRules& rules) {
    std::vector<std::string> words = rules.own_words;
    words.insert(words.end(), rules.near_words.begin(), rules.near_words.end());
    const double power = guesses_power(password, words);
    return {"strength", power >= least_guesses_power,
            fmt::format("about 10^{:.0f} guesses find the password: it must stand 10^{}", std::floor(power),
                        least_guesses_power)};
}

}  // namespace

const PasswordPolicy& policy_of_passwords(const Config& config) {
    const auto* found =
        std::find_if(std::begin(policies), std::end(policies),
                     [&](const PasswordPolicy& policy) { return policy.name == config.password.policy; });
    return found == std::end(policies) ? policies[0] : *found;
}

bool must_change(const PasswordPolicy& policy, const User& user, std::optional<Time> set_at, Time now) {
    if (is_mirrored(user)) return user.must_change;  // as the server said at the last login
    if (!set_at) return false;
    const bool too_old = policy.max_age > Duration{} && now - *set_at > policy.max_age;
    return user.must_change || too_old;
}

std::vector<std::string> own_words(const User& user) {
    std::vector<std::string> words;
    std::string name;
    for (const char c : user.name) name += folded(c);
    if (name.size() >= shortest_own_name) words.push_back(name);
    for (const auto* text : {&user.name, &user.first_name, &user.last_name, &user.display_name})
        add_words(words, *text, shortest_own_word);
    add_words(words, std::string_view(user.email).substr(0, user.email.find('@')), shortest_own_word);
    return without_doubles(std::move(words));
}

std::vector<std::string> near_words(const User& user, std::string_view host) {
    std::vector<std::string> words;
    const auto at = user.email.find('@');
    if (at != std::string::npos)
        add_words(words, std::string_view(user.email).substr(at + 1), shortest_own_name);
    add_words(words, host, shortest_own_name);
    return without_doubles(std::move(words));
}

Result<std::vector<RuleVerdict>> judge_password(const Secret& password, const PasswordRules& rules) {
    std::vector<RuleVerdict> verdicts;
    verdicts.push_back(length_of(password, rules));
    if (password.empty() || password.size() > max_password) return verdicts;
    verdicts.push_back(own_name_in(password, rules));
    if (rules.policy->classes > 0) verdicts.push_back(classes_of(password, rules.policy->classes));
    if (rules.blocklist) {
        const bool found = TRY(rules.blocklist->holds(password));
        verdicts.push_back(
            {"blocklist", !found,
             fmt::format("the password stands {}in the list of common passwords", found ? "" : "not ")});
    }
    verdicts.push_back(strength_of(password, rules));
    return verdicts;
}

Failure password_refused(const PasswordPolicy& policy, const RuleVerdict& verdict) {
    return fail(Error{Errc::password_refused,
                      fmt::format("{} (policy {}, rule {})", verdict.text, policy.name, verdict.rule),
                      {},
                      "password"});
}

Result<void> check_password(const Secret& password, const PasswordRules& rules) {
    for (const auto& verdict : TRY(judge_password(password, rules)))
        if (!verdict.kept) return password_refused(*rules.policy, verdict);
    return {};
}

}  // namespace userd
