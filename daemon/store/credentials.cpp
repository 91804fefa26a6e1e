// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/credentials.h"

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {
namespace {

// A used code's or a key's hash purpose is part of what is hashed, so hashes of one table mean nothing in
// another.
std::string code_text(const Secret& code) {
    return "userd code " + std::string(code.text());
}

std::string_view word(CodeKind kind) {
    return kind == CodeKind::recovery ? "recovery" : "temporary";
}

Failure no_key() {
    return fail(Error{Errc::unavailable, "the sealing key is not here", "restore /var/lib/userd/key", {}});
}

TotpShape shape_of(const Query& query, int column) {
    return {query.text(column), static_cast<unsigned>(query.integer(column + 1)),
            static_cast<unsigned>(query.integer(column + 2))};
}

SshKeyRecord ssh_key_of(const Query& query) {
    SshKeyRecord key;
    key.user = ObjectId{query.integer(0)};
    key.fingerprint = query.text(1);
    key.type = query.text(2);
    key.key = query.text(3);
    key.comment = query.text(4);
    key.options = query.text(5);
    key.sources = query.text(6);
    key.expires = time_of(query, 7);
    key.created_at = *time_of(query, 8);
    key.last_used = time_of(query, 9);
    return key;
}

}  // namespace

Result<void> Credentials::open_key(const std::string& root) {
    key_.reset();
    std::optional<std::string> known_id;
    {
        auto known = TRY(database_.query("SELECT value FROM meta WHERE key = 'key_id'"));
        if (TRY(known.step())) known_id = known.text(0);
    }
    auto key = TRY(known_id ? SealingKey::load(root, *known_id) : SealingKey::load(root));
    if (key) return use_key(std::move(*key));
    if (known_id) return no_key();
    SealingKey fresh = SealingKey::random();
    TRY(fresh.save(root));
    return use_key(std::move(fresh));
}

std::optional<Secret> Credentials::key_bytes() const {
    return key_ ? std::optional(key_->bytes()) : std::nullopt;
}

Result<void> Credentials::use_key(SealingKey key) {
    auto known = TRY(database_.query("SELECT value FROM meta WHERE key = 'key_id'"));
    if (!TRY(known.step())) {
        auto insert = TRY(database_.query("INSERT INTO meta (key, value) VALUES ('key_id', ?)"));
        TRY(insert.bind(std::string_view(key.id())).run());
    } else if (known.text(0) != key.id()) {
        return fail(Error{
            Errc::unavailable,
            fmt::format("the sealing key is {}, and the store was sealed under {}", key.id(), known.text(0)),
            "put the right key back; codes are refused until then",
            {}});
    }
    key_ = std::move(key);
    return {};
}

Result<std::optional<PasswordRecord>> Credentials::find_password(ObjectId user) const {
    auto query = TRY(database_.query("SELECT hash, changed_at FROM passwords WHERE user_id = ?"));
    if (!TRY(query.bind(user.value).step())) return std::optional<PasswordRecord>();
    return std::optional(PasswordRecord{query.text(0), *time_of(query, 1)});
}

Result<void> Credentials::put_password(ObjectId user, std::string_view hash, Time now) {
    auto query =
        TRY(database_.query("INSERT INTO passwords (user_id, hash, changed_at) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT DO UPDATE SET hash = ?2, changed_at = ?3"));
    return query.bind(user.value).bind(hash).bind(to_column(now)).run();
}

Result<void> Credentials::remove_password(ObjectId user) {
    auto query = TRY(database_.query("DELETE FROM passwords WHERE user_id = ?"));
    return query.bind(user.value).run();
}

Result<std::optional<OfflinePassword>> Credentials::find_offline_password(ObjectId user) const {
    auto query = TRY(database_.query("SELECT hash, checked_at FROM offline_passwords WHERE user_id = ?"));
    if (!TRY(query.bind(user.value).step())) return std::optional<OfflinePassword>();
    return std::optional(OfflinePassword{query.text(0), *time_of(query, 1)});
}

Result<void> Credentials::put_offline_password(ObjectId user, std::string_view hash, Time checked_at) {
    auto query =
        TRY(database_.query("INSERT INTO offline_passwords (user_id, hash, checked_at) VALUES (?1, ?2, ?3) "
                            "ON CONFLICT DO UPDATE SET hash = ?2, checked_at = ?3"));
    return query.bind(user.value).bind(hash).bind(to_column(checked_at)).run();
}

Result<std::vector<std::string>> Credentials::password_history(ObjectId user) const {
    auto query =
        TRY(database_.query("SELECT hash FROM password_history WHERE user_id = ? ORDER BY changed_at DESC"));
    query.bind(user.value);
    std::vector<std::string> hashes;
    while (TRY(query.step())) hashes.push_back(query.text(0));
    return hashes;
}

Result<void> Credentials::remember_password(ObjectId user, std::string_view hash, unsigned keep, Time now) {
    if (!hash.empty() && keep > 0) {
        // The time is the order too: a clock that was set back makes no new one old.
        auto insert = TRY(database_.query(
            "INSERT INTO password_history (user_id, hash, changed_at) SELECT ?1, ?2, "
            "max(?3, coalesce(max(changed_at) + 1, ?3)) FROM password_history WHERE user_id = ?1"));
        TRY(insert.bind(user.value).bind(hash).bind(to_column(now)).run());
    }
    auto forget = TRY(database_.query(
        "DELETE FROM password_history WHERE user_id = ?1 AND changed_at NOT IN (SELECT changed_at "
        "FROM password_history WHERE user_id = ?1 ORDER BY changed_at DESC LIMIT ?2)"));
    return forget.bind(user.value).bind(std::int64_t{keep}).run();
}

Result<void> Credentials::set_must_change(ObjectId user, bool must_change) {
    auto query = TRY(database_.query("UPDATE users SET must_change = ?2 WHERE id = ?1"));
    return query.bind(user.value).bind(std::int64_t{must_change}).run();
}

Result<void> Credentials::set_enrol_until(ObjectId user, std::optional<Time> until) {
    auto query = TRY(database_.query("UPDATE users SET enrol_until = ?2 WHERE id = ?1"));
    return query.bind(user.value).bind(to_column(until)).run();
}

Result<bool> Credentials::has_totp(ObjectId user) const {
    auto query = TRY(database_.query("SELECT 1 FROM totp WHERE user_id = ?"));
    return TRY(query.bind(user.value).step());
}

Result<std::optional<TotpRecord>> Credentials::find_totp(ObjectId user) const {
    auto query =
        TRY(database_.query("SELECT sealed, algorithm, digits, period, last_step, enrolled_at "
                            "FROM totp WHERE user_id = ?"));
    if (!TRY(query.bind(user.value).step())) return std::optional<TotpRecord>();
    TotpRecord record;
    if (key_) record.secret = key_->open(user, query.blob(0));
    record.shape = shape_of(query, 1);
    record.last_step = query.integer(4);
    record.made_at = *time_of(query, 5);
    return std::optional(std::move(record));
}

Result<void> Credentials::put_totp(ObjectId user, const Secret& secret, const TotpShape& shape,
                                   std::int64_t last_step, Time now) {
    if (!key_) return no_key();
    // A step once used stays used: a new secret starts no lower than the old one ended.
    auto query = TRY(
        database_.query("INSERT INTO totp (user_id, sealed, key_id, algorithm, digits, period, last_step, "
                        "enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET "
                        "sealed = ?2, key_id = ?3, algorithm = ?4, digits = ?5, period = ?6, "
                        "last_step = max(last_step, ?7), enrolled_at = ?8"));
    query.bind(user.value).bind_blob(key_->seal(user, secret.bytes())).bind(std::string_view(key_->id()));
    query.bind(std::string_view(shape.algorithm)).bind(std::int64_t{shape.digits});
    return query.bind(std::int64_t{shape.period}).bind(last_step).bind(to_column(now)).run();
}

Result<bool> Credentials::use_step(ObjectId user, std::int64_t step) {
    auto query = TRY(database_.query("UPDATE totp SET last_step = ?2 WHERE user_id = ?1 AND last_step < ?2"));
    TRY(query.bind(user.value).bind(step).run());
    return database_.changes() == 1;
}

Result<bool> Credentials::remove_totp(ObjectId user) {
    auto query = TRY(database_.query("DELETE FROM totp WHERE user_id = ?"));
    TRY(query.bind(user.value).run());
    const bool was_there = database_.changes() == 1;
    TRY(remove_codes(user, CodeKind::recovery));
    TRY(remove_pending_totp(user));
    return was_there;
}

Result<bool> Credentials::put_entry_totp(std::int64_t entry, const Secret& secret) {
    if (!key_) return no_key();
    const auto known = TRY(find_entry_totp(entry));
    if (known && equal(*known, secret)) return false;
    auto query = TRY(database_.query("INSERT OR REPLACE INTO remote_totp (entry_id, sealed) VALUES (?, ?)"));
    TRY(query.bind(entry).bind_blob(key_->seal(ObjectId{entry}, secret.bytes())).run());
    return true;
}

Result<std::optional<Secret>> Credentials::find_entry_totp(std::int64_t entry) const {
    auto query = TRY(database_.query("SELECT sealed FROM remote_totp WHERE entry_id = ?"));
    if (!TRY(query.bind(entry).step()) || !key_) return std::optional<Secret>();
    return key_->open(ObjectId{entry}, query.blob(0));
}

Result<bool> Credentials::has_entry_totp(std::int64_t entry) const {
    auto query = TRY(database_.query("SELECT 1 FROM remote_totp WHERE entry_id = ?"));
    return query.bind(entry).step();
}

Result<bool> Credentials::remove_entry_totp(std::int64_t entry) {
    auto query = TRY(database_.query("DELETE FROM remote_totp WHERE entry_id = ?"));
    TRY(query.bind(entry).run());
    return database_.changes() == 1;
}

Result<bool> Credentials::has_totp_of_server(ObjectId user) const {
    auto query = TRY(database_.query(
        "SELECT 1 FROM remote_entries e JOIN remote_totp t ON t.entry_id = e.id WHERE e.user_id = ?"));
    return query.bind(user.value).step();
}

Result<std::optional<TotpRecord>> Credentials::find_pending_totp(ObjectId user) const {
    auto query =
        TRY(database_.query("SELECT sealed, algorithm, digits, period, failures, created_at "
                            "FROM totp_pending WHERE user_id = ?"));
    if (!TRY(query.bind(user.value).step())) return std::optional<TotpRecord>();
    TotpRecord record;
    if (key_) record.secret = key_->open(user, query.blob(0));
    record.shape = shape_of(query, 1);
    record.failures = static_cast<unsigned>(query.integer(4));
    record.made_at = *time_of(query, 5);
    return std::optional(std::move(record));
}

Result<void> Credentials::put_pending_totp(ObjectId user, const Secret& secret, const TotpShape& shape,
                                           Time now) {
    if (!key_) return no_key();
    auto query = TRY(
        database_.query("INSERT OR REPLACE INTO totp_pending (user_id, sealed, key_id, algorithm, digits, "
                        "period, failures, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?)"));
    query.bind(user.value).bind_blob(key_->seal(user, secret.bytes())).bind(std::string_view(key_->id()));
    query.bind(std::string_view(shape.algorithm)).bind(std::int64_t{shape.digits});
    return query.bind(std::int64_t{shape.period}).bind(to_column(now)).run();
}

Result<void> Credentials::count_pending_failure(ObjectId user) {
    auto query = TRY(database_.query("UPDATE totp_pending SET failures = failures + 1 WHERE user_id = ?"));
    return query.bind(user.value).run();
}

Result<void> Credentials::remove_pending_totp(ObjectId user) {
    auto query = TRY(database_.query("DELETE FROM totp_pending WHERE user_id = ?"));
    return query.bind(user.value).run();
}

Result<std::vector<MfaPolicy>> Credentials::group_mfa_policies(ObjectId user, Time now) const {
    auto query = TRY(database_.query(
        "SELECT g.mfa FROM members m JOIN groups g ON g.id = m.group_id WHERE m.user_id = ?1 AND "
        "m.removed = 0 AND (m.until IS NULL OR m.until > ?2) AND g.mfa <> 'inherit' UNION ALL "
        "SELECT g.mfa FROM users u JOIN groups g ON g.id = u.primary_group WHERE u.id = ?1 AND "
        "g.mfa <> 'inherit'"));
    query.bind(user.value).bind(to_unix(now));
    std::vector<MfaPolicy> policies;
    while (TRY(query.step()))
        policies.push_back(query.text(0) == "off"        ? MfaPolicy::off
                           : query.text(0) == "optional" ? MfaPolicy::optional
                                                         : MfaPolicy::required);
    return policies;
}

Result<bool> Credentials::any_mfa_policy() const {
    auto query =
        TRY(database_.query("SELECT EXISTS (SELECT 1 FROM groups WHERE mfa <> 'inherit' AND mfa <> 'off') OR "
                            "EXISTS (SELECT 1 FROM users WHERE mfa <> 'inherit' AND mfa <> 'off')"));
    return TRY(query.step()) && query.integer(0) != 0;
}

Result<bool> Credentials::any_group_has_mfa_policy() const {
    auto query = TRY(database_.query("SELECT EXISTS (SELECT 1 FROM groups WHERE mfa <> 'inherit')"));
    return TRY(query.step()) && query.integer(0) != 0;
}

Result<void> Credentials::add_code(ObjectId user, CodeKind kind, const Secret& code,
                                   std::optional<Time> expires, Time now) {
    if (!key_) return no_key();
    auto query = TRY(database_.query(
        "INSERT INTO recovery_codes (user_id, kind, hash, created_at, expires) VALUES (?, ?, ?, ?, ?)"));
    query.bind(user.value).bind(word(kind)).bind_blob(key_->hash(user, code_text(code)));
    return query.bind(to_column(now)).bind(to_column(expires)).run();
}

Result<void> Credentials::remove_codes(ObjectId user, CodeKind kind) {
    auto query = TRY(database_.query("DELETE FROM recovery_codes WHERE user_id = ? AND kind = ?"));
    return query.bind(user.value).bind(word(kind)).run();
}

Result<std::optional<std::int64_t>> Credentials::find_code(ObjectId user, const Secret& code,
                                                           Time now) const {
    if (!key_) return std::optional<std::int64_t>();
    // The index is by user; equality of keyed hashes tells nothing by its time that helps to guess a code.
    auto query = TRY(
        database_.query("SELECT id FROM recovery_codes WHERE user_id = ? AND hash = ? AND used_at IS NULL "
                        "AND (expires IS NULL OR expires > ?)"));
    query.bind(user.value).bind_blob(key_->hash(user, code_text(code))).bind(to_column(now));
    if (!TRY(query.step())) return std::optional<std::int64_t>();
    return std::optional(query.integer(0));
}

Result<bool> Credentials::use_code(std::int64_t row, Time now) {
    auto query =
        TRY(database_.query("UPDATE recovery_codes SET used_at = ?2 WHERE id = ?1 AND used_at IS NULL"));
    TRY(query.bind(row).bind(to_column(now)).run());
    return database_.changes() == 1;
}

Result<unsigned> Credentials::count_codes(ObjectId user, CodeKind kind, Time now) const {
    auto query = TRY(database_.query(
        "SELECT count(*) FROM recovery_codes WHERE user_id = ? AND kind = ? AND used_at IS NULL "
        "AND (expires IS NULL OR expires > ?)"));
    TRY(query.bind(user.value).bind(word(kind)).bind(to_column(now)).step());
    return static_cast<unsigned>(query.integer(0));
}

Result<void> Credentials::add_ssh_key(const SshKeyRecord& key) {
    auto query = TRY(
        database_.query("INSERT INTO ssh_keys (user_id, fingerprint, type, key, comment, options, sources, "
                        "expires, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind(key.user.value).bind(std::string_view(key.fingerprint)).bind(std::string_view(key.type));
    query.bind(std::string_view(key.key)).bind(std::string_view(key.comment));
    query.bind(std::string_view(key.options)).bind(std::string_view(key.sources));
    return query.bind(to_column(key.expires)).bind(to_column(key.created_at)).run();
}

Result<bool> Credentials::remove_ssh_key(ObjectId user, std::string_view fingerprint) {
    auto query = TRY(database_.query("DELETE FROM ssh_keys WHERE user_id = ? AND fingerprint = ?"));
    TRY(query.bind(user.value).bind(fingerprint).run());
    return database_.changes() == 1;
}

Result<std::vector<SshKeyRecord>> Credentials::list_ssh_keys(ObjectId user) const {
    auto query =
        TRY(database_.query("SELECT user_id, fingerprint, type, key, comment, options, sources, expires, "
                            "created_at, last_used FROM ssh_keys WHERE user_id = ? ORDER BY created_at"));
    query.bind(user.value);
    std::vector<SshKeyRecord> keys;
    while (TRY(query.step())) keys.push_back(ssh_key_of(query));
    return keys;
}

Result<std::vector<SshKeyRecord>> Credentials::list_all_ssh_keys(std::uint64_t offset,
                                                                 std::uint64_t limit) const {
    auto query = TRY(database_.query(
        "SELECT user_id, fingerprint, type, key, comment, options, sources, expires, "
        "created_at, last_used FROM ssh_keys ORDER BY user_id, fingerprint LIMIT ? OFFSET ?"));
    query.bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    std::vector<SshKeyRecord> keys;
    while (TRY(query.step())) keys.push_back(ssh_key_of(query));
    return keys;
}

Result<std::uint64_t> Credentials::count_ssh_keys() const {
    auto query = TRY(database_.query("SELECT count(*) FROM ssh_keys"));
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

Result<void> Credentials::touch_ssh_key(ObjectId user, std::string_view fingerprint, Time now) {
    auto query =
        TRY(database_.query("UPDATE ssh_keys SET last_used = ?3 WHERE user_id = ?1 AND fingerprint = ?2"));
    return query.bind(user.value).bind(fingerprint).bind(to_column(now)).run();
}

}  // namespace userd::store
