// SPDX-License-Identifier: LGPL-2.1-or-later
// Directory servers, and how far each is followed.
#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/remote.h"

namespace userd::store {

namespace {

#define USERD_SOURCE_COLUMNS "id, name, tag, cookie, tie, enumerate, judged_by, synced_at, compared_at"

RemoteSource read_source(const Query& row) {
    return {row.integer(0),      row.text(1), row.text(2),     text_of(row.blob(3)), text_of(row.blob(4)),
            row.integer(5) != 0, row.text(6), time_of(row, 7), time_of(row, 8)};
}

}  // namespace

Result<std::vector<RemoteSource>> Remote::sources() {
    auto query = TRY(database_.query("SELECT " USERD_SOURCE_COLUMNS " FROM remote_sources"));
    std::vector<RemoteSource> all;
    while (TRY(query.step())) all.push_back(read_source(query));
    return all;
}

Result<std::optional<RemoteSource>> Remote::find_source(std::string_view name) {
    auto query = TRY(database_.query("SELECT " USERD_SOURCE_COLUMNS " FROM remote_sources WHERE name = ?"));
    query.bind(name);
    if (!TRY(query.step())) return std::nullopt;
    return read_source(query);
}

Result<RemoteSource> Remote::make_source(std::string_view name) {
    auto query =
        TRY(database_.query("INSERT OR IGNORE INTO remote_sources (name, tag) VALUES (?1, 'ldap:' || ?1)"));
    TRY(query.bind(name).run());
    return *TRY(find_source(name));
}

Result<void> Remote::set_cookie(std::int64_t source, std::string_view cookie, std::string_view tie,
                                std::optional<Time> synced_at) {
    auto query = TRY(database_.query(
        "UPDATE remote_sources SET cookie = ?, tie = ?, synced_at = ifnull(?, synced_at) WHERE id = ?"));
    query.bind_blob(bytes_of(cookie)).bind_blob(bytes_of(tie)).bind(to_column(synced_at));
    return query.bind(source).run();
}

Result<void> Remote::set_judged(std::int64_t source, std::string_view by, bool enumerate) {
    auto query = TRY(database_.query("UPDATE remote_sources SET judged_by = ?, enumerate = ? WHERE id = ?"));
    return query.bind(by).bind(std::int64_t{enumerate}).bind(source).run();
}

Result<void> Remote::set_compared(std::int64_t source, Time when) {
    auto query = TRY(database_.query("UPDATE remote_sources SET compared_at = ? WHERE id = ?"));
    return query.bind(to_column(when)).bind(source).run();
}

Result<void> Remote::begin_staging(std::int64_t source) {
    auto query = TRY(database_.query("UPDATE remote_sources SET staging = 1 WHERE id = ? AND staging = 0"));
    return query.bind(source).run();
}

Result<void> Remote::end_staging(std::int64_t source) {
    auto query = TRY(database_.query("UPDATE remote_sources SET staging = 0 WHERE id = ? AND staging <> 0"));
    return query.bind(source).run();
}

Result<bool> Remote::is_staging(std::int64_t source) {
    auto query = TRY(database_.query("SELECT staging FROM remote_sources WHERE id = ?"));
    query.bind(source);
    return TRY(query.step()) && query.integer(0) != 0;
}

}  // namespace userd::store
