// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/model/user.h"
#include "daemon/store/sealing.h"

namespace userd::store {

class Database;

struct PasswordRecord {
    std::string hash;  // PHC string or crypt(5)
    Time changed_at;
};

// Of an account whose password a directory server checks: what it found right.
struct OfflinePassword {
    std::string hash;  // Argon2id, PHC string
    Time checked_at;   // when it said so last
};

// How codes are made from a secret (RFC 6238).
struct TotpShape {
    std::string algorithm = "SHA1";  // SHA1, SHA256 or SHA512
    unsigned digits = 6;             // 6 or 8
    unsigned period = 30;            // seconds
};

struct TotpRecord {
    std::optional<Secret> secret;  // none: sealed under a key that is not here; no code is ever right
    TotpShape shape;
    std::int64_t last_step = 0;  // enrolled only
    unsigned failures = 0;       // pending only
    Time made_at;
};

enum class CodeKind { recovery, temporary };

struct SshKeyRecord {
    ObjectId user;
    std::string fingerprint;  // SHA256:… as ssh-keygen -l prints it
    std::string type, key;    // "ssh-ed25519", base64
    std::string comment;
    std::string options;  // authorized_keys(5) options but for from= and expiry-time=
    std::string sources;  // patterns of from="…", comma separated; empty: from anywhere
    std::optional<Time> expires, last_used;
    Time created_at;
};

// The tables passwords, offline_passwords, totp, remote_totp, totp_pending, recovery_codes and ssh_keys. What
// is sealed or hashed there is so at this edge: secrets come in and go out as they are. Writes belong inside
// a Change.
class Credentials {
 public:
    explicit Credentials(Database& database) : database_(database) {}

    // Finds the sealing key, and makes one only when the store has never had one. After an error, or before
    // this call, the store is degraded: nothing is sealed (unavailable), no secret opens, no code is right.
    Result<void> open_key(const std::string& root);
    Result<void> use_key(
        SealingKey key);  // for tests, and the end of open_key: unavailable when it is another
    bool has_key() const { return key_.has_value(); }
    std::optional<Secret> key_bytes() const;  // for a backup, which wraps them

    Result<std::optional<PasswordRecord>> find_password(ObjectId user) const;
    Result<void> put_password(ObjectId user, std::string_view hash, Time now);
    Result<void> remove_password(ObjectId user);
    Result<std::optional<OfflinePassword>> find_offline_password(ObjectId user) const;
    Result<void> put_offline_password(ObjectId user, std::string_view hash, Time checked_at);
    // Former passwords and the one in use, as far as the policy keeps them: newest first.
    Result<std::vector<std::string>> password_history(ObjectId user) const;
    // Adds one, unless it is empty, and forgets all but the newest `keep`.
    Result<void> remember_password(ObjectId user, std::string_view hash, unsigned keep, Time now);
    Result<void> set_must_change(ObjectId user, bool must_change);
    Result<void> set_enrol_until(ObjectId user, std::optional<Time> until);

    Result<std::optional<TotpRecord>> find_totp(ObjectId user) const;
    Result<bool> has_totp(ObjectId user) const;  // without unsealing it
    Result<void> put_totp(ObjectId user, const Secret& secret, const TotpShape& shape, std::int64_t last_step,
                          Time now);
    // True: the step is now the last one used. False: it was not above it, and nothing changed.
    Result<bool> use_step(ObjectId user, std::int64_t step);
    Result<bool> remove_totp(ObjectId user);  // with its recovery codes
    // The secret that a directory server has of one of its entries. True: there was none, or another.
    Result<bool> put_entry_totp(std::int64_t entry, const Secret& secret);
    Result<std::optional<Secret>> find_entry_totp(std::int64_t entry) const;  // none, too: it does not open
    Result<bool> has_entry_totp(std::int64_t entry) const;
    Result<bool> remove_entry_totp(std::int64_t entry);
    Result<bool> has_totp_of_server(ObjectId user) const;
    Result<std::optional<TotpRecord>> find_pending_totp(ObjectId user) const;
    Result<void> put_pending_totp(ObjectId user, const Secret& secret, const TotpShape& shape, Time now);
    Result<void> count_pending_failure(ObjectId user);
    Result<void> remove_pending_totp(ObjectId user);
    // The policies of the groups that the account is in now, the primary one included.
    Result<std::vector<MfaPolicy>> group_mfa_policies(ObjectId user, Time now) const;
    // Whether any account or group has a policy of its own that may ask for a code.
    Result<bool> any_mfa_policy() const;
    Result<bool> any_group_has_mfa_policy() const;  // a word of its own, whichever

    Result<void> add_code(ObjectId user, CodeKind kind, const Secret& code, std::optional<Time> expires,
                          Time now);
    Result<void> remove_codes(ObjectId user, CodeKind kind);
    // The row of an unused code that has not ended; `use_code` inside the verdict's Change, false when
    // another try was faster.
    Result<std::optional<std::int64_t>> find_code(ObjectId user, const Secret& code, Time now) const;
    Result<bool> use_code(std::int64_t row, Time now);
    Result<unsigned> count_codes(ObjectId user, CodeKind kind, Time now) const;

    Result<void> add_ssh_key(const SshKeyRecord& key);  // exists
    Result<bool> remove_ssh_key(ObjectId user, std::string_view fingerprint);
    Result<std::vector<SshKeyRecord>> list_ssh_keys(ObjectId user) const;
    Result<std::vector<SshKeyRecord>> list_all_ssh_keys(std::uint64_t offset, std::uint64_t limit) const;
    Result<std::uint64_t> count_ssh_keys() const;  // of all users
    Result<void> touch_ssh_key(ObjectId user, std::string_view fingerprint, Time now);

 private:
    Database& database_;
    std::optional<SealingKey> key_;
};

}  // namespace userd::store
