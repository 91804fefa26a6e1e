// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/access.h"

#include "daemon/login/remote_source.h"

namespace userd {
namespace {

// In any of the lists; everyone, where there is none.
bool lets_in(const AccessLine& line, const Person& person) {
    if (line.users.empty() && line.groups.empty() && line.roles.empty()) return true;
    return names_any(line.users, {person.name}) || names_any(line.groups, person.groups) ||
           names_any(line.roles, person.roles);
}

}  // namespace

Access access_by(const std::vector<AccessLine>& lines, const Entrance& entrance, const Person& person,
                 std::optional<LocalTime> now) {
    Access access;
    for (const AccessLine& line : lines) {
        if (!names_service(line, entrance)) continue;
        access.reason = Reason::not_allowed;  // until a line lets in
        if (!names_network(line, entrance) || !lets_in(line, person)) continue;
        const bool is_open = !now || !line.hours || line.hours->contains(*now);
        return {&line, is_open ? Reason::none : Reason::outside_hours};
    }
    return access;
}

Access access_of(const Config& config, const Entrance& entrance, const Person& person,
                 std::optional<LocalTime> now) {
    const Access access = access_by(config.access, entrance, person, now);
    const LdapSource* source = find_remote_source(config, person.source);
    if (access.reason != Reason::none || source == nullptr) return access;
    const Access there = access_by(source->access, entrance, person, now);
    return there.reason == Reason::none ? access : there;
}

}  // namespace userd
