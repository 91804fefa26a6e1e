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
    auto trim = TRY(
        database_.query("DELETE FROM known_sources WHERE user_id = ?1 AND source = (SELECT source FROM "
                        "known_sources WHERE user_id = ?1 ORDER BY last_success DESC LIMIT 1 OFFSET ?2)"));
    return trim.bind(user.value).bind(std::int64_t{keep}).run();
}

Result<std::vector<Tickets::Row>> Tickets::list_open() const {
    auto query = TRY(
        database_.query("SELECT user_id, source, failures, open, total, locks, locked_until, last_failure "
                        "FROM tickets WHERE open > 0"));
    std::vector<Row> rows;
    while (TRY(query.step()))
        rows.push_back({ObjectId{query.integer(0)}, query.text(1), counter_from(query, 2)});
    return rows;
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

}  // namespace userd::store
