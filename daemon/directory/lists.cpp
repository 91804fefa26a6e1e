// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/value_reader.h"
#include "daemon/model/origin.h"
#include "daemon/model/words.h"

namespace userd {

namespace {

constexpr std::uint64_t most_rows = 1000;

using store::GroupFilter;
using store::UserFilter;

Failure bad_query(std::string_view key, std::string_view why, std::string hint = {}) {
    return fail(Error{Errc::invalid, fmt::format("cannot list by {}: {}", escaped(key.substr(0, 64)), why),
                      std::move(hint), std::string(key.substr(0, 64))});
}

template <std::string UserFilter::*member>
Result<void> set_text(UserFilter& filter, const Value& value, std::string_view key) {
    filter.*member = TRY(read_text(value, key));
    return {};
}

// "corp" is short for "ldap:corp".
Result<std::string> read_source(const Value& value, std::string_view key) {
    auto text = TRY(read_text(value, key));
    if (text.empty() || text == local_origin || server_of(text) != "") return text;
    return fmt::format("{}{}", ldap_origin, text);
}

Result<void> set_source(UserFilter& filter, const Value& value, std::string_view key) {
    filter.source = TRY(read_source(value, key));
    return {};
}

Result<void> set_state(UserFilter& filter, const Value& value, std::string_view key) {
    filter.state = parse_word<UserState>(TRY(read_text(value, key)));
    if (!filter.state) return bad_query(key, "there is no such state", "active, pending or suspended");
    return {};
}

Result<void> set_mfa(UserFilter& filter, const Value& value, std::string_view key) {
    const auto text = TRY(read_text(value, key));
    if (text != "yes" && text != "no") return bad_query(key, "yes or no is needed");
    filter.enrolled = text == "yes";
    return {};
}

Result<void> set_locked(UserFilter& filter, const Value& value, std::string_view key) {
    filter.locked = TRY(read_flag(value, key));
    return {};
}

Result<void> set_never(UserFilter& filter, const Value& value, std::string_view key) {
    filter.never_logged_in = TRY(read_flag(value, key));
    return {};
}

Result<void> set_in(UserFilter& filter, const Value& value, std::string_view key) {
    filter.in_name = filter.in_mail = filter.in_phone = filter.in_tag = filter.in_metadata = false;
    for (const auto& word : TRY(read_list(value, key))) {
        if (word == "name")
            filter.in_name = true;
        else if (word == "mail")
            filter.in_mail = true;
        else if (word == "phone")
            filter.in_phone = true;
        else if (word == "tag")
            filter.in_tag = true;
        else if (word == "meta")
            filter.in_metadata = true;
        else
            return fail(Error{Errc::invalid,
                              fmt::format("nothing is searched in \"{}\"", escaped(word.substr(0, 64))),
                              "name, mail, phone, tag or meta", "in"});
    }
    return {};
}

Result<Duration> read_seconds(const Value& value, std::string_view key) {
    const auto seconds = TRY(read_number(value, key));
    if (seconds < 0 || seconds > INT64_C(100) * 366 * 86400)
        return bad_query(key, "a number of seconds is needed");
    return Duration(std::chrono::seconds(seconds));
}

Result<void> set_stale(UserFilter& filter, const Value& value, std::string_view key) {
    filter.last_login_before = filter.now - TRY(read_seconds(value, key));
    return {};
}

Result<void> set_expiring(UserFilter& filter, const Value& value, std::string_view key) {
    filter.expires_before = filter.now + TRY(read_seconds(value, key));
    return {};
}

Result<void> check_order(std::string_view whose, std::string_view word,
                         const std::vector<std::string_view>& words) {
    if (std::find(words.begin(), words.end(), word) != words.end()) return {};
    return bad_query("sort", fmt::format("{} have no order by \"{}\"", whose, escaped(word.substr(0, 64))),
                     std::string(nearest_word(word, words)));
}

Result<void> set_sort(UserFilter& filter, const Value& value, std::string_view key) {
    auto word = TRY(read_text(value, key));
    filter.descending = word.starts_with('-');
    filter.sort = filter.descending ? word.substr(1) : word;
    return check_order("users", filter.sort, store::user_sort_words());
}

// The keys of a query. A private key tells what only those may know who may read the field behind it.
struct QueryKey {
    std::string_view name;
    bool is_private;
    Result<void> (*set)(UserFilter& filter, const Value& value, std::string_view key);
};
const QueryKey query_keys[] = {
    {"state", false, set_state},
    {"group", false, set_text<&UserFilter::group>},
    {"source", false, set_source},
    {"kind", false, set_text<&UserFilter::kind>},
    {"role", true, set_text<&UserFilter::role>},
    {"tag", true, set_text<&UserFilter::tag>},
    {"class", true, set_text<&UserFilter::user_class>},
    {"set", true, set_text<&UserFilter::set>},
    {"mfa", true, set_mfa},
    {"locked", true, set_locked},
    {"never", true, set_never},
    {"stale", true, set_stale},
    {"expiring", true, set_expiring},
    {"text", false, set_text<&UserFilter::text>},
    {"in", false, set_in},
    {"sort", false, set_sort},
};

Failure private_query(std::string_view key) {
    return fail(Error{Errc::denied, fmt::format("not authorized: only an admin may list by {}", key), "",
                      std::string(key)});
}

Result<void> check_public(const UserFilter& filter) {
    if (filter.in_mail || filter.in_phone || filter.in_tag || filter.in_metadata) return private_query("in");
    const auto* field = find_user_field(filter.sort);
    if (field != nullptr && field->is_private) return private_query("sort");
    return {};
}

Result<UserFilter> read_query(const Fields& query, Time now, bool with_private) {
    UserFilter filter;
    filter.now = now;
    filter.in_full_name = with_private;
    // Without `in` a text is looked for wherever the caller may look.
    filter.in_mail = filter.in_phone = filter.in_tag = filter.in_metadata = with_private;
    for (const auto& [name, value] : query) {
        const auto* key = std::find_if(std::begin(query_keys), std::end(query_keys),
                                       [&](const QueryKey& row) { return row.name == name; });
        if (key == std::end(query_keys)) return bad_query(name, "there is no such filter");
        if (key->is_private && !with_private) return private_query(name);
        TRY(key->set(filter, value, name));
    }
    if (!with_private) TRY(check_public(filter));
    return filter;
}

Result<void> check_limit(std::uint64_t limit) {
    if (limit <= most_rows) return {};
    return fail(Error{Errc::limits, fmt::format("a page has at most {} rows", most_rows), "", "limit"});
}

}  // namespace

Result<Page> Directory::list_users(const Fields& query, std::uint64_t offset, std::uint64_t limit,
                                   bool with_private) const {
    TRY(check_limit(limit));
    const auto filter = TRY(read_query(query, impl_->clock.now(), with_private));
    return show_users(TRY(impl_->store.users().list(filter, offset, limit)), with_private);
}

// In the order of the name or the uid a page is read from an index; all else is looked for from end to end.
bool Directory::takes_long(const Fields& query) {
    return std::any_of(query.begin(), query.end(), [](const auto& entry) {
        const auto* order = entry.first == "sort" ? std::get_if<std::string>(&entry.second) : nullptr;
        return order == nullptr || (*order != "name" && *order != "uid");
    });
}

Result<Directory::UserSearch> Directory::search_users(const Fields& query, std::uint64_t offset,
                                                      std::uint64_t limit, bool with_private) const {
    TRY(check_limit(limit));
    return [path = impl_->store.path(), filter = TRY(read_query(query, impl_->clock.now(), with_private)),
            offset, limit] { return store::list_users(path, filter, offset, limit); };
}

Result<Page> Directory::show_users(const store::UserPage& found, bool with_private) const {
    Page page;
    page.total = found.total;
    page.rows.reserve(found.users.size());
    for (const auto& user : found.users) page.rows.push_back(TRY(impl_->user_record(user, with_private)));
    return page;
}

Result<Page> Directory::list_groups(const Fields& query, std::uint64_t offset, std::uint64_t limit) const {
    TRY(check_limit(limit));
    GroupFilter filter;
    for (const auto& [name, value] : query) {
        const auto text = TRY(read_text(value, name));
        if (name == "text")
            filter.text = text;
        else if (name == "source")
            filter.source = TRY(read_source(value, name));
        else if (name == "set")
            filter.set = text;
        else if (name == "sort") {
            filter.descending = text.starts_with('-');
            filter.sort = filter.descending ? text.substr(1) : text;
            TRY(check_order("groups", filter.sort, store::group_sort_words()));
        } else
            return bad_query(name, "there is no such filter");
    }
    const auto found = TRY(impl_->store.groups().list(filter, offset, limit));
    Page page;
    page.total = found.total;
    for (const auto& group : found.groups)
        page.rows.push_back(TRY(impl_->group_record(group, MembersShown::none)));
    return page;
}

}  // namespace userd
