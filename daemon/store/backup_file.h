// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/runtime/clock.h"

// A backup is one file: a header of 256 bytes, then the whole store as an SQLite database. The header carries
// the hash of the database and its own, so what is cut off or changed by accident shows; with a passphrase
// the wrapped key is bound to both, so what was changed on purpose does not open.
namespace userd::store {

enum class KeyWrap : std::uint32_t { none, passphrase, public_key };

struct BackupHeader {
    static constexpr std::size_t size = 256;
    static constexpr std::size_t most_wrapped = 96;

    std::uint32_t schema = 0;  // of the store
    std::uint64_t store_id = 0, generation = 0;
    Time made_at;
    std::uint64_t database_size = 0;
    std::string key_id;  // of the sealing key, 16 hexadecimal digits; empty: the store never had one
    std::array<std::uint8_t, 32> database_hash{};

    KeyWrap wrap = KeyWrap::none;          // how the sealing key comes along
    std::uint32_t passes = 0, memory = 0;  // of Argon2id; memory in KiB
    std::array<std::uint8_t, 16> salt{};
    std::vector<std::uint8_t> wrapped;
};

std::array<std::uint8_t, BackupHeader::size> encode(const BackupHeader& header);
// `bytes`: the beginning of a file. invalid: no backup, cut off, or changed; not_supported: of a newer userd.
Result<BackupHeader> parse_backup_header(std::span<const std::uint8_t> bytes);

// What wraps the sealing key: exactly one is set, or none, and then the key stays out of the backup.
struct BackupKey {
    Secret passphrase;
    Secret x25519;  // 32 bytes: the public key to wrap for, or the private key to unwrap with
};
// Seals `key` into the header, whose other fields are set. Slow with a passphrase: for a worker.
Result<void> wrap_key(BackupHeader& header, const Secret& key, const BackupKey& with);
// bad_code: the passphrase or the private key is another, or the file was changed.
Result<Secret> unwrap_key(const BackupHeader& header, const BackupKey& with);

// An X25519 key as `openssl genpkey -algorithm X25519` writes it (PEM), or its 32 bytes in base 64.
Result<Secret> parse_x25519(std::string_view text, bool is_private);

}  // namespace userd::store
