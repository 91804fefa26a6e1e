// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/ways.h"

#include "daemon/login/account_keys.h"
#include "daemon/login/password_policy.h"
#include "daemon/login/remote_source.h"
#include "daemon/model/origin.h"
#include "daemon/store/credentials.h"

namespace userd {
namespace {

bool lasts(const std::optional<Time>& end, Time now, Until until) {
    return !end || (until == Until::now && now < *end);
}

// The account phase of who has given a code or not.
Reason account_reason(const Visit& visit, bool code) {
    const Access access = access_of(visit.config, visit.entrance, visit.person, visit.local);
    const Demand demand = demand_of(visit.config, visit.entrance, visit.person);
    User user = visit.user;
    user.must_change =
        must_change(policy_of_passwords(visit.config), visit.user, visit.means.password_set, visit.now);
    return judge_account(user, visit.entrance, access, demand, code, visit.means.password, visit.now).reason;
}

// In the order in which a try is judged (tries.cpp), all answers being right.
Way by_password(const Visit& visit) {
    Way way{Way::By::password, false, Reason::none};
    const Demand demand = demand_to_prove(visit.config, visit.entrance, visit.person);
    way.code = !is_met(demand, {true, visit.remembered, false});
    if (visit.locked)
        way.reason = Reason::locked_out;
    else if (const Reason standing = standing_of(visit.user); standing != Reason::none)
        way.reason = standing;
    else if (!visit.means.password)
        way.reason = Reason::no_password;
    else if (!can_be_checked(visit))
        way.reason = Reason::ldap_unreachable;
    else if (!is_met(demand, {true, true, false}))
        way.reason = Reason::not_allowed;
    else if (way.code && visit.means.sealed)
        way.reason = Reason::internal;
    else if (way.code && !visit.means.code())
        way.reason = Reason::mfa_missing;
    else
        way.reason = account_reason(visit, way.code || visit.remembered);
    return way;
}

}  // namespace

Result<Means> load_means(store::Store& store, const User& user, Time now, Until until) {
    auto& table = store.credentials();
    Means means;
    if (const auto password = TRY(table.find_password(user.id))) {
        means.password = true;
        means.password_set = password->changed_at;
    }
    // It ends with the server, or with what is kept of it: an admin who has nothing else is shut out then.
    if (is_mirrored(user)) means.password = until == Until::now;
    if (const auto offline = TRY(table.find_offline_password(user.id)))
        means.password_found_right = offline->checked_at;
    const auto totp = TRY(table.find_totp(user.id));
    means.totp = totp && totp->secret;
    means.sealed = (totp && !totp->secret) || !table.has_key();
    if (until == Until::now)
        means.spare = TRY(table.count_codes(user.id, store::CodeKind::recovery, now)) > 0 ||
                      TRY(table.count_codes(user.id, store::CodeKind::temporary, now)) > 0;
    means.enrols = !totp && means.password && user.enrol_until && now < *user.enrol_until;
    for (const auto& key : TRY(keys_of(store, user))) means.key = means.key || lasts(key.expires, now, until);
    return means;
}

std::optional<Time> offline_until(const Visit& visit) {
    if (!visit.means.password_found_right) return std::nullopt;
    return offline_until(visit.config, visit.user, {"", *visit.means.password_found_right});
}

bool can_be_checked(const Visit& visit) {
    if (!visit.away_since) return true;
    const auto until = offline_until(visit);
    return until && visit.now < *until;
}

std::vector<Way> ways_of(const Visit& visit) {
    if (voice_at(visit.entrance) != Voice::all_rules)
        return {{Way::By::vouched, false, account_reason(visit, false)}};
    std::vector<Way> ways{by_password(visit)};
    if (!visit.means.key || visit.entrance.service != "sshd") return ways;
    // sshd alone has checked the key; or it asks on, and then the key counts for what was to be proved.
    const Way alone{Way::By::key, false, account_reason(visit, visit.remembered)};
    const auto at = visit.means.password ? ways.end() : ways.begin();
    const Demand demand = demand_to_prove(visit.config, visit.entrance, visit.person);
    const bool code = !is_met(demand, {visit.means.password, visit.remembered, true});
    if (alone.reason == Reason::mfa_missing && !visit.locked && (!code || visit.means.code()) &&
        is_met(demand, {visit.means.password, code, true}))
        ways.insert(at, {Way::By::key_and_more, code, account_reason(visit, code || visit.remembered)});
    else
        ways.insert(at, alone);
    return ways;
}

}  // namespace userd
