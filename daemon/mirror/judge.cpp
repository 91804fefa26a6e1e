// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/names.h"

namespace userd {

namespace {

// Names that programs give rights to, whether the host has such a group or not.
constexpr std::array<std::string_view, 12> privileged_names = {"root",  "sudo",   "wheel", "adm",
                                                               "admin", "docker", "lxd",   "disk",
                                                               "kmem",  "shadow", "mem",   "systemd-journal"};

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return range.contains(id); });
}

}  // namespace

Objection object_to(std::string_view name, std::uint32_t number, const LdapSource& source,
                    const Config& config, const HostFiles& host) {
    if (!is_lookup_name(name))
        return {"bad-name", fmt::format("no tool on the host would take \"{}\" for a name", escaped(name))};
    const auto& local = config.local_groups;
    if (std::find(privileged_names.begin(), privileged_names.end(), name) != privileged_names.end() ||
        std::find(local.begin(), local.end(), name) != local.end())
        return {"privileged-name", "the name has rights on the host"};
    if (const auto* user = host.find_user(name))
        return {"name-taken", fmt::format("{} has an account of that name", user->where)};
    // Whatever it is for (Debian's staff may write to /usr/local), sudo and the like would take one for the
    // other.
    if (const auto* group = host.find_group(name))
        return {"name-taken", fmt::format("{} has a group of that name", group->where)};
    if (is_reserved_id(number)) return {"reserved-id", fmt::format("the system reserves {}", number)};
    if (!contains(source.id_ranges, number))
        return {"id-range", fmt::format("{} is not in ldap.{}.id_range", number, source.name)};
    // What useradd may give out one day is nobody's yet: the range of the source was chosen by root.
    if (const auto use = host.use_of_id(number); use && use->is_given)
        return {"id-taken", fmt::format("{} uses {}", use->where, number)};
    return {};
}

bool is_in_the_way(const store::RemoteClaim& claim, const Claimant& claimant) {
    using Kind = store::RemoteClaim::Kind;
    if (claim.id && claim.id == claimant.own) return false;
    if (claim.kind == Kind::buried || claim.kind == Kind::held_name) return true;
    const bool same_kind = (claim.kind == Kind::group) == claimant.is_group;
    if (same_kind || claim.source != claimant.tag) return true;
    // The private group of a user may be an entry of its own, with members.
    if (claim.name == claimant.name && claim.number == claimant.number) return false;
    return claimant.is_group ? claim.is_private : claimant.is_private;
}

Objection object_to(const store::RemoteClaim& claim, const Claimant& claimant) {
    using Kind = store::RemoteClaim::Kind;
    if (claim.kind == Kind::held_name)
        return {"name-taken", "it belonged to a local user and is held back (users.names_hold)"};
    if (claim.kind == Kind::buried)
        return {"id-taken",
                fmt::format("{} was the number of {}, which is deleted", claim.number, claim.name)};
    const auto who = fmt::format("the {} {} ({}{}){}", claim.kind == Kind::group ? "group" : "user",
                                 claim.name, claim.kind == Kind::group ? "gid " : "uid ", claim.number,
                                 claim.source == claimant.tag ? "" : " of " + claim.source);
    if (claim.name == claimant.name) return {"name-taken", who + " has the name"};
    return {"id-taken", who + " has the number"};
}

}  // namespace userd
