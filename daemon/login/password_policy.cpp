// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/password_policy.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <fstream>

#include "common/base/text.h"
#include "daemon/login/password_hash.h"

namespace userd {
namespace {

constexpr std::size_t shortest_own_name = 3;
constexpr std::size_t shortest_own_word = 4;

char folded(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// ASCII letters only: the lists and names that matter here are ASCII, and the password stays in one buffer.
Secret folded(const Secret& password) {
    Secret text = normalised(password);
    for (std::size_t i = 0; i < text.size(); ++i)
        text.data()[i] = static_cast<std::uint8_t>(folded(static_cast<char>(text.data()[i])));
    return text;
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

Failure refused(std::string message) {
    return fail(Error{Errc::password_refused, std::move(message), {}, "password"});
}

}  // namespace

std::vector<std::string> own_words(const User& user) {
    std::vector<std::string> words;
    std::string name;
    for (const char c : user.name) name += folded(c);
    if (name.size() >= shortest_own_name) words.push_back(name);
    for (const auto* text : {&user.name, &user.first_name, &user.last_name, &user.display_name})
        add_words(words, *text, shortest_own_word);
    add_words(words, std::string_view(user.email).substr(0, user.email.find('@')), shortest_own_word);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

Result<void> check_password(const Secret& password, const std::vector<std::string>& own_words,
                            bool second_factor) {
    if (password.empty()) return refused("an empty password is no password");
    if (password.size() > max_password)
        return refused(fmt::format("the password is longer than {} bytes", max_password));
    const std::size_t characters = count_characters(password);
    if (characters < (second_factor ? shortest_with_second_factor : shortest_alone))
        return refused(
            fmt::format("the password has {} characters: at least {} are needed, or {} for an account "
                        "with a second factor",
                        characters, shortest_alone, shortest_with_second_factor));
    const Secret text = folded(password);
    for (const auto& word : own_words)
        if (text.text().find(word) != std::string_view::npos)
            return refused("the password contains the account's own name or address");
    return {};
}

Result<void> check_blocklist(const Secret& password, const std::string& path) {
    if (path.empty()) return {};
    std::ifstream file(path);
    if (!file) return fail(Errc::unavailable, "read the blocklist {}: {}", path, strerror(errno));
    const Secret text = folded(password);
    for (std::string line; std::getline(file, line);) {
        std::transform(line.begin(), line.end(), line.begin(), [](char c) { return folded(c); });
        if (trimmed(line) == text.text())
            return refused("the password stands in the list of common passwords");
    }
    if (file.bad()) return fail(Errc::unavailable, "read the blocklist {}", path);
    return {};
}

}  // namespace userd
