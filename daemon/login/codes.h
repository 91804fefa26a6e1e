// SPDX-License-Identifier: LGPL-2.1-or-later
// Secrets that userd makes for people to read and type.
#pragma once

#include <optional>
#include <string>

#include "common/base/secret.h"

namespace userd {

// Recovery and temporary codes: 12 characters of base 32, 60 random bits. Nobody searches through 2^60 keyed
// hashes, so they are hashed fast, not slowly.
inline constexpr std::size_t code_characters = 12;

Secret make_code();                     // as it is kept: ABCDEFGHIJKL
Secret shown_code(const Secret& code);  // as it is shown: ABCD-EFGH-IJKL
// As it is kept; none: not of this form. Hyphens, blanks, case are free. Eight digits are a scratch code of
// google-authenticator, unless the account's authenticator itself makes codes of eight.
std::optional<Secret> parse_code(const Secret& typed, unsigned authenticator_digits = 0);

// Four words of a list of 2,048, joined by hyphens: 44 random bits, and at least 15 characters. With
// `all_classes` the first letter is a capital, and a digit follows as a fifth word.
Secret make_password(bool all_classes = false);

// The reference of one login attempt, for a person to read out: 6 characters without look-alikes.
std::string make_attempt_reference();

}  // namespace userd
