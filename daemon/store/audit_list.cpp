// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading the trail. The conditions are composed, so that SQLite sees which index serves.
#include "daemon/store/audit_row.h"
#include "daemon/store/store.h"

namespace userd::store {

namespace {

// Of rows and of open sums alike: they have the columns in common.
struct Condition {
    std::string sql = " WHERE 1";
    std::vector<std::string> texts;

    void add(std::string_view text, std::initializer_list<std::string> values) {
        sql.append(" AND ").append(text);
        texts.insert(texts.end(), values);
    }
};

void add_subject(Condition& condition, const AuditFilter& filter) {
    if (filter.subject_id && !filter.subject.empty())
        condition.add(fmt::format("(subject_id = {} OR (subject = ? AND COALESCE(subject_id, 0) = 0))",
                                  filter.subject_id.value),
                      {filter.subject});
    else if (filter.subject_id)
        condition.add(fmt::format("subject_id = {}", filter.subject_id.value), {});
    else if (!filter.subject.empty())
        condition.add("subject = ?", {filter.subject});
}

Condition condition_of(const AuditFilter& filter, bool in_sums) {
    Condition condition;
    add_subject(condition, filter);
    if (!filter.attempt.empty() && in_sums)
        condition.add("detail LIKE ? ESCAPE '\\'", {like_pattern('"' + filter.attempt + '"')});
    else if (!filter.attempt.empty())
        condition.add("attempt = ?", {filter.attempt});
    if (!filter.reason.empty()) condition.add("reason = ?", {filter.reason});
    if (filter.since) condition.add(fmt::format("time >= {}", to_column(*filter.since)), {});
    if (filter.txn != 0) condition.add(fmt::format("txn = {}", filter.txn), {});
    if (filter.after_seq > 0) condition.add(fmt::format("seq > {}", filter.after_seq), {});
    return condition;
}

void bind(Query& query, const Condition& condition) {
    for (const auto& text : condition.texts) query.bind(text);
}

Result<std::uint64_t> count(Database& database, const Condition& condition) {
    auto query = TRY(database.prepare("SELECT count(*) FROM audit" + condition.sql));
    bind(query, condition);
    TRY(query.step());
    return static_cast<std::uint64_t>(query.integer(0));
}

std::int64_t as_limit(std::uint64_t number) {
    return number > INT64_MAX ? INT64_MAX : static_cast<std::int64_t>(number);
}

bool has_reference(const AuditEntry& sum, const std::string& reference) {
    return sum.detail.find('"' + reference + '"') != std::string::npos;
}

}  // namespace

Result<std::vector<AuditEntry>> Audit::open_sums(const AuditFilter& filter) {
    auto query = TRY(
        database_.query("SELECT " USERD_SUM_COLUMNS " FROM audit_sums WHERE count > 0 ORDER BY last DESC"));
    std::vector<AuditEntry> sums;
    while (TRY(query.step())) {
        auto sum = read_audit_entry(query);
        const bool is_subject = (!filter.subject_id && filter.subject.empty()) ||
                                (filter.subject_id && sum.subject_id == filter.subject_id) ||
                                (!filter.subject_id && sum.subject == filter.subject);
        const bool is_meant = is_subject && filter.txn == 0 &&
                              (filter.attempt.empty() || has_reference(sum, filter.attempt)) &&
                              (filter.reason.empty() || has_reference(sum, filter.reason)) &&
                              (!filter.since || sum.time >= *filter.since);
        if (is_meant) sums.push_back(std::move(sum));
    }
    return sums;
}

Result<AuditPage> Audit::find(const AuditFilter& filter, bool in_sums, std::uint64_t offset,
                              std::uint64_t limit) {
    const auto condition = condition_of(filter, in_sums);
    AuditPage page;
    page.total = TRY(count(database_, condition));
    auto query = TRY(database_.prepare(
        fmt::format("SELECT " USERD_AUDIT_COLUMNS " FROM audit{} ORDER BY seq {} LIMIT {} OFFSET {}",
                    condition.sql, filter.oldest_first ? "ASC" : "DESC", as_limit(limit), as_limit(offset))));
    bind(query, condition);
    while (TRY(query.step())) page.entries.push_back(read_audit_entry(query));
    return page;
}

Result<AuditPage> Audit::page(AuditFilter filter, std::uint64_t offset, std::uint64_t limit) {
    std::vector<AuditEntry> sums;
    if (!filter.oldest_first && filter.after_seq == 0) sums = TRY(open_sums(filter));
    const auto skipped = std::min<std::uint64_t>(offset, sums.size());
    sums.erase(sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(skipped));
    if (sums.size() > limit) sums.resize(limit);
    auto page = TRY(find(filter, false, offset - skipped, limit - sums.size()));
    // The reference of a try that was summed stands inside the sum's row: that takes a look at all of them.
    if (!filter.attempt.empty() && page.total == 0 && sums.empty() && skipped == 0)
        page = TRY(find(filter, true, offset, limit));
    page.total += skipped + sums.size();
    page.entries.insert(page.entries.begin(), std::make_move_iterator(sums.begin()),
                        std::make_move_iterator(sums.end()));
    return page;
}

Result<std::vector<AuditEntry>> Audit::list(const AuditFilter& filter, std::uint64_t limit) {
    return TRY(page(filter, 0, limit)).entries;
}

Result<AuditPage> read_audit(const std::string& path, const AuditFilter& filter, std::uint64_t offset,
                             std::uint64_t limit) {
    auto database = TRY(open_reader(path));
    return Audit(*database).page(filter, offset, limit);
}

}  // namespace userd::store
