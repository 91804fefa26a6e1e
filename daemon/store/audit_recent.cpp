// SPDX-License-Identifier: LGPL-2.1-or-later
// What a login tells the person: the session before it, and who tried in vain since.
#include "daemon/store/audit_row.h"

namespace userd::store {
namespace {

RecentLogins::At read_place(const Query& row) {
    return {to_time(row.integer(1)), std::string(row.text(2)), std::string(row.text(3))};
}

// One try, or the last of some that were summed.
struct Failed {
    RecentLogins::At last;
    std::uint64_t count;
};

Failed read_failed(const Query& row) {
    return {read_place(row), static_cast<std::uint64_t>(std::max<std::int64_t>(row.integer(4), 1))};
}

void count_failed(RecentLogins& logins, const std::vector<Failed>& all) {
    for (const auto& [place, count] : all) {
        if (logins.last && place.time < logins.last->time) continue;  // a sum goes on over a login
        logins.failed += count;
        if (!logins.last_failed || logins.last_failed->time < place.time) logins.last_failed = place;
    }
}

}  // namespace

Result<RecentLogins> Audit::recent_logins(ObjectId user, bool (*is_login)(std::string_view service)) {
    RecentLogins logins;
    auto sums = TRY(database_.query(
        "SELECT action, last, json_extract(detail, '$.service'), json_extract(detail, '$.rhost'), count "
        "FROM audit_sums WHERE subject_id = ? AND action = 'login.denied' AND count > 0"));
    sums.bind(user.value);
    std::vector<Failed> failed;
    while (TRY(sums.step())) failed.push_back(read_failed(sums));
    auto rows = TRY(database_.query(
        "SELECT action, time, json_extract(detail, '$.service'), json_extract(detail, '$.rhost'), "
        "COALESCE(json_extract(detail, '$.count'), 1) FROM audit WHERE subject_id = ? ORDER BY seq DESC "
        "LIMIT ?"));
    rows.bind(user.value).bind(most_recent);
    std::int64_t seen = 0;
    while (TRY(rows.step())) {
        ++seen;
        const auto action = rows.text(0);
        if (action == "login.denied") failed.push_back(read_failed(rows));
        if (action != "session.open" || !is_login(rows.text(2))) continue;
        logins.last = read_place(rows);
        break;
    }
    logins.all = logins.last || seen < most_recent;
    count_failed(logins, failed);
    return logins;
}

}  // namespace userd::store
