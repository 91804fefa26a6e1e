// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/codes.h"

#include <sodium.h>

#include <string_view>

#include "daemon/login/words.h"

namespace userd {
namespace {

constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t group = 4;
constexpr std::size_t scratch_digits = 8;

}  // namespace

Secret make_code() {
    Secret code = Secret::random(code_characters);
    for (std::size_t i = 0; i < code.size(); ++i)
        code.data()[i] = static_cast<std::uint8_t>(base32[code.data()[i] % 32]);
    return code;
}

Secret shown_code(const Secret& code) {
    Secret shown = Secret::with_size(code.size() + (code.size() - 1) / group);
    std::size_t at = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (i != 0 && i % group == 0) shown.data()[at++] = '-';
        shown.data()[at++] = code.bytes()[i];
    }
    return shown;
}

std::optional<Secret> parse_code(const Secret& typed, unsigned authenticator_digits) {
    Secret code = Secret::with_size(code_characters);
    std::size_t at = 0;
    bool is_base32 = true, is_number = true;
    for (char c : typed.text()) {
        if (c == '-' || c == ' ') continue;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        if (at == code_characters) return std::nullopt;
        is_base32 = is_base32 && base32.find(c) != std::string_view::npos;
        is_number = is_number && c >= '0' && c <= '9';
        code.data()[at++] = static_cast<std::uint8_t>(c);
    }
    const bool is_scratch = at == scratch_digits && is_number && authenticator_digits != scratch_digits;
    if (!is_scratch && (at != code_characters || !is_base32)) return std::nullopt;
    code.shrink(at);
    return code;
}

Secret make_password(bool all_classes) {
    constexpr std::size_t words = 4;
    Secret password = Secret::with_size(words * (longest_word + 1) + 2);
    std::size_t at = 0;
    for (std::size_t i = 0; i < words; ++i) {
        if (i != 0) password.data()[at++] = '-';
        for (const char c : word(randombytes_uniform(word_count)))
            password.data()[at++] = static_cast<std::uint8_t>(c);
    }
    if (all_classes) {
        password.data()[0] -= 'a' - 'A';
        password.data()[at++] = '-';
        password.data()[at++] = static_cast<std::uint8_t>('0' + randombytes_uniform(10));
    }
    password.shrink(at);
    return password;
}

std::string make_attempt_reference() {
    static constexpr std::string_view alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    std::string reference;
    for (int i = 0; i < 6; ++i) reference += alphabet[randombytes_uniform(alphabet.size())];
    return reference;
}

}  // namespace userd
