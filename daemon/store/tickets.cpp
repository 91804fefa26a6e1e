// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/tickets.h"

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {
namespace {

Counter counter_from(const Query& query, int column) {
    Counter counter;
    counter.failures = static_cast<unsigned>(query.integer(column));
    counter.open = static_cast<unsigned>(query.integer(column + 1));
    counter.total = static_cast<unsigned>(query.integer(column + 2));
    counter.locks = static_cast<unsigned>(query.integer(column + 3));
    counter.locked_until = time_of(query, column + 4);
    counter.last_failure = time_of(query, column + 5);
    return counter;
}

}  // namespace

Result<std::string> Tickets::counter_of(ObjectId user, std::string_view source, Time since) const {
    if (source == "local") return std::string(source);
    auto query = TRY(database_.query(
        "SELECT 1 FROM known_sources WHERE user_id = ? AND source = ? AND last_success >= ?"));
    const bool known = TRY(query.bind(user.value).bind(source).bind(to_column(since)).step());
    return known ? std::string(source) : std::string();
}

Result<Counter> Tickets::find(ObjectId user, std::string_view counter) const {
    auto query =
        TRY(database_.query("SELECT failures, open, total, locks, locked_until, last_failure "
                            "FROM tickets WHERE user_id = ? AND source = ?"));
    if (!TRY(query.bind(user.value).bind(counter).step())) return Counter{};
    return counter_from(query, 0);
}

Result<void> Tickets::put(ObjectId user, std::string_view counter, const Counter& value) {
    auto query =
        TRY(database_.query("INSERT OR REPLACE INTO tickets (user_id, source, failures, open, total, locks, "
                            "locked_until, last_failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
    query.bind(user.value).bind(counter);
    query.bind(std::int64_t{value.failures}).bind(std::int64_t{value.open}).bind(std::int64_t{value.total});
    query.bind(std::int64_t{value.locks}).bind(to_column(value.locked_until));
    return query.bind(to_column(value.last_failure)).run();
}

Result<void> Tickets::put_decoy(Time now) {
    TRY(find({}, {}));
    auto query = TRY(database_.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('decoy_ticket', ?)"));
    return query.bind(to_column(now)).run();
}

Result<void> Tickets::know_source(ObjectId user, std::string_view source, Time now, unsigned keep) {
    auto again =
        TRY(database_.query("UPDATE known_sources SET last_success = ?3 WHERE user_id = ?1 AND source = ?2"));
    TRY(again.bind(user.value).bind(source).bind(to_column(now)).run());
    if (database_.changes() > 0) return {};
    auto insert =
        TRY(database_.query("INSERT INTO known_sources (user_id, source, last_success) VALUES (?, ?, ?)"));
    TRY(insert.bind(user.value).bind(source).bind(to_column(now)).run());
    // This one stays also where the others were noted on a clock that ran ahead.
    auto trim = TRY(
        database_.query("DELETE FROM known_sources WHERE user_id = ?1 AND source = (SELECT source FROM "
                        "known_sources WHERE user_id = ?1 ORDER BY source = ?3 DESC, last_success DESC LIMIT "
                        "1 OFFSET ?2)"));
    return trim.bind(user.value).bind(std::int64_t{keep}).bind(source).run();
}

Result<std::vector<Tickets::Row>> Tickets::list_unsettled(Time latest) const {
    auto query = TRY(
        database_.query("SELECT user_id, source, failures, open, total, locks, locked_until, last_failure "
                        "FROM tickets WHERE open > 0 OR (locked_until > ? AND locked_until < ?)"));
    query.bind(to_column(latest)).bind(to_column(until_unlocked));
    std::vector<Row> rows;
    while (TRY(query.step()))
        rows.push_back({ObjectId{query.integer(0)}, query.text(1), counter_from(query, 2)});
    return rows;
}

Result<void> Tickets::move_locks(Duration by, Time latest) {
    auto query = TRY(database_.query(
        "UPDATE tickets SET locked_until = min(locked_until + ?1, ?2) WHERE locked_until < ?3"));
    return query.bind(std::int64_t{by.count()}).bind(to_column(latest)).bind(to_column(until_unlocked)).run();
}

Result<std::optional<Time>> Tickets::locked_until(ObjectId user) const {
    auto query = TRY(database_.query("SELECT max(locked_until) FROM tickets WHERE user_id = ?"));
    TRY(query.bind(user.value).step());
    return time_of(query, 0);
}

Result<bool> Tickets::clear(ObjectId user) {
    auto query =
        TRY(database_.query("UPDATE tickets SET failures = 0, total = 0, locks = 0, locked_until = NULL "
                            "WHERE user_id = ? AND (failures > 0 OR total > 0 OR locks > 0 OR "
                            "locked_until IS NOT NULL)"));
    TRY(query.bind(user.value).run());
    return database_.changes() > 0;
}

Result<Tickets::Locked> Tickets::count_locked(Time now) const {
    auto query =
        TRY(database_.query("SELECT count(DISTINCT user_id), count(*) FILTER (WHERE locked_until = ?2) FROM "
                            "tickets WHERE locked_until > ?1"));
    TRY(query.bind(to_column(now)).bind(to_column(until_unlocked)).step());
    return Locked{static_cast<std::uint64_t>(query.integer(0)), static_cast<std::uint64_t>(query.integer(1))};
}

}  // namespace userd::store
