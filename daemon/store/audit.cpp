// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/audit.h"

#include "daemon/store/audit_row.h"
#include "daemon/store/store.h"

// What is hashed (BLAKE2b, 32 bytes): the hash of the row before, then each column in the order of the
// schema, numbers as 8 bytes little-endian, texts as their length in 8 bytes and their bytes. No two rows
// share a form.
namespace userd::store {

namespace {

constexpr std::int64_t microseconds_a_day = 86'400'000'000;
constexpr std::size_t bytes_beside_texts = 160;  // of a row: numbers, hash, indexes

class RowHash {
 public:
    explicit RowHash(const AuditHash& previous) {
        crypto_generichash_init(&state_, nullptr, 0, AuditHash().size());
        crypto_generichash_update(&state_, previous.data(), previous.size());
    }
    RowHash& add(std::int64_t number) {
        std::array<std::uint8_t, 8> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * i));
        crypto_generichash_update(&state_, bytes.data(), bytes.size());
        return *this;
    }
    RowHash& add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
        return *this;
    }
    AuditHash finish() {
        AuditHash hash;
        crypto_generichash_final(&state_, hash.data(), hash.size());
        return hash;
    }

 private:
    crypto_generichash_state state_;
};

Result<AuditLink> link_of(Result<Query> made) {
    auto query = TRY(std::move(made));
    if (!TRY(query.step())) return fail(Errc::io, "the audit trail has lost its ends: the store is damaged");
    return AuditLink{query.integer(0), read_audit_hash(query, 1)};
}

// A day's run of rows, for the pruning.
Result<void> count_day(Database& database, const AuditEntry& entry) {
    const std::int64_t time = to_column(entry.time);
    const std::int64_t day = time / microseconds_a_day - (time % microseconds_a_day < 0 ? 1 : 0);
    const auto bytes =
        static_cast<std::int64_t>(bytes_beside_texts + entry.actor.size() + entry.origin.size() +
                                  entry.action.size() + entry.subject.size() + entry.detail.size());
    auto more =
        TRY(database.query("UPDATE audit_days SET last_seq = ?1, bytes = bytes + ?3 WHERE first_seq = "
                           "(SELECT max(first_seq) FROM audit_days) AND day = ?2"));
    TRY(more.bind(entry.seq).bind(day).bind(bytes).run());
    if (database.changes() > 0) return {};
    auto fresh = TRY(
        database.query("INSERT INTO audit_days (first_seq, last_seq, day, bytes) VALUES (?1, ?1, ?2, ?3)"));
    return fresh.bind(entry.seq).bind(day).bind(bytes).run();
}

}  // namespace

AuditEntry read_audit_entry(const Query& row) {
    AuditEntry entry;
    entry.seq = row.integer(0);
    entry.time = to_time(row.integer(1));
    entry.actor = row.text(2);
    entry.origin = row.text(3);
    entry.action = row.text(4);
    entry.subject = row.text(5);
    entry.subject_id = ObjectId{row.integer(6)};
    entry.txn = static_cast<std::uint64_t>(row.integer(7));
    entry.reason = row.text(8);
    entry.attempt = row.text(9);
    entry.detail = row.text(10);
    return entry;
}

AuditHash read_audit_hash(const Query& row, int column) {
    AuditHash hash{};
    const auto bytes = row.blob(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

AuditHash hash_of(const AuditEntry& entry, const AuditHash& previous) {
    return RowHash(previous)
        .add(entry.seq)
        .add(to_column(entry.time))
        .add(entry.actor)
        .add(entry.origin)
        .add(entry.action)
        .add(entry.subject)
        .add(entry.subject_id.value)
        .add(static_cast<std::int64_t>(entry.txn))
        .add(entry.reason)
        .add(entry.attempt)
        .add(entry.detail)
        .finish();
}

std::string to_hex(const AuditHash& hash) {
    std::string text;
    for (const auto byte : hash) text += fmt::format("{:02x}", byte);
    return text;
}

Result<AuditLink> chain_head(Database& database) {
    return link_of(database.query("SELECT head_seq, head_hash FROM audit_chain"));
}
Result<AuditLink> chain_start(Database& database) {
    return link_of(database.query("SELECT dropped_seq, dropped_hash FROM audit_chain"));
}

Result<std::int64_t> Audit::append(const AuditEntry& given) {
    const auto last = TRY(chain_head(database_));
    AuditEntry entry = given;
    entry.seq = last.seq + 1;
    const auto hash = hash_of(entry, last.hash);
    auto query = TRY(database_.query("INSERT INTO audit (" USERD_AUDIT_COLUMNS
                                     ", hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind(entry.seq).bind(to_column(entry.time)).bind(entry.actor).bind(entry.origin).bind(entry.action);
    query.bind(entry.subject);
    entry.subject_id ? query.bind(entry.subject_id.value) : query.bind_null();
    query.bind(static_cast<std::int64_t>(entry.txn))
        .bind(entry.reason)
        .bind(entry.attempt)
        .bind(entry.detail);
    TRY(query.bind_blob(hash).run());
    auto head = TRY(database_.query("UPDATE audit_chain SET head_seq = ?, head_hash = ?"));
    TRY(head.bind(entry.seq).bind_blob(hash).run());
    TRY(count_day(database_, entry));
    appended_ = true;
    return entry.seq;
}

void Audit::end_of_change(bool committed) {
    const bool tell = std::exchange(appended_, false) && committed;
    if (tell && listener_) listener_();
}

Result<std::int64_t> Audit::head_seq() {
    return TRY(chain_head(database_)).seq;
}

Result<std::uint64_t> Audit::bytes() {
    auto query = TRY(database_.query("SELECT COALESCE(sum(bytes), 0) FROM audit_days"));
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

Result<bool> tend_audit(Store& store, const AuditLimits& limits, Time now) {
    if (!store.writable()) return false;
    auto change = TRY(store.begin());
    TRY(store.audit().close_sums(now));
    const bool more = TRY(store.audit().prune(limits, now));
    TRY(change.commit());
    return more;
}

}  // namespace userd::store
