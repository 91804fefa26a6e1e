// SPDX-License-Identifier: LGPL-2.1-or-later
// All numbers are little-endian, at fixed places:
//
//       0  "userdbk\n"              48  wrap, passes, memory, length of the wrapped key   (4 bytes each)
//       8  format, schema (4 each)  64  key id (16)         128  wrapped key, then zeros (96)
//      16  store id                 80  salt (16)           224  BLAKE2b of all before (32)
//      24  generation               96  BLAKE2b of the database (32)
//      32  made at (microseconds)  256  the database
//      40  size of the database
#include "daemon/store/backup_file.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "daemon/store/sealing.h"

namespace userd::store {
namespace {

using Bytes = std::array<std::uint8_t, BackupHeader::size>;

constexpr std::string_view magic = "userdbk\n";
constexpr std::uint32_t format = 1;
constexpr std::size_t bound_size = 128;  // what a passphrase's seal is bound to
constexpr std::size_t hash_place = 224;

constexpr std::uint32_t new_passes = 4, new_memory = 32 * 1024;  // about 0.15 s
constexpr std::uint32_t most_passes = 16, most_memory = 64 * 1024;

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t sealed_size = nonce_size + SealingKey::size + crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t boxed_size = SealingKey::size + crypto_box_SEALBYTES;
static_assert(std::max(sealed_size, boxed_size) <= BackupHeader::most_wrapped);
static_assert(crypto_box_PUBLICKEYBYTES == 32 && crypto_box_SECRETKEYBYTES == 32);

template <typename T>
void put(Bytes& bytes, std::size_t at, T number) {
    for (std::size_t i = 0; i < sizeof number; ++i)
        bytes[at + i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
}

template <typename T>
T get(std::span<const std::uint8_t> bytes, std::size_t at) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) number |= std::uint64_t{bytes[at + i]} << (8 * i);
    return static_cast<T>(number);
}

std::array<std::uint8_t, 32> hash_of(std::span<const std::uint8_t> bytes) {
    std::array<std::uint8_t, 32> hash;
    crypto_generichash(hash.data(), hash.size(), bytes.data(), bytes.size(), nullptr, 0);
    return hash;
}

Failure damaged(std::string_view what) {
    return fail(Error{Errc::invalid, fmt::format("the backup is damaged: {}", what),
                      "another backup; nothing was changed", "file"});
}

bool is_key_id(std::string_view text) {
    return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::size_t size_of(KeyWrap wrap) {
    return wrap == KeyWrap::passphrase ? sealed_size : wrap == KeyWrap::public_key ? boxed_size : 0;
}

Result<void> check_wrap(const BackupHeader& header) {
    if (header.wrapped.size() != size_of(header.wrap)) return damaged("its key has another length");
    const bool is_slow = header.wrap == KeyWrap::passphrase;
    if (is_slow && (header.passes < 1 || header.passes > most_passes || header.memory < 8 ||
                    header.memory > most_memory))
        return damaged("its passphrase would cost too much");
    return {};
}

Result<Secret> derive(const BackupHeader& header, const Secret& passphrase) {
    Secret key = Secret::with_size(crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
    const auto text = passphrase.text();
    if (crypto_pwhash(key.data(), key.size(), text.data(), text.size(), header.salt.data(), header.passes,
                      std::size_t{header.memory} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return fail(Errc::limits, "there is not enough memory for the passphrase");
    return key;
}

Failure not_this_key() {
    return fail(Error{Errc::bad_code,
                      "the backup's key does not open: another passphrase or key, or a changed file",
                      {},
                      {}});
}

}  // namespace

std::array<std::uint8_t, BackupHeader::size> encode(const BackupHeader& header) {
    Bytes bytes{};
    std::copy(magic.begin(), magic.end(), bytes.begin());
    put(bytes, 8, format);
    put(bytes, 12, header.schema);
    put(bytes, 16, header.store_id);
    put(bytes, 24, header.generation);
    put(bytes, 32, header.made_at.time_since_epoch().count());
    put(bytes, 40, header.database_size);
    put(bytes, 48, static_cast<std::uint32_t>(header.wrap));
    put(bytes, 52, header.passes);
    put(bytes, 56, header.memory);
    put(bytes, 60, static_cast<std::uint32_t>(size_of(header.wrap)));
    std::copy_n(header.key_id.begin(), std::min<std::size_t>(header.key_id.size(), 16), bytes.begin() + 64);
    std::copy(header.salt.begin(), header.salt.end(), bytes.begin() + 80);
    std::copy(header.database_hash.begin(), header.database_hash.end(), bytes.begin() + 96);
    std::copy_n(header.wrapped.begin(), std::min(header.wrapped.size(), BackupHeader::most_wrapped),
                bytes.begin() + bound_size);
    const auto hash = hash_of(std::span(bytes).first(hash_place));
    std::copy(hash.begin(), hash.end(), bytes.begin() + hash_place);
    return bytes;
}

Result<BackupHeader> parse_backup_header(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < magic.size() || !std::equal(magic.begin(), magic.end(), bytes.begin()))
        return fail(Error{Errc::invalid, "the file is no backup of userd", {}, "file"});
    if (bytes.size() < BackupHeader::size) return damaged("it is cut off");
    if (get<std::uint32_t>(bytes, 8) > format)
        return fail(Error{Errc::not_supported, "the backup was made by a newer userd",
                          "install the newer userd", "file"});
    const auto hash = hash_of(bytes.first(hash_place));
    if (!std::equal(hash.begin(), hash.end(), bytes.begin() + hash_place) ||
        get<std::uint32_t>(bytes, 8) != format)
        return damaged("its header was changed");
    BackupHeader header;
    header.schema = get<std::uint32_t>(bytes, 12);
    header.store_id = get<std::uint64_t>(bytes, 16);
    header.generation = get<std::uint64_t>(bytes, 24);
    header.made_at = Time(Duration(get<std::int64_t>(bytes, 32)));
    header.database_size = get<std::uint64_t>(bytes, 40);
    if (header.database_size > INT64_MAX - BackupHeader::size) return damaged("its size is impossible");
    const auto wrap = get<std::uint32_t>(bytes, 48);
    if (wrap > static_cast<std::uint32_t>(KeyWrap::public_key))
        return damaged("its key is wrapped in an unknown way");
    header.wrap = static_cast<KeyWrap>(wrap);
    header.passes = get<std::uint32_t>(bytes, 52);
    header.memory = get<std::uint32_t>(bytes, 56);
    const auto length = get<std::uint32_t>(bytes, 60);
    if (length > BackupHeader::most_wrapped) return damaged("its key has another length");
    header.wrapped.assign(bytes.begin() + bound_size, bytes.begin() + bound_size + length);
    if (bytes[64] != 0) header.key_id.assign(bytes.begin() + 64, bytes.begin() + 80);
    if (!header.key_id.empty() && !is_key_id(header.key_id)) return damaged("its key has no name");
    std::copy_n(bytes.begin() + 80, header.salt.size(), header.salt.begin());
    std::copy_n(bytes.begin() + 96, header.database_hash.size(), header.database_hash.begin());
    TRY(check_wrap(header));
    return header;
}

Result<void> wrap_key(BackupHeader& header, const Secret& key, const BackupKey& with) {
    if (!with.x25519.empty()) {
        header.wrap = KeyWrap::public_key;
        header.wrapped.resize(boxed_size);
        if (crypto_box_seal(header.wrapped.data(), key.bytes().data(), key.size(),
                            with.x25519.bytes().data()) != 0)
            return fail(Error{Errc::invalid, "the public key is not one", {}, "key_to"});
        return {};
    }
    if (with.passphrase.empty()) return {};
    header.wrap = KeyWrap::passphrase;
    header.passes = new_passes;
    header.memory = new_memory;
    randombytes_buf(header.salt.data(), header.salt.size());
    const Secret derived = TRY(derive(header, with.passphrase));
    header.wrapped.assign(sealed_size, 0);
    const auto bound = encode(header);
    auto* const nonce = header.wrapped.data();
    randombytes_buf(nonce, nonce_size);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_size, nullptr, key.bytes().data(), key.size(),
                                               bound.data(), bound_size, nullptr, nonce,
                                               derived.bytes().data());
    return {};
}

Result<Secret> unwrap_key(const BackupHeader& header, const BackupKey& with) {
    Secret key = Secret::with_size(SealingKey::size);
    if (header.wrap == KeyWrap::public_key) {
        if (with.x25519.empty())
            return fail(
                Error{Errc::denied, "the backup's key was wrapped for a public key", "--key-file FILE", {}});
        std::array<std::uint8_t, 32> own;
        if (crypto_scalarmult_base(own.data(), with.x25519.bytes().data()) != 0 ||
            crypto_box_seal_open(key.data(), header.wrapped.data(), header.wrapped.size(), own.data(),
                                 with.x25519.bytes().data()) != 0)
            return not_this_key();
        return key;
    }
    if (header.wrap != KeyWrap::passphrase) return fail(Errc::invalid, "the backup has no key in it");
    if (with.passphrase.empty())
        return fail(Error{
            Errc::denied, "the backup's key is wrapped with a passphrase", "--passphrase-file FILE", {}});
    const Secret derived = TRY(derive(header, with.passphrase));
    const auto bound = encode(header);
    const auto* const nonce = header.wrapped.data();
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(key.data(), nullptr, nullptr, nonce + nonce_size,
                                                   header.wrapped.size() - nonce_size, bound.data(),
                                                   bound_size, nonce, derived.bytes().data()) != 0)
        return not_this_key();
    return key;
}

Result<Secret> parse_x25519(std::string_view text, bool is_private) {
    // In DER an X25519 key is the last 32 of 44 (public) or 48 (private) bytes.
    const std::string_view first = is_private ? "-----BEGIN PRIVATE KEY-----" : "-----BEGIN PUBLIC KEY-----";
    const std::size_t before = is_private ? 16 : 12;
    const bool is_pem = text.starts_with(first);
    if (is_pem) text = text.substr(first.size(), text.find("-----END") - first.size());
    Secret bytes = Secret::with_size(before + 32);
    std::size_t size = 0;
    const bool read = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), " \r\n\t",
                                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
    const std::size_t skipped = is_pem ? before : 0;
    if (!read || size != skipped + 32)
        return fail(Error{Errc::invalid,
                          fmt::format("this is no X25519 {} key", is_private ? "private" : "public"),
                          "openssl genpkey -algorithm X25519",
                          {}});
    Secret key = Secret::with_size(32);
    std::copy_n(bytes.bytes().begin() + static_cast<std::ptrdiff_t>(skipped), 32, key.data());
    return key;
}

}  // namespace userd::store
