// SPDX-License-Identifier: LGPL-2.1-or-later
// The list of users: filters, order and page are SQL's, so a page costs no more than its rows and the scan.
// Only words of the tables below reach the text; values are bound.
#include <algorithm>
#include <variant>

#include "daemon/model/words.h"
#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/user_row.h"
#include "daemon/store/users.h"

namespace userd::store {

namespace {

using Bound = std::variant<std::int64_t, std::string>;

// A WHERE clause that grows.
class Where {
 public:
    void add(std::string_view condition, std::initializer_list<Bound> values = {}) {
        text_ += text_.empty() ? "WHERE " : " AND ";
        text_ += condition;
        values_.insert(values_.end(), values);
    }
    void append(const std::vector<Bound>& values) {
        values_.insert(values_.end(), values.begin(), values.end());
    }
    void equals(std::string_view column, const std::string& value) {
        if (!value.empty()) add(fmt::format("{} = ?", column), {value});
    }
    const std::string& text() const { return text_; }
    void bind(Query& query) const {
        for (const auto& value : values_) std::visit([&](const auto& v) { query.bind(v); }, value);
    }

 private:
    std::string text_;
    std::vector<Bound> values_;
};

void add_group(Where& where, const UserFilter& filter) {
    if (filter.group.empty()) return;
    const std::int64_t now = to_unix(filter.now);
    where.add(
        "(pg.name = ? OR u.id IN (SELECT m.user_id FROM members m JOIN groups g ON g.id = m.group_id WHERE "
        "g.name = "
        "? AND m.removed = 0 AND (m.until IS NULL OR m.until > ?)) OR u.id IN (SELECT user_id FROM "
        "local_members "
        "WHERE name = ? AND (until IS NULL OR until > ?)) OR (u.primary_group IS NULL AND u.name = ?))",
        {filter.group, filter.group, now, filter.group, now, filter.group});
}

void add_text(Where& where, const UserFilter& filter) {
    if (filter.text.empty()) return;
    const auto pattern = like_pattern(filter.text);
    std::string any;
    std::vector<Bound> values;
    const auto in = [&](bool wanted, std::initializer_list<std::string_view> conditions) {
        if (!wanted) return;
        for (const auto condition : conditions) {
            any += fmt::format("{}{}", any.empty() ? "" : " OR ", condition);
            values.emplace_back(pattern);
        }
    };
    in(filter.in_name, {"u.name LIKE ? ESCAPE '\\'", "u.display_name LIKE ? ESCAPE '\\'"});
    in(filter.in_name && filter.in_full_name,
       {"u.first_name LIKE ? ESCAPE '\\'", "u.last_name LIKE ? ESCAPE '\\'"});
    in(filter.in_mail, {"u.email LIKE ? ESCAPE '\\'"});
    in(filter.in_phone, {"u.phone LIKE ? ESCAPE '\\'"});
    in(filter.in_tag, {"u.id IN (SELECT user_id FROM user_tags WHERE tag LIKE ? ESCAPE '\\')"});
    in(filter.in_metadata, {"u.metadata LIKE ? ESCAPE '\\'"});
    where.add(fmt::format("({})", any.empty() ? "0" : any), {});
    where.append(values);
}

void add_times(Where& where, const UserFilter& filter) {
    if (filter.never_logged_in) where.add("u.last_login IS NULL");
    if (filter.last_login_before) {
        const auto time = to_column(*filter.last_login_before);
        where.add("(u.last_login < ? OR (u.last_login IS NULL AND u.created_at < ?))", {time, time});
    }
    if (filter.expires_before) where.add("u.expires < ?", {to_column(*filter.expires_before)});
}

Where where_of(const UserFilter& filter) {
    Where where;
    if (filter.state) where.add("u.state = ?", {std::string(to_word(*filter.state))});
    if (filter.locked)
        where.add(
            fmt::format("{}EXISTS (SELECT 1 FROM tickets t WHERE t.user_id = u.id AND t.locked_until > ?)",
                        *filter.locked ? "" : "NOT "),
            {to_column(filter.now)});
    if (filter.enrolled)
        where.add(fmt::format("{}EXISTS (SELECT 1 FROM totp t WHERE t.user_id = u.id)",
                              *filter.enrolled ? "" : "NOT "));
    add_group(where, filter);
    if (!filter.tag.empty()) where.add("u.id IN (SELECT user_id FROM user_tags WHERE tag = ?)", {filter.tag});
    where.equals("u.source", filter.source);
    where.equals("u.class", filter.user_class);
    where.equals("u.kind", filter.kind);
    where.equals("u.set_name", filter.set);
    add_times(where, filter);
    add_text(where, filter);
    return where;
}

}  // namespace

const std::vector<std::string_view>& user_sort_words() {
    static const std::vector<std::string_view> words = {
        "name",       "uid",     "first_name", "last_name",  "display_name", "email",      "phone",
        "shell",      "home",    "kind",       "class",      "state",        "mfa",        "source",
        "not_before", "expires", "created_at", "updated_at", "created_by",   "last_login", "generation"};
    return words;
}

Result<UserPage> Users::list(const UserFilter& filter, std::uint64_t offset, std::uint64_t limit) {
    const auto& words = user_sort_words();
    const auto word = std::find(words.begin(), words.end(), filter.sort);
    if (word == words.end()) return fail(Errc::invalid, "sort by {}: there is no such order", filter.sort);
    const auto where = where_of(filter);
    UserPage page;
    auto count = TRY(database_.prepare(fmt::format("SELECT count(*){}{}", USERD_USER_TABLES, where.text())));
    where.bind(count);
    TRY(count.step());
    page.total = static_cast<std::uint64_t>(count.integer(0));

    const std::string_view direction = filter.descending ? "DESC" : "ASC";
    auto query =
        TRY(database_.prepare(fmt::format("SELECT " USERD_USER_COLUMNS "{}{} ORDER BY u.{} {}, u.name "
                                          "LIMIT ? OFFSET ?",
                                          USERD_USER_TABLES, where.text(), *word, direction)));
    where.bind(query);
    query.bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.users.push_back(read_user(query));
    return page;
}

}  // namespace userd::store
