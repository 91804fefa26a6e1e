// SPDX-License-Identifier: LGPL-2.1-or-later
// Argon2id by libsodium, whose strings are PHC strings; imported crypt(5) strings by libxcrypt. NFC by
// libutf8proc (NIST SP 800-63B-4: "normalise before hashing").
#include "daemon/login/password_hash.h"

#include <crypt.h>
#include <sodium.h>
#include <utf8proc.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>

#include "common/base/text.h"

namespace userd {
namespace {

using Steady = std::chrono::steady_clock;

// Bounds of a record from the store. The memory bound is that of all hashes together by default.
constexpr std::uint64_t most_memory = 64ULL << 20;
constexpr std::uint64_t most_passes = 16;
constexpr std::uint64_t most_sha_rounds = 1'000'000;
constexpr std::uint64_t most_bcrypt_cost = 13;

constexpr std::string_view argon_prefix = "$argon2id$v=19$";

struct ArgonParameters {
    std::uint64_t memory_kib = 0, passes = 0, lanes = 0;
    std::string_view salt;  // base 64
};

// "$argon2id$v=19$m=19456,t=2,p=1$salt$hash"
std::optional<ArgonParameters> parse_argon(std::string_view record) {
    if (!record.starts_with(argon_prefix) || record.size() >= crypto_pwhash_STRBYTES) return std::nullopt;
    const auto parts = split(record.substr(argon_prefix.size()), '$');
    if (parts.size() != 3 || parts[1].empty() || parts[2].empty()) return std::nullopt;
    const auto numbers = split(parts[0], ',');
    if (numbers.size() != 3) return std::nullopt;
    static constexpr std::string_view names[] = {"m=", "t=", "p="};
    std::uint64_t values[3];
    for (std::size_t i = 0; i < 3; ++i) {
        if (!numbers[i].starts_with(names[i])) return std::nullopt;
        const auto value = parse_number(numbers[i].substr(2));
        if (!value || *value == 0) return std::nullopt;
        values[i] = *value;
    }
    return ArgonParameters{values[0], values[1], values[2], parts[1]};
}

bool is_acceptable(const ArgonParameters& p) {
    return p.memory_kib <= most_memory / 1024 && p.passes <= most_passes && p.lanes == 1;
}

// crypt(5)'s base 64: "./0-9A-Za-z".
std::optional<unsigned> itoa64(char c) {
    static constexpr std::string_view alphabet =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const auto at = alphabet.find(c);
    return at == std::string_view::npos ? std::nullopt : std::optional(static_cast<unsigned>(at));
}

// A hash cut short or mistyped matches no password: refused at the import, not found out at the login.
bool is_whole(std::string_view hash, std::size_t characters) {
    return hash.size() == characters &&
           std::all_of(hash.begin(), hash.end(), [](char c) { return itoa64(c).has_value(); });
}

// "$y$j9T$salt$hash": flavour j, log2(N) − 1, r − 1. One that has more parameters is nobody's default.
bool is_acceptable_yescrypt(std::string_view record) {
    const auto parts = split(record, '$');
    if (parts.size() != 5 || parts[2].size() != 3 || parts[2][0] != 'j' || !is_whole(parts[4], 43))
        return false;
    const auto log2_n = itoa64(parts[2][1]);
    const auto block = itoa64(parts[2][2]);
    if (!log2_n || !block || *log2_n > 16 || *block > 31) return false;
    return (128ULL << (*log2_n + 1)) * (*block + 1) <= most_memory;
}

// "$6$salt$hash" or "$6$rounds=5000$salt$hash"
bool is_acceptable_sha(std::string_view record) {
    const auto parts = split(record, '$');
    if (parts.size() < 4 || !is_whole(parts.back(), parts[1] == "6" ? 86 : 43)) return false;
    if (parts.size() == 4) return true;
    if (parts.size() != 5 || !parts[2].starts_with("rounds=")) return false;
    const auto rounds = parse_number(parts[2].substr(7));
    return rounds && *rounds <= most_sha_rounds;
}

// "$2b$12$" and 53 characters
bool is_acceptable_bcrypt(std::string_view record) {
    if (record.size() != 60 || record[6] != '$' || !is_whole(record.substr(7), 53)) return false;
    const auto cost = parse_number(record.substr(4, 2));
    return cost && *cost <= most_bcrypt_cost;
}

bool is_argon(std::string_view record) {
    return record.starts_with("$argon2");
}

// What a verification of today's cost took lately, for padding. One number that workers overwrite.
std::atomic<Steady::rep> argon_time{0};

Result<bool> verify_crypt(const Secret& password, const std::string& record) {
    if (password.text().find('\0') != std::string_view::npos) return false;
    // crypt_rn wants a C string and 32 KiB of scratch, which holds the password afterwards
    Secret text = Secret::with_size(password.size() + 1);
    password.text().copy(reinterpret_cast<char*>(text.data()), password.size());
    Secret scratch = Secret::with_size(sizeof(crypt_data));
    const char* hash = crypt_rn(reinterpret_cast<const char*>(text.data()), record.c_str(), scratch.data(),
                                static_cast<int>(scratch.size()));
    if (hash == nullptr && errno == ENOMEM)
        return fail(Errc::unavailable, "check a password: no memory for its hash");
    if (hash == nullptr || hash[0] == '*') return false;
    const std::string_view got = hash;
    return got.size() == record.size() && sodium_memcmp(got.data(), record.data(), got.size()) == 0;
}

// The work of a right record for one that is none.
Result<HashOutcome> verify_nothing(const Secret& password, const HashCost& cost) {
    const auto start = Steady::now();
    TRY(hash_password(password, cost));
    argon_time = (Steady::now() - start).count();
    return HashOutcome{};
}

// A sleeper is woken late, by as much as would tell it from one that works: it is awake for the end.
void pad_until(Steady::time_point end) {
    std::this_thread::sleep_until(end - std::chrono::milliseconds(1));
    while (Steady::now() < end) continue;
}

}  // namespace

Secret normalised(const Secret& password) {
    const std::string_view text = password.text();
    bool ascii = true;
    for (const char c : text) ascii = ascii && static_cast<unsigned char>(c) < 0x80 && c != '\0';
    if (ascii || !is_utf8(text)) return password.clone();  // the caller keeps the bytes as they were typed
    utf8proc_uint8_t* form = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(password.bytes().data(), static_cast<utf8proc_ssize_t>(text.size()), &form,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    if (size < 0) return password.clone();
    Secret result(std::string_view(reinterpret_cast<const char*>(form), static_cast<std::size_t>(size)));
    sodium_memzero(form, static_cast<std::size_t>(size));
    std::free(form);
    return result;
}

// Letters of ASCII only: the lists and names that matter are ASCII, and the password stays in one buffer.
Secret folded(const Secret& password) {
    Secret text = normalised(password);
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text.data()[i] >= 'A' && text.data()[i] <= 'Z') text.data()[i] += 'a' - 'A';
    return text;
}

std::size_t count_characters(const Secret& password) {
    const Secret text = normalised(password);
    if (!is_utf8(text.text())) return text.size();
    std::size_t count = 0;
    for (const char c : text.text()) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    return count;
}

Result<std::string> hash_password(const Secret& password, const HashCost& cost) {
    const Secret text = normalised(password);
    char record[crypto_pwhash_STRBYTES];
    if (crypto_pwhash_str_alg(record, text.text().data(), text.size(), cost.passes, cost.memory,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Errc::unavailable, "hash a password: no memory for {} bytes", cost.memory);
    return std::string(record);
}

Result<std::string> hash_password_like(const Secret& password, const std::string& record) {
    const auto like = parse_argon(record);
    unsigned char salt[crypto_pwhash_SALTBYTES], hash[32];
    std::size_t salt_size = 0;
    if (!like || !is_acceptable(*like) ||
        sodium_base642bin(salt, sizeof salt, like->salt.data(), like->salt.size(), nullptr, &salt_size,
                          nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 ||
        salt_size != sizeof salt)
        return fail(Errc::invalid, "the record is of no kind that is made here");
    const Secret text = normalised(password);
    if (crypto_pwhash(hash, sizeof hash, text.text().data(), text.size(), salt, like->passes,
                      like->memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Errc::unavailable, "hash a password: no memory for {} KiB", like->memory_kib);
    char written[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    sodium_bin2base64(written, sizeof written, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return record.substr(0, record.rfind('$') + 1) + written;
}

// libsodium's own check takes a lack of memory for a wrong password, and that must not count as a wrong try:
// it is for records of other programs alone, whose shape is not ours.
Result<bool> verify_argon(const Secret& password, const std::string& record) {
    constexpr std::size_t our_size = 43;  // of the hash, in base 64
    if (record.size() - record.rfind('$') - 1 == our_size) {
        const auto again = hash_password_like(password, record);
        if (again)
            return again->size() == record.size() &&
                   sodium_memcmp(again->data(), record.data(), record.size()) == 0;
        if (again.error().code == Errc::unavailable) return fail(again.error());
    }
    const Secret text = normalised(password);
    return crypto_pwhash_str_verify(record.c_str(), text.text().data(), text.size()) == 0;
}

bool is_of_cost(const std::string& record, const HashCost& cost) {
    return is_argon(record) && crypto_pwhash_str_needs_rehash(record.c_str(), cost.passes, cost.memory) == 0;
}

Result<HashOutcome> verify_password(const Secret& password, const std::string& record, const HashCost& cost) {
    const bool usable = !password.empty() && password.size() <= max_password && is_acceptable_record(record);
    if (!usable) return verify_nothing(password, cost);
    const auto start = Steady::now();
    const bool current = is_of_cost(record, cost);
    HashOutcome outcome;
    outcome.right = TRY(is_argon(record) ? verify_argon(password, record) : verify_crypt(password, record));
    const auto took = Steady::now() - start;
    if (current) {
        argon_time = took.count();
        return outcome;
    }
    outcome.is_old = outcome.right;
    // By its speed nobody shall see that the record is an old, cheap one.
    if (argon_time == 0)
        TRY(verify_nothing(password, cost));
    else
        pad_until(start + Steady::duration(argon_time.load()));
    return outcome;
}

bool is_acceptable_record(std::string_view record) {
    if (record.size() >= 384 || record.find('\0') != std::string_view::npos) return false;
    if (is_argon(record)) {
        const auto parameters = parse_argon(record);
        return parameters && is_acceptable(*parameters);
    }
    if (record.starts_with("$y$")) return is_acceptable_yescrypt(record);
    if (record.starts_with("$6$") || record.starts_with("$5$")) return is_acceptable_sha(record);
    if (record.starts_with("$2b$")) return is_acceptable_bcrypt(record);
    return false;
}

}  // namespace userd
