// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/access.h"

namespace userd {
namespace {

// In any of the lists; everyone, where there is none.
bool lets_in(const AccessLine& line, const Person& person) {
    if (line.users.empty() && line.groups.empty() && line.roles.empty()) return true;
    return names_any(line.users, {person.name}) || names_any(line.groups, person.groups) ||
           names_any(line.roles, person.roles);
}

}  // namespace

Access access_of(const Config& config, const Entrance& entrance, const Person& person,
                 std::optional<LocalTime> now) {
    Access access;
    for (const AccessLine& line : config.access) {
        if (!names_service(line, entrance)) continue;
        access.reason = Reason::not_allowed;  // until a line lets in
        if (!names_network(line, entrance) || !lets_in(line, person)) continue;
        const bool is_open = !now || !line.hours || line.hours->contains(*now);
        return {&line, is_open ? Reason::none : Reason::outside_hours};
    }
    return access;
}

}  // namespace userd
