// SPDX-License-Identifier: LGPL-2.1-or-later
// The policy for one-time codes of many users at once.
#include "daemon/store/mfa_policies.h"

#include <fmt/core.h>

#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/store.h"

namespace userd::store {
namespace {

// Of the user u, as MfaPolicy's number. ?1: where nobody says anything; ?2: now, in seconds.
// clang-format off
#define USERD_RANK(word) "CASE " word " WHEN 'off' THEN 1 WHEN 'optional' THEN 2 ELSE 3 END"
#define USERD_MFA_POLICY                                                                            \
    "CASE WHEN u.mfa <> 'inherit' THEN " USERD_RANK("u.mfa") " ELSE coalesce("                      \
    "(SELECT max(" USERD_RANK("g.mfa") ") FROM groups g WHERE g.mfa <> 'inherit' AND "              \
    "(g.id = u.primary_group OR g.id IN (SELECT m.group_id FROM members m WHERE m.user_id = u.id "  \
    "AND m.removed = 0 AND (m.until IS NULL OR m.until > ?2)))), ?1) END"
// clang-format on
static_assert(static_cast<int>(MfaPolicy::off) == 1 && static_cast<int>(MfaPolicy::optional) == 2 &&
              static_cast<int>(MfaPolicy::required) == 3);

std::int64_t number(MfaPolicy policy) {
    return static_cast<std::int64_t>(policy);
}

Result<MfaPolicies> read(Query query) {
    MfaPolicies policies;
    while (TRY(query.step()))
        policies.emplace(ObjectId{query.integer(0)}, static_cast<MfaPolicy>(query.integer(1)));
    return policies;
}

// For json_each().
std::string list_of(std::span<const ObjectId> users) {
    std::string list = "[";
    for (const auto user : users) list += fmt::format("{}{}", list.size() == 1 ? "" : ",", user.value);
    return list + ']';
}

}  // namespace

Result<MfaPolicies> mfa_policies_of(Store& store, std::span<const ObjectId> users, MfaPolicy otherwise,
                                    Time now) {
    auto query = TRY(store.database().query("SELECT u.id, " USERD_MFA_POLICY
                                            " FROM users u WHERE u.id IN (SELECT value FROM json_each(?3))"));
    query.bind(number(otherwise)).bind(to_unix(now)).bind(list_of(users));
    return read(std::move(query));
}

Result<MfaPolicies> mfa_policies_in(Store& store, ObjectId group, MfaPolicy otherwise, Time now) {
    auto query = TRY(store.database().query(
        "SELECT u.id, " USERD_MFA_POLICY
        " FROM users u WHERE u.id IN (SELECT user_id FROM members WHERE group_id = ?3 AND removed = 0 AND "
        "user_id IS NOT NULL UNION SELECT id FROM users WHERE primary_group = ?3)"));
    query.bind(number(otherwise)).bind(to_unix(now)).bind(group.value);
    return read(std::move(query));
}

// A service user logs in with keys alone.
Result<std::uint64_t> open_enrolments(Store& store, std::span<const ObjectId> users, MfaPolicy otherwise,
                                      Time now, Time until) {
    auto query = TRY(store.database().query(
        "UPDATE users AS u SET enrol_until = ?3 WHERE u.id IN (SELECT value FROM json_each(?4)) AND "
        "u.kind <> 'service' AND coalesce(u.enrol_until, ?5) <= ?5 AND NOT EXISTS (SELECT 1 FROM totp t "
        "WHERE t.user_id = u.id) AND (" USERD_MFA_POLICY ") = 3 RETURNING id"));
    query.bind(number(otherwise)).bind(to_unix(now)).bind(to_column(until));
    query.bind(list_of(users)).bind(to_column(now));
    std::uint64_t opened = 0;
    while (TRY(query.step())) ++opened;
    return opened;
}

}  // namespace userd::store
