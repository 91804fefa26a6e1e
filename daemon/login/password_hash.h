// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/base/secret.h"

namespace userd {

inline constexpr std::size_t max_password = 1024;  // bytes, as typed; never cut, longer ones are refused

// What one run of Argon2id costs.
struct HashCost {
    std::uint64_t memory = 19ULL << 20;  // bytes
    unsigned passes = 2;
};

// What a verification hands back.
struct HashOutcome {
    bool right = false;
    bool is_old = false;  // right, and its record is not of today's cost or kind: to be made anew afterwards
};

// These run on a worker: values in, values out, tens of milliseconds, `cost.memory` bytes.

// Passwords that are valid UTF-8 count by their NFC form, so that one keyboard's é is another's. An error
// when memory is short.
Result<std::string> hash_password(const Secret& password, const HashCost& cost);

// The record that the password would have with the kind, cost and salt of `record`, an Argon2id one: equal
// where the password is. invalid when it is of another kind, or costs more than a login may.
Result<std::string> hash_password_like(const Secret& password, const std::string& record);
bool is_of_cost(const std::string& record, const HashCost& cost);  // Argon2id, and made at that cost

// An empty record stands for an account that has no password, or a name that is nobody's: the work is that of
// a real one and the answer is no. Cheaper records, old or imported, are padded to the same time, be the
// password right or wrong; imported ones that are dearer show it until the first right login makes them anew.
// An error when memory is short: nothing is known of the password then.
Result<HashOutcome> verify_password(const Secret& password, const std::string& record, const HashCost& cost);

// Whether a record, from the store or an import, is of a kind that is verified here (Argon2id PHC; crypt(5)
// $y$, $6$, $5$, $2b$) and costs no more than a login may: a record is never a way to burn the host.
bool is_acceptable_record(std::string_view record);

// The NFC form where the text is valid UTF-8, else the bytes as they are.
Secret normalised(const Secret& password);
// The same with the letters A to Z small: how passwords are compared with names and lists.
Secret folded(const Secret& password);
// Characters (code points) of the normalised password; bytes when it is not UTF-8.
std::size_t count_characters(const Secret& password);

}  // namespace userd
