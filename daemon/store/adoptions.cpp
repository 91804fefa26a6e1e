// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/adoptions.h"

#include "daemon/store/columns.h"
#include "daemon/store/database.h"

namespace userd::store {

Result<std::optional<Adoptions::Row>> Adoptions::find(ObjectId user, AdoptedThing what) {
    auto query = TRY(database_.query("SELECT state, at FROM adoptions WHERE user_id = ? AND what = ?"));
    query.bind(user.value).bind(to_word(what));
    if (!TRY(query.step())) return std::optional<Row>();
    const auto state = parse_word<AdoptionState>(query.text(0));
    if (!state) return fail(Errc::io, "the state of an adoption cannot be read");
    return std::optional(Row{*state, to_time(query.integer(1))});
}

Result<std::vector<ObjectId>> Adoptions::all(AdoptedThing what) {
    auto query = TRY(database_.query("SELECT user_id FROM adoptions WHERE what = ?"));
    query.bind(to_word(what));
    std::vector<ObjectId> users;
    while (TRY(query.step())) users.push_back({query.integer(0)});
    return users;
}

Result<std::set<ObjectId>> Adoptions::unsettled(AdoptedThing what) {
    auto query = TRY(database_.query("SELECT user_id FROM adoptions WHERE what = ? AND state <> 'taken'"));
    query.bind(to_word(what));
    std::set<ObjectId> users;
    while (TRY(query.step())) users.insert({query.integer(0)});
    return users;
}

Result<void> Adoptions::put(ObjectId user, AdoptedThing what, AdoptionState state, Time now) {
    auto query =
        TRY(database_.query("INSERT INTO adoptions (user_id, what, state, at) VALUES (?1, ?2, ?3, ?4) "
                            "ON CONFLICT DO UPDATE SET state = ?3, at = ?4"));
    return query.bind(user.value).bind(to_word(what)).bind(to_word(state)).bind(to_column(now)).run();
}

Result<void> Adoptions::remove(ObjectId user, AdoptedThing what) {
    auto query = TRY(database_.query("DELETE FROM adoptions WHERE user_id = ? AND what = ?"));
    return query.bind(user.value).bind(to_word(what)).run();
}

}  // namespace userd::store
