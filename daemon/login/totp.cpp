// SPDX-License-Identifier: LGPL-2.1-or-later
// RFC 6238 by liboath, one step at a time: liboath's own validation stops at the first match, which may be a
// used step while the next one is not.
#include "daemon/login/totp.h"

#include <liboath/oath.h>
#include <sodium.h>

#include <cstdlib>
#include <string>

namespace userd {
namespace {

constexpr unsigned most_digits = 8;

int flags_of(const store::TotpShape& shape) {
    return shape.algorithm == "SHA512"   ? OATH_TOTP_HMAC_SHA512
           : shape.algorithm == "SHA256" ? OATH_TOTP_HMAC_SHA256
                                         : 0;
}

bool is_sound(const store::TotpShape& shape) {
    return (shape.digits == 6 || shape.digits == 8) && shape.period > 0 && shape.period <= 120;
}

// RFC 3986's unreserved characters stand as they are.
std::string percent_encoded(std::string_view text) {
    std::string encoded;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

}  // namespace

Secret totp_code(const Secret& secret, const store::TotpShape& shape, std::int64_t step) {
    char code[most_digits + 1] = {};
    if (!is_sound(shape) || step < 0 ||
        oath_totp_generate2(reinterpret_cast<const char*>(secret.bytes().data()), secret.size(),
                            static_cast<time_t>(step * shape.period), shape.period, 0, shape.digits,
                            flags_of(shape), code) != OATH_OK)
        return {};
    Secret result{std::string_view(code)};
    sodium_memzero(code, sizeof code);
    return result;
}

CodeMatch match_totp(const Secret& secret, const store::TotpShape& shape, std::string_view code, Time now,
                     std::int64_t last_step) {
    CodeMatch match;
    if (!is_sound(shape)) return match;
    const std::int64_t current = to_unix(now) / shape.period;
    for (std::int64_t step = current - 1; step <= current + 1; ++step) {
        const Secret expected = totp_code(secret, shape, step);
        const bool same = expected.size() == code.size() && !code.empty() &&
                          sodium_memcmp(expected.bytes().data(), code.data(), code.size()) == 0;
        if (same && step > last_step)
            match = {CodeVerdict::right, step};
        else if (same && match.verdict == CodeVerdict::wrong)
            match = {CodeVerdict::reused, step};
    }
    return match;
}

Secret to_base32(const Secret& bytes) {
    char* text = nullptr;
    std::size_t size = 0;
    if (oath_base32_encode(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size(), &text, &size) !=
        OATH_OK)
        return {};
    Secret result(std::string_view(text, size));
    sodium_memzero(text, size);
    std::free(text);
    const auto padding = result.text().find('=');
    if (padding != std::string_view::npos) result.shrink(padding);
    return result;
}

Result<Secret> from_base32(const Secret& text) {
    char* bytes = nullptr;
    std::size_t size = 0;
    if (text.size() > max_base32 ||
        oath_base32_decode(text.text().data(), text.size(), &bytes, &size) != OATH_OK)
        return fail(Errc::invalid, "the key of an authenticator is not base 32");
    Secret result(std::string_view(bytes, size));
    sodium_memzero(bytes, size);
    std::free(bytes);
    return result;
}

Secret totp_uri(const Secret& secret, const store::TotpShape& shape, std::string_view issuer,
                std::string_view account) {
    const std::string name = percent_encoded(issuer);
    std::string uri = fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}&algorithm={}&digits={}&period={}",
                                  name, percent_encoded(account), to_base32(secret).text(), name,
                                  shape.algorithm, shape.digits, shape.period);
    Secret result(uri);
    sodium_memzero(uri.data(), uri.size());
    return result;
}

}  // namespace userd
