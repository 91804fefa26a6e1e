// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/way_in.h"

#include <algorithm>

#include "daemon/directory/rights.h"
#include "daemon/login/person.h"
#include "daemon/login/rules.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"
#include "daemon/store/users.h"

namespace userd {
namespace {

constexpr std::uint64_t most_admins = 1000;  // nobody looks further for the one that is needed

std::vector<Entrance> entrances_of(const Config& config) {
    std::vector<std::string> services{"sshd", "login"};
    std::vector<std::optional<Network>> addresses{std::nullopt, parse_address("192.0.2.1")};
    const auto visit = [&](const LoginLine& line) {
        services.insert(services.end(), line.services.begin(), line.services.end());
        addresses.insert(addresses.end(), line.networks.begin(), line.networks.end());
    };
    std::for_each(config.rules.begin(), config.rules.end(), visit);
    std::for_each(config.access.begin(), config.access.end(), visit);
    for (const auto& source : config.ldap) std::for_each(source.access.begin(), source.access.end(), visit);
    std::sort(services.begin(), services.end());
    services.erase(std::unique(services.begin(), services.end()), services.end());
    std::vector<Entrance> entrances;
    for (const auto& service : services) {
        if (is_inner(service)) continue;
        for (const auto& address : addresses) {
            Entrance entrance{service, address, false};
            if (voice_at(entrance) == Voice::all_rules) entrances.push_back(std::move(entrance));
        }
    }
    return entrances;
}

bool lasts(const std::optional<Time>& end, Time now, Until until) {
    return !end || (until == Until::now && now < *end);
}

// What says no to whoever comes.
bool is_closed_shell(std::string_view shell) {
    const auto name = shell.substr(shell.rfind('/') + 1);
    return name == "nologin" || name == "false";
}

Result<std::vector<ObjectId>> admins(store::Store& store, Time now) {
    std::vector<ObjectId> found;
    for (const auto& holder : TRY(store.roles().holders(Role::admin_id, 0, most_admins)).holders)
        found.push_back(holder.user);
    for (const auto group : root_equivalent_groups)
        for (const auto& member : TRY(store.groups().local_members(group, now))) found.push_back(member.user);
    return found;
}

Result<bool> is_admin(store::Store& store, ObjectId id, Time now, Until until) {
    for (const auto& role : TRY(store.roles().of_user(id)))
        if (role.role == Role::admin_id) return true;
    for (const auto& membership : TRY(store.groups().local_of_user(id, now)))
        if (is_root_equivalent(membership.name) && lasts(membership.until, now, until)) return true;
    return false;
}

}  // namespace

Result<bool> could_log_in(store::Store& store, const Config& config, const User& user, Time now,
                          Until until) {
    if (standing_of(user) != Reason::none || is_closed_shell(user.shell)) return false;
    if (!lasts(end_of(user), now, until)) return false;
    const Means means = TRY(load_means(store, user, now, until));
    if (!means.password && !means.key) return false;
    Person person = TRY(load_person(store, user, now));
    if (until == Until::good) person.age = Duration::max();  // a grace period ends
    const auto entrances = entrances_of(config);
    // At some hour of the week: hours that are over come again, and no change made at night is a way out.
    return std::any_of(entrances.begin(), entrances.end(), [&](const Entrance& entrance) {
        const auto ways = ways_of({config, user, person, entrance, means, now, std::nullopt, false});
        return std::any_of(ways.begin(), ways.end(), [](const Way& way) { return way.opens(); });
    });
}

Result<ObjectId> find_admin_who_can_log_in(store::Store& store, const Config& config, Time now, Until until,
                                           ObjectId guess) {
    const auto is_the_one = [&](ObjectId id) -> Result<bool> {
        const auto user = TRY(store.users().find(id));
        return user && TRY(is_admin(store, id, now, until)) &&
               TRY(could_log_in(store, config, *user, now, until));
    };
    if (guess && TRY(is_the_one(guess))) return guess;
    for (const ObjectId id : TRY(admins(store, now)))
        if (TRY(is_the_one(id))) return id;
    return ObjectId{};
}

}  // namespace userd
