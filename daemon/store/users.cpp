// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/users.h"

#include <algorithm>

#include "daemon/model/words.h"
#include "daemon/store/database.h"
#include "daemon/store/user_row.h"

// Short lists are sorted here: SQLite opens a sorter before it knows that there is nothing to sort, which
// costs more than the whole of a lookup.
namespace userd::store {

namespace {

Result<std::optional<User>> first(Query& query) {
    if (!TRY(query.step())) return std::nullopt;
    return read_user(query);
}

Result<std::vector<User>> all(Query& query) {
    std::vector<User> users;
    while (TRY(query.step())) users.push_back(read_user(query));
    return users;
}

// The columns that both INSERT and UPDATE set, in the order of their statements. Views of the user.
void bind_columns(Query& query, const User& user, std::string_view email_folded) {
    query.bind_view(user.name).bind(std::int64_t{user.uid});
    user.primary_group ? query.bind(user.primary_group.value) : query.bind_null();
    query.bind_view(user.first_name)
        .bind_view(user.last_name)
        .bind_view(user.display_name)
        .bind_view(user.email);
    email_folded.empty() ? query.bind_null() : query.bind_view(email_folded);
    query.bind_view(user.phone)
        .bind_view(user.shell)
        .bind_view(user.home)
        .bind_view(to_word(user.kind))
        .bind_view(user.user_class);
    query.bind_view(user.notify).bind_view(to_word(user.state)).bind_view(user.state_reason);
    query.bind(to_column(user.suspended_until))
        .bind(std::int64_t{user.collides})
        .bind_view(to_word(user.mfa));
    query.bind(to_column(user.enrol_until)).bind(to_column(user.not_before)).bind(to_column(user.expires));
    query.bind(to_column(user.expires_there));
    query.bind(std::int64_t{user.must_change})
        .bind_view(user.metadata.empty() ? std::string_view("{}") : user.metadata);
    query.bind_view(user.source);
    user.set.empty() ? query.bind_null() : query.bind_view(user.set);
    query.bind(to_column(user.created_at)).bind(to_column(user.updated_at)).bind_view(user.created_by);
    query.bind(to_column(user.last_login)).bind(static_cast<std::int64_t>(user.generation));
    query.bind(user.id.value);
}

}  // namespace

User read_user(const Query& row) {
    User user;
    int column = 0;
    const auto text = [&] { return row.text(column++); };
    const auto number = [&] { return row.integer(column++); };
    const auto time = [&] { return to_time(row.optional_integer(column++)); };
    user.id = ObjectId{number()};
    user.name = text();
    user.uid = static_cast<std::uint32_t>(number());
    user.primary_group = ObjectId{number()};
    user.gid = static_cast<std::uint32_t>(number());
    user.first_name = text();
    user.last_name = text();
    user.display_name = text();
    user.email = text();
    user.phone = text();
    user.shell = text();
    user.home = text();
    user.kind = parse_word<UserKind>(text()).value_or(UserKind::person);
    user.state = parse_word<UserState>(text()).value_or(UserState::pending);
    user.state_reason = text();
    user.suspended_until = time();
    user.collides = number() != 0;
    user.mfa = parse_word<MfaPolicy>(text()).value_or(MfaPolicy::required);
    user.enrol_until = time();
    user.not_before = time();
    user.expires = time();
    user.expires_there = time();
    user.must_change = number() != 0;
    user.user_class = text();
    user.notify = text();
    user.source = text();
    user.set = text();
    user.created_by = text();
    user.metadata = text();
    user.created_at = to_time(number());
    user.updated_at = to_time(number());
    user.last_login = time();
    user.generation = static_cast<std::uint64_t>(number());
    return user;
}

Result<std::optional<User>> Users::find(ObjectId id) {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "WHERE u.id = ?"));
    query.bind(id.value);
    return first(query);
}

Result<std::optional<User>> Users::find_by_name(std::string_view name) {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "WHERE u.name = ?"));
    query.bind(name);
    return first(query);
}

Result<std::optional<User>> Users::find_by_uid(std::uint32_t uid) {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "WHERE u.uid = ?"));
    query.bind(std::int64_t{uid});
    return first(query);
}

Result<std::vector<User>> Users::find_by_email(std::string_view folded) {
    auto query = TRY(
        database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "WHERE u.email_folded = ? LIMIT 10"));
    query.bind(folded);
    auto users = TRY(all(query));
    std::sort(users.begin(), users.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return users;
}

Result<std::vector<User>> Users::colliding() {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES "WHERE u.collides <> 0"));
    return all(query);
}

Result<std::vector<User>> Users::suspended_until(Time now) {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES
                                     "WHERE u.suspended_until <= ? LIMIT 1000"));
    query.bind(to_column(now));
    return all(query);
}

Result<std::vector<User>> Users::expired(Time after, Time until) {
    auto query = TRY(database_.query("SELECT " USERD_USER_COLUMNS USERD_USER_TABLES
                                     "WHERE (u.expires > ?1 AND u.expires <= ?2) OR "
                                     "(u.expires_there > ?1 AND u.expires_there <= ?2)"));
    query.bind(to_column(after)).bind(to_column(until));
    return all(query);
}

Result<void> Users::insert(const User& user, std::string_view email_folded) {
    auto query = TRY(database_.query(
        "INSERT INTO users (name, uid, primary_group, first_name, last_name, display_name, "
        "email, email_folded, phone, shell, home, kind, class, notify, state, state_reason, "
        "suspended_until, collides, mfa, enrol_until, not_before, expires, expires_there, must_change, "
        "metadata, source, set_name, created_at, updated_at, created_by, last_login, generation, "
        "id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?, ?, ?, ?, ?)"));
    bind_columns(query, user, email_folded);
    return query.run();
}

Result<void> Users::update(const User& user, std::string_view email_folded) {
    auto query = TRY(database_.query(
        "UPDATE users SET name = ?, uid = ?, primary_group = ?, first_name = ?, last_name = ?, "
        "display_name = ?, email = ?, email_folded = ?, phone = ?, shell = ?, home = ?, kind = "
        "?, class = ?, notify = ?, state = ?, state_reason = ?, suspended_until = ?, collides = "
        "?, mfa = ?, enrol_until = ?, not_before = ?, expires = ?, expires_there = ?, must_change = ?, "
        "metadata = "
        "?, source = ?, set_name = ?, created_at = ?, updated_at = ?, created_by = ?, last_login "
        "= ?, generation = ? WHERE id = ?"));
    bind_columns(query, user, email_folded);
    return query.run();
}

Result<void> Users::remove(ObjectId id) {
    auto query = TRY(database_.query("DELETE FROM users WHERE id = ?"));
    return query.bind(id.value).run();
}

Result<void> Users::touch(ObjectId id, std::uint64_t generation) {
    auto query = TRY(database_.query("UPDATE users SET generation = ? WHERE id = ?"));
    return query.bind(static_cast<std::int64_t>(generation)).bind(id.value).run();
}

Result<void> Users::record_login(ObjectId id, Time now) {
    auto query = TRY(database_.query("UPDATE users SET last_login = ? WHERE id = ?"));
    return query.bind(to_column(now)).bind(id.value).run();
}

Result<std::vector<std::string>> Users::tags(ObjectId id) {
    auto query = TRY(database_.query("SELECT tag FROM user_tags WHERE user_id = ? ORDER BY tag"));
    query.bind(id.value);
    std::vector<std::string> tags;
    while (TRY(query.step())) tags.push_back(query.text(0));
    return tags;
}

Result<void> Users::set_tags(ObjectId id, const std::vector<std::string>& tags) {
    auto clear = TRY(database_.query("DELETE FROM user_tags WHERE user_id = ?"));
    TRY(clear.bind(id.value).run());
    for (const auto& tag : tags) {
        auto insert = TRY(database_.query("INSERT OR IGNORE INTO user_tags (user_id, tag) VALUES (?, ?)"));
        TRY(insert.bind(id.value).bind(tag).run());
    }
    return {};
}

Result<std::vector<std::string>> Users::sets() {
    auto query = TRY(database_.query(
        "SELECT ifnull(set_name, '') FROM users UNION SELECT ifnull(set_name, '') FROM groups ORDER BY 1"));
    std::vector<std::string> names;
    while (TRY(query.step())) names.push_back(query.text(0));
    return names;
}

Result<std::vector<std::string>> Users::with_primary_group(ObjectId group, unsigned limit) {
    auto query = TRY(database_.query("SELECT name FROM users WHERE primary_group = ? ORDER BY name LIMIT ?"));
    query.bind(group.value).bind(std::int64_t{limit});
    std::vector<std::string> names;
    while (TRY(query.step())) names.push_back(query.text(0));
    return names;
}

}  // namespace userd::store
