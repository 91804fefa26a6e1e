// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/model/user.h"

namespace userd::store {

// The key under which one-time-code secrets lie in the store: XChaCha20-Poly1305, a random nonce before each
// text, the account's internal id as associated data, so a sealed row copied to another account does not
// open.
class SealingKey {
 public:
    static constexpr std::size_t size = 32;

    // `bytes` must be `size` long.
    static Result<SealingKey> from_bytes(Secret bytes);
    static SealingKey random();
    // The systemd credential `userd.key` ($CREDENTIALS_DIRECTORY), else `root`/var/lib/userd/key; none when
    // there is neither. A key of the wrong length, or readable by others, is an error and not "none".
    static Result<std::optional<SealingKey>> load(const std::string& root);
    // The key of that id, wherever it is: the credential, the file, or what a restore that was cut short has
    // left beside it and is put in its place now. None: it is not here.
    static Result<std::optional<SealingKey>> load(const std::string& root, std::string_view id);
    // In two steps, around the restore of the store that it belongs to: beside the file, then in its place;
    // the key that was there is kept as `aside`.
    Result<void> save_beside(const std::string& root) const;
    static Result<void> take_from_beside(const std::string& root, std::string_view aside);
    // Writes the key to `root`/var/lib/userd/key, 0600, durably; `exists` when one is there already.
    Result<void> save(const std::string& root) const;

    // Names the key without telling it: the first bytes of a hash, in hexadecimal. Kept in the store.
    const std::string& id() const { return id_; }

    std::vector<std::uint8_t> seal(ObjectId owner, std::span<const std::uint8_t> text) const;
    // None: sealed under another key, for another account, or damaged.
    std::optional<Secret> open(ObjectId owner, std::span<const std::uint8_t> sealed) const;

    Secret bytes() const { return bytes_.clone(); }  // for a backup, which wraps them

    // A keyed hash of `text` for `owner`; for codes of full entropy, where a slow hash would protect nothing.
    std::vector<std::uint8_t> hash(ObjectId owner, std::string_view text) const;

 private:
    explicit SealingKey(Secret bytes);
    Result<void> write(const std::string& path) const;
    Secret bytes_;
    std::string id_;
};

}  // namespace userd::store
