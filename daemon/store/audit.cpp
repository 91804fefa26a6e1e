// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/audit.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "daemon/store/database.h"
#include "daemon/store/user_row.h"

// What is hashed (BLAKE2b, 32 bytes): the hash of the row before, then each column in the order of the
// schema, numbers as 8 bytes little-endian, texts as their length in 8 bytes and their bytes. No two rows
// share a form.
namespace userd::store {

namespace {

using Hash = std::array<std::uint8_t, 32>;

#define USERD_AUDIT_COLUMNS \
    "seq, time, actor, origin, action, subject, subject_id, txn, reason, attempt, detail"

class RowHash {
 public:
    explicit RowHash(const Hash& previous) {
        crypto_generichash_init(&state_, nullptr, 0, Hash().size());
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
    Hash finish() {
        Hash hash;
        crypto_generichash_final(&state_, hash.data(), hash.size());
        return hash;
    }

 private:
    crypto_generichash_state state_;
};

Hash hash_of(const AuditEntry& entry, const Hash& previous) {
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

AuditEntry read_entry(const Query& row) {
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

Hash read_hash(const Query& row, int column) {
    Hash hash{};
    const auto bytes = row.blob(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

// Where the chain stands: the last row, or what was kept of the rows that were dropped.
struct Link {
    std::int64_t seq = 0;
    Hash hash{};
};

Result<Link> checkpoint(Database& database) {
    Link link;
    auto query =
        TRY(database.query("SELECT (SELECT value FROM meta WHERE key = 'audit_dropped_seq'), "
                           "(SELECT value FROM meta WHERE key = 'audit_dropped_hash')"));
    if (TRY(query.step()) && !query.is_null(0)) link = {query.integer(0), read_hash(query, 1)};
    return link;
}

Result<Link> last_link(Database& database) {
    auto query = TRY(database.query("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"));
    if (TRY(query.step())) return Link{query.integer(0), read_hash(query, 1)};
    return checkpoint(database);
}

Result<void> keep_link(Database& database, const Link& link) {
    auto seq =
        TRY(database.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('audit_dropped_seq', ?)"));
    TRY(seq.bind(link.seq).run());
    auto hash =
        TRY(database.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('audit_dropped_hash', ?)"));
    return hash.bind_blob(link.hash).run();
}

}  // namespace

Result<std::int64_t> Audit::append(const AuditEntry& given) {
    const auto last = TRY(last_link(database_));
    AuditEntry entry = given;
    entry.seq = last.seq + 1;
    auto query = TRY(database_.query("INSERT INTO audit (" USERD_AUDIT_COLUMNS
                                     ", hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind(entry.seq).bind(to_column(entry.time)).bind(entry.actor).bind(entry.origin).bind(entry.action);
    query.bind(entry.subject);
    entry.subject_id ? query.bind(entry.subject_id.value) : query.bind_null();
    query.bind(static_cast<std::int64_t>(entry.txn))
        .bind(entry.reason)
        .bind(entry.attempt)
        .bind(entry.detail);
    TRY(query.bind_blob(hash_of(entry, last.hash)).run());
    return entry.seq;
}

Result<std::vector<AuditEntry>> Audit::list(const Filter& filter, std::uint64_t limit) {
    auto query = TRY(database_.query(
        "SELECT " USERD_AUDIT_COLUMNS
        " FROM audit WHERE seq > ?1 AND (?2 = 0 OR subject_id = ?2) AND (?3 = '' OR "
        "attempt = ?3) AND (?4 = '' OR reason = ?4) AND time >= ?5 ORDER BY seq DESC LIMIT ?6"));
    query.bind(filter.after_seq).bind(filter.subject_id.value).bind(filter.attempt).bind(filter.reason);
    query.bind(filter.since ? to_column(*filter.since) : INT64_MIN).bind(static_cast<std::int64_t>(limit));
    std::vector<AuditEntry> entries;
    while (TRY(query.step())) entries.push_back(read_entry(query));
    return entries;
}

Result<std::uint64_t> Audit::count() {
    auto query = TRY(database_.query("SELECT count(*) FROM audit"));
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

Result<std::optional<std::int64_t>> Audit::first_broken() {
    auto link = TRY(checkpoint(database_));
    auto query = TRY(database_.query("SELECT " USERD_AUDIT_COLUMNS ", hash FROM audit ORDER BY seq"));
    while (TRY(query.step())) {
        const auto entry = read_entry(query);
        const auto expected = hash_of(entry, link.hash);
        if (entry.seq != link.seq + 1 || read_hash(query, 11) != expected) return entry.seq;
        link = {entry.seq, expected};
    }
    return std::nullopt;
}

Result<std::uint64_t> Audit::drop_before(Time time) {
    // By number, not by time: a clock that was set back must not tear a hole into the chain.
    auto query =
        TRY(database_.query("SELECT seq, hash FROM audit WHERE seq < COALESCE((SELECT min(seq) FROM audit "
                            "WHERE time >= ?), 9223372036854775807) ORDER BY seq DESC LIMIT 1"));
    query.bind(to_column(time));
    if (!TRY(query.step())) return 0;
    const Link last{query.integer(0), read_hash(query, 1)};
    TRY(keep_link(database_, last));
    auto drop = TRY(database_.query("DELETE FROM audit WHERE seq <= ?"));
    TRY(drop.bind(last.seq).run());
    return static_cast<std::uint64_t>(database_.changes());
}

}  // namespace userd::store
