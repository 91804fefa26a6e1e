// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/runtime/clock.h"
#include "daemon/store/credentials.h"

namespace userd {

inline constexpr std::size_t totp_secret_size = 20;  // 160 bits (RFC 4226 R6)

enum class CodeVerdict {
    wrong,
    reused,  // right, but its step is not above the last one used
    right,
};

struct CodeMatch {
    CodeVerdict verdict = CodeVerdict::wrong;
    std::int64_t step = 0;  // of a right code: becomes the last step used
};

// Compares a code with those of the step of `now` and its two neighbours. Steps beyond 32 bits are fine.
CodeMatch match_totp(const Secret& secret, const store::TotpShape& shape, std::string_view code, Time now,
                     std::int64_t last_step);

// The code of one step; for tests and vectors.
Secret totp_code(const Secret& secret, const store::TotpShape& shape, std::int64_t step);

inline constexpr std::size_t max_base32 = 256;  // characters: 160 bytes, more than any HMAC block

// Base 32 without padding, as authenticator apps take it; blanks and lower case are read too.
Secret to_base32(const Secret& bytes);
Result<Secret> from_base32(const Secret& text);

// otpauth://totp/ISSUER:ACCOUNT?secret=…
Secret totp_uri(const Secret& secret, const store::TotpShape& shape, std::string_view issuer,
                std::string_view account);

}  // namespace userd
