// SPDX-License-Identifier: LGPL-2.1-or-later
// The list of users: filters, order and page are SQL's, so a page costs no more than its rows and the scan.
// Only words of the tables below reach the text; values are bound.
#include <fmt/ranges.h>

#include <algorithm>
#include <variant>

#include "daemon/model/words.h"
#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "daemon/store/text_search.h"
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
        "(pg.name = ? OR u.id IN (SELECT m.user_id FROM members m JOIN groups g ON g.id = "
        "m.group_id WHERE g.name = ? AND m.removed = 0 AND (m.until IS NULL OR m.until > ?)) OR "
        "u.id IN (SELECT user_id FROM local_members WHERE name = ? AND (until IS NULL OR until > "
        "?)) OR (u.primary_group IS NULL AND u.name = ?))",
        {filter.group, filter.group, now, filter.group, now, filter.group});
}

void add_text(Where& where, const UserFilter& filter) {
    if (filter.text.empty()) return;
    std::string columns;
    const auto in = [&](bool wanted, std::string_view names) {
        if (wanted) columns += fmt::format(", {}", names);
    };
    in(filter.in_name, "u.name, u.display_name");
    in(filter.in_name && filter.in_full_name, "u.first_name, u.last_name");
    in(filter.in_mail, "u.email");
    in(filter.in_phone, "u.phone");
    in(filter.in_metadata, "u.metadata");
    const std::string needle(filter.text);
    const auto in_columns = fmt::format("holds(?{})", columns);
    if (filter.in_tag)
        where.add(
            fmt::format("({} OR u.id IN (SELECT user_id FROM user_tags WHERE holds(?, tag)))", in_columns),
            {needle, needle});
    else
        where.add(in_columns, {needle});
}

void add_times(Where& where, const UserFilter& filter) {
    if (filter.never_logged_in) where.add("u.last_login IS NULL");
    if (filter.last_login_before) {
        const auto time = to_column(*filter.last_login_before);
        where.add("(u.last_login < ? OR (u.last_login IS NULL AND u.created_at < ?))", {time, time});
    }
    if (filter.expires_before) {
        const auto before = to_column(*filter.expires_before);
        where.add("(u.expires < ? OR u.expires_there < ?)", {before, before});
    }
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
    if (filter.role == "user")
        where.add("NOT EXISTS (SELECT 1 FROM user_roles h WHERE h.user_id = u.id)");
    else if (!filter.role.empty())
        where.add(
            "u.id IN (SELECT h.user_id FROM user_roles h JOIN roles r ON r.id = h.role_id WHERE r.name = ?)",
            {filter.role});
    if (!filter.tag.empty()) where.add("u.id IN (SELECT user_id FROM user_tags WHERE tag = ?)", {filter.tag});
    where.equals("u.source", filter.source);
    where.equals("u.class", filter.user_class);
    where.equals("u.kind", filter.kind);
    where.equals("u.set_name", filter.set);
    add_times(where, filter);
    add_text(where, filter);
    return where;
}

constexpr std::size_t most_ids = 2000;
constexpr std::uint64_t no_limit = INT64_MAX;

// Lists are in order as they are shown: their words sorted, with commas between. {now}: seconds since 1970.
struct Order {
    std::string_view word, key;
};
const Order orders[] = {
    {"name", "u.name"},
    {"uid", "u.uid"},
    {"id", "u.id"},
    {"gid", "coalesce(pg.gid, u.uid)"},
    {"first_name", "u.first_name"},
    {"last_name", "u.last_name"},
    {"display_name", "u.display_name"},
    {"email", "u.email"},
    {"phone", "u.phone"},
    {"shell", "u.shell"},
    {"home", "u.home"},
    {"kind", "u.kind"},
    {"primary_group", "ifnull(pg.name, 'private')"},
    {"groups",
     "(SELECT group_concat(name) FROM (SELECT g.name FROM members m JOIN groups g ON g.id = m.group_id WHERE "
     "m.user_id = u.id AND m.removed = 0 AND ifnull(m.until > {now}, 1) ORDER BY g.name))"},
    {"local_groups",
     "(SELECT group_concat(name) FROM (SELECT name FROM local_members WHERE user_id = u.id AND "
     "ifnull(until > {now}, 1) ORDER BY name))"},
    {"role",
     "ifnull((SELECT r.name FROM user_roles h JOIN roles r ON r.id = h.role_id WHERE h.user_id = u.id ORDER "
     "BY h.is_default DESC, r.name LIMIT 1), 'user')"},
    {"roles",
     "ifnull((SELECT group_concat(name) FROM (SELECT r.name FROM user_roles h JOIN roles r ON r.id = "
     "h.role_id WHERE h.user_id = u.id ORDER BY r.name)), 'user')"},
    {"class", "u.class"},
    {"tags", "(SELECT group_concat(tag) FROM (SELECT tag FROM user_tags WHERE user_id = u.id ORDER BY tag))"},
    {"metadata", "u.metadata"},
    {"state", "u.state"},
    {"state_reason", "u.state_reason"},
    {"suspended_until", "u.suspended_until"},
    {"mfa", "u.mfa"},
    {"factors", "EXISTS (SELECT 1 FROM totp t WHERE t.user_id = u.id)"},
    {"enrol_until", "u.enrol_until"},
    {"notify", "u.notify"},
    {"source", "u.source"},
    {"set", "u.set_name"},
    {"created_at", "u.created_at"},
    {"updated_at", "u.updated_at"},
    {"created_by", "u.created_by"},
    {"last_login", "u.last_login"},
    {"password_changed_at", "(SELECT p.changed_at FROM passwords p WHERE p.user_id = u.id)"},
    {"must_change", "u.must_change"},
    {"not_before", "u.not_before"},
    {"expires", "u.expires"},
    {"locked_until",
     "(SELECT max(t.locked_until) FROM tickets t WHERE t.user_id = u.id AND t.locked_until > {now})"},
    {"generation", "u.generation"},
};

Result<std::string> order_of(const UserFilter& filter) {
    const auto* order = std::find_if(std::begin(orders), std::end(orders),
                                     [&](const Order& row) { return row.word == filter.sort; });
    if (order == std::end(orders))
        return fail(Errc::invalid, "sort by {}: there is no such order", filter.sort);
    std::string key(order->key);
    if (const auto at = key.find("{now}"); at != std::string::npos)
        key.replace(at, 5, std::to_string(to_unix(filter.now)));
    return key;
}

// All that match, in one walk over the table: the order of an index would be a walk to and fro.
Result<UserPage> everybody(Database& database, const UserFilter& filter, const Where& where,
                           std::string_view order) {
    auto query = TRY(database.prepare(fmt::format("SELECT " USERD_USER_COLUMNS "{}{} ORDER BY +{} {}, u.name",
                                                  USERD_USER_TABLES, where.text(), order,
                                                  filter.descending ? "DESC" : "ASC")));
    where.bind(query);
    UserPage page;
    while (TRY(query.step())) page.users.push_back(read_user(query));
    page.total = page.users.size();
    return page;
}

struct Matches {
    std::uint64_t total = 0;
    std::vector<std::int64_t> ids;  // all of them, or none when they are many or all users match
};

Result<Matches> matches(Database& database, const Where& where, bool by_group) {
    Matches found;
    if (where.text().empty()) {
        auto count = TRY(database.query("SELECT count(*) FROM users"));
        TRY(count.step());
        found.total = static_cast<std::uint64_t>(count.integer(0));
        return found;
    }
    const std::string_view tables = by_group ? USERD_USER_TABLES : " FROM users u ";
    auto query = TRY(database.prepare(fmt::format("SELECT u.id{}{}", tables, where.text())));
    where.bind(query);
    for (; TRY(query.step()); ++found.total)
        if (found.total < most_ids) found.ids.push_back(query.integer(0));
    if (found.total > most_ids) found.ids.clear();
    return found;
}

}  // namespace

const std::vector<std::string_view>& user_sort_words() {
    static const std::vector<std::string_view> words = [] {
        std::vector<std::string_view> all;
        for (const auto& order : orders) all.push_back(order.word);
        return all;
    }();
    return words;
}

// A few matches are read by their ids. Of many the page is read in its order, which comes to its end soon;
// what is rare would be looked for once more through the whole table, row by row in the order of the index.
Result<UserPage> Users::list(const UserFilter& filter, std::uint64_t offset, std::uint64_t limit) {
    const auto order = TRY(order_of(filter));
    const auto where = where_of(filter);
    if (offset == 0 && limit >= no_limit) return everybody(database_, filter, where, order);
    const auto found = TRY(matches(database_, where, !filter.group.empty()));
    UserPage page;
    page.total = found.total;
    if (offset >= page.total || limit == 0) return page;

    const bool by_id = !found.ids.empty();
    auto query = TRY(database_.prepare(fmt::format(
        "SELECT " USERD_USER_COLUMNS "{}{} ORDER BY {} {}, u.name LIMIT ? OFFSET ?", USERD_USER_TABLES,
        by_id ? "WHERE u.id IN (SELECT value FROM json_each(?))" : where.text(), order,
        filter.descending ? "DESC" : "ASC")));
    if (by_id)
        query.bind(fmt::format("[{}]", fmt::join(found.ids, ",")));
    else
        where.bind(query);
    query.bind(static_cast<std::int64_t>(limit)).bind(static_cast<std::int64_t>(offset));
    while (TRY(query.step())) page.users.push_back(read_user(query));
    return page;
}

Result<UserPage> list_users(const std::string& path, const UserFilter& filter, std::uint64_t offset,
                            std::uint64_t limit) {
    const auto database = TRY(open_reader(path));
    return Users(*database).list(filter, offset, limit);
}

}  // namespace userd::store
