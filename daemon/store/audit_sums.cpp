// SPDX-License-Identifier: LGPL-2.1-or-later
// A flood of wrong tries costs the trail a few rows: what is above them is counted, in the transaction of the
// try's verdict, so a crash loses none.
#include "daemon/store/audit_row.h"

namespace userd::store {

namespace {

constexpr std::int64_t most_sums = 1024;
constexpr std::int64_t most_references = 16;

const char* const all_sources = "*";

struct Sum {
    Time began;
    std::int64_t rows = 0;
};

Result<std::optional<Sum>> find_sum(Database& database, const AuditEntry& entry, std::string_view source) {
    auto query = TRY(database.query(
        "SELECT began, rows FROM audit_sums WHERE subject_id = ? AND source = ? AND action = ?"));
    query.bind(entry.subject_id.value).bind(source).bind(entry.action);
    if (!TRY(query.step())) return std::nullopt;
    return Sum{to_time(query.integer(0)), query.integer(1)};
}

Result<bool> is_full(Database& database) {
    auto query = TRY(database.query("SELECT count(*) FROM audit_sums"));
    TRY(query.step());
    return query.integer(0) >= most_sums;
}

// A clock that was set back ends a sum too.
bool is_over(Time began, Time now) {
    return now < began || now >= began + Audit::sum_length;
}

}  // namespace

// True: the entry gets a row of its own.
Result<bool> Audit::count_up(const AuditEntry& entry, std::string_view source, Time now) {
    auto sum = TRY(find_sum(database_, entry, source));
    if (sum && is_over(sum->began, now)) {
        TRY(close_sum(entry.subject_id.value, std::string(source), entry.action));
        sum.reset();
    }
    if (!sum && source != all_sources && TRY(is_full(database_))) return count_up(entry, all_sources, now);
    if (!sum || sum->rows < rows_of_their_own) {
        auto query = TRY(database_.query(
            "INSERT INTO audit_sums (subject_id, source, action, began, rows) VALUES (?, ?, ?, ?, 1) "
            "ON CONFLICT DO UPDATE SET rows = rows + 1"));
        TRY(query.bind(entry.subject_id.value).bind(source).bind(entry.action).bind(to_column(now)).run());
        return true;
    }
    auto query = TRY(database_.query(
        "UPDATE audit_sums SET count = count + 1, first = COALESCE(first, ?4), last = ?4, actor = ?5, "
        "origin = ?6, subject = ?7, reason = ?8, attempt = ?9, detail = ?10, "
        "reasons = json_set(reasons, '$.\"' || ?8 || '\"', "
        "COALESCE(json_extract(reasons, '$.\"' || ?8 || '\"'), 0) + 1), "
        "attempts = json_insert(CASE WHEN json_array_length(attempts) >= ?11 THEN json_remove(attempts, "
        "'$[0]') ELSE attempts END, '$[#]', ?9) WHERE subject_id = ?1 AND source = ?2 AND action = ?3"));
    query.bind(entry.subject_id.value).bind(source).bind(entry.action).bind(to_column(now));
    query.bind(entry.actor).bind(entry.origin).bind(entry.subject).bind(entry.reason).bind(entry.attempt);
    TRY(query.bind(entry.detail).bind(most_references).run());
    return false;
}

Result<void> Audit::append_try(const AuditEntry& entry, std::string_view source) {
    if (TRY(count_up(entry, source, entry.time))) TRY(append(entry));
    return {};
}

Result<void> Audit::close_sum(std::int64_t subject, std::string_view source, std::string_view action) {
    std::optional<AuditEntry> entry;
    {
        auto sum = TRY(database_.query("SELECT " USERD_SUM_COLUMNS
                                       " FROM audit_sums WHERE subject_id = ? AND source = ? AND action = ? "
                                       "AND count > 0"));
        sum.bind(subject).bind(source).bind(action);
        if (TRY(sum.step())) entry = read_audit_entry(sum);
    }
    if (entry) TRY(append(*entry));
    auto drop =
        TRY(database_.query("DELETE FROM audit_sums WHERE subject_id = ? AND source = ? AND action = ?"));
    return drop.bind(subject).bind(source).bind(action).run();
}

Result<void> Audit::close_sums(Time now) {
    struct Key {
        std::int64_t subject;
        std::string source, action;
    };
    std::vector<Key> over;
    {
        auto query = TRY(database_.query(
            "SELECT subject_id, source, action FROM audit_sums WHERE began <= ? OR began > ? LIMIT 1000"));
        query.bind(to_column(now - sum_length)).bind(to_column(now));
        while (TRY(query.step())) over.push_back({query.integer(0), query.text(1), query.text(2)});
    }
    for (const auto& key : over) TRY(close_sum(key.subject, key.source, key.action));
    return {};
}

}  // namespace userd::store
