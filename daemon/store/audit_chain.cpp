// SPDX-License-Identifier: LGPL-2.1-or-later
// The chain as a whole: whether it holds, and dropping its beginning. What is dropped leaves a checkpoint: a
// row of the chain that names the last dropped row and its hash, so nobody can cut more off unseen.
#include "daemon/store/audit_row.h"
#include "daemon/store/store.h"

namespace userd::store {

namespace {

constexpr std::int64_t most_dropped_at_once = 5000;
constexpr std::string_view checkpoint_action = "audit.checkpoint";

std::string checkpoint_detail(const AuditLink& dropped) {
    return fmt::format(R"({{"dropped_to":{},"hash":"{}"}})", dropped.seq, to_hex(dropped.hash));
}

std::int64_t dropped_to(const AuditEntry& checkpoint) {
    std::int64_t seq = 0;
    for (const char c : checkpoint.detail) {
        if (c == ',') break;
        if (c >= '0' && c <= '9' && seq < INT64_MAX / 20) seq = seq * 10 + (c - '0');
    }
    return seq;
}

// The last of the rows that are to go next: of one day, and not too many at once.
Result<std::optional<std::int64_t>> due(Database& database, const AuditLimits& limits, Time now) {
    auto query = TRY(
        database.query("SELECT first_seq, last_seq, day, (SELECT sum(bytes) FROM audit_days) FROM audit_days "
                       "ORDER BY first_seq LIMIT 1"));
    if (!TRY(query.step())) return std::nullopt;
    const auto end_of_day = Time(std::chrono::days(query.integer(2) + 1));
    const bool is_old = end_of_day <= now - limits.keep;
    const bool is_too_much = static_cast<std::uint64_t>(query.integer(3)) > limits.max_bytes;
    if (!is_old && !is_too_much) return std::nullopt;
    return std::min(query.integer(1), query.integer(0) + most_dropped_at_once - 1);
}

Result<AuditLink> link_at(Database& database, std::int64_t seq) {
    auto query = TRY(database.query("SELECT seq, hash FROM audit WHERE seq <= ? ORDER BY seq DESC LIMIT 1"));
    query.bind(seq);
    if (!TRY(query.step())) return chain_start(database);
    return AuditLink{query.integer(0), read_audit_hash(query, 1)};
}

Result<void> drop_rows(Database& database, std::int64_t last) {
    auto rows = TRY(database.query("DELETE FROM audit WHERE seq <= ?"));
    TRY(rows.bind(last).run());
    auto days = TRY(database.query("DELETE FROM audit_days WHERE last_seq <= ?"));
    TRY(days.bind(last).run());
    // What is left of a day takes its share of the bytes.
    auto rest =
        TRY(database.query("UPDATE audit_days SET first_seq = ?1 + 1, "
                           "bytes = bytes * (last_seq - ?1) / (last_seq - first_seq + 1) "
                           "WHERE first_seq <= ?1"));
    return rest.bind(last).run();
}

// Follows the chain row by row.
class Inspection {
 public:
    explicit Inspection(const AuditLink& start) : start_(start), link_(start) {}

    void see(const AuditEntry& entry, const AuditHash& hash) {
        if (found_.rows++ == 0) found_.first_seq = entry.seq;
        if (entry.action == checkpoint_action) note_checkpoint(entry);
        if (entry.seq <= start_.seq)
            tell(entry.seq, "row {} was put in: it was dropped before");
        else if (entry.seq != link_.seq + 1)
            tell(link_.seq + 1, "row {} is missing");
        else if (hash != hash_of(entry, link_.hash))
            tell(entry.seq, "row {} was changed or put in");
        link_ = {entry.seq, hash};
    }

    AuditChain finish(const AuditLink& head) {
        if (start_.seq > 0 && !start_is_told_)
            tell(start_.seq, "the rows up to {} are gone, and no checkpoint tells of it");
        if (link_.seq < head.seq)
            tell(link_.seq + 1, "row {} is missing");
        else if (link_.seq > head.seq)
            tell(head.seq + 1, "row {} was put in");
        else if (link_.hash != head.hash)
            tell(head.seq, "row {} was changed");
        found_.head_seq = head.seq;
        if (head.seq > 0) found_.head_hash = to_hex(head.hash);
        return std::move(found_);
    }

 private:
    void note_checkpoint(const AuditEntry& entry) {
        found_.checkpoints.push_back({entry.seq, entry.time, dropped_to(entry)});
        if (entry.detail == checkpoint_detail(start_)) start_is_told_ = true;
    }
    void tell(std::int64_t seq, std::string_view what) {
        if (!found_.broken || seq < found_.broken->seq)
            found_.broken = AuditChain::Break{seq, fmt::format(fmt::runtime(what), seq)};
    }

    AuditChain found_;
    AuditLink start_, link_;
    bool start_is_told_ = false;
};

}  // namespace

Result<bool> Audit::prune(const AuditLimits& limits, Time now) {
    const auto due_to = TRY(due(database_, limits, now));
    if (!due_to) return false;
    const auto last = TRY(link_at(database_, *due_to));
    // First the row that tells of it, so that none is the last of all.
    AuditEntry checkpoint;
    checkpoint.time = now;
    checkpoint.actor = "userd";
    checkpoint.origin = "audit";
    checkpoint.action = checkpoint_action;
    checkpoint.detail = checkpoint_detail(last);
    TRY(append(checkpoint));
    TRY(drop_rows(database_, *due_to));
    auto start = TRY(database_.query("UPDATE audit_chain SET dropped_seq = ?, dropped_hash = ?"));
    TRY(start.bind(last.seq).bind_blob(last.hash).run());
    return TRY(due(database_, limits, now)).has_value();
}

Result<AuditChain> Audit::verify() {
    // One view of it all: rows come in meanwhile.
    TRY(database_.execute("SAVEPOINT verify"));
    Inspection inspection(TRY(chain_start(database_)));
    {
        auto query = TRY(database_.query("SELECT " USERD_AUDIT_COLUMNS ", hash FROM audit ORDER BY seq"));
        while (TRY(query.step())) inspection.see(read_audit_entry(query), read_audit_hash(query, 11));
    }
    auto chain = inspection.finish(TRY(chain_head(database_)));
    TRY(database_.execute("RELEASE verify"));
    return chain;
}

Result<AuditChain> verify_audit(const std::string& path) {
    auto database = TRY(open_reader(path));
    return Audit(*database).verify();
}

}  // namespace userd::store
