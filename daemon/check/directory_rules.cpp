// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/directory_rules.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "common/names.h"
#include "daemon/check/scene.h"
#include "daemon/model/origin.h"
#include "daemon/store/faults.h"
#include "daemon/store/groups.h"
#include "daemon/store/roles.h"

namespace userd::rules {

namespace {

constexpr unsigned weakest_key = 112;  // bits: NIST SP 800-63B-4
// A code of the next step, and a restore, leave a step that is not over yet; that heals within two steps.
constexpr auto usual_lead = std::chrono::minutes(5);

bool contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return range.contains(id); });
}

std::string counted(std::int64_t count, std::string_view what) {
    return count == 1 ? fmt::format("1 {}", what) : fmt::format("{} {}s", count, what);
}

Result<void> for_each_group(Scene& scene, const std::function<void(const Group&)>& look) {
    const auto page = TRY(scene.store.groups().list({}, 0, INT64_MAX));
    for (const auto& group : page.groups) look(group);
    return {};
}

void find_in_group(Scene& scene, const Group& group, std::string message, std::string advice) {
    scene.find({nullptr, "group:" + group.name, group.id, 0, std::move(message), std::move(advice)});
}

void find_remains(Scene& scene, const std::vector<store::Faults::Remains>& all) {
    for (const auto& [what, rows, where] : all)
        scene.find({nullptr,
                    where.empty() ? "store" : "group:" + where,
                    {},
                    0,
                    fmt::format("{} of nobody", rows == 1 ? "1 " + what : fmt::format("{} × {}", rows, what)),
                    {},
                    true});
}

// Numbers of a directory server were given by thousands and for one reason: each source is told of once.
Result<void> find_numbers_in(Scene& scene, bool given, std::string_view advice) {
    for (const auto& source : scene.config.ldap) {
        const auto tag = fmt::format("{}{}", ldap_origin, source.name);
        std::int64_t most = 0;
        std::string where;
        for (const auto& range : scene.host.subordinate_ranges()) {
            if (range.is_given != given) continue;
            const auto count = TRY(scene.store.faults().numbers_between(tag, range.first, range.last));
            if (count <= most) continue;
            most = count;
            where = range.where;
        }
        if (most > 0)
            scene.find({nullptr,
                        tag,
                        {},
                        0,
                        fmt::format("{} of its users and groups lie in {}", counted(most, "number"), where),
                        std::string(advice)});
    }
    return {};
}

// From `group` by way of its member groups back to itself.
bool leads_back(const std::map<ObjectId, std::set<ObjectId>>& members, ObjectId group) {
    std::set<ObjectId> seen;
    std::vector<ObjectId> next{group};
    while (!next.empty()) {
        const auto at = members.find(next.back());
        next.pop_back();
        if (at == members.end()) continue;
        for (const auto member : at->second) {
            if (member == group) return true;
            if (seen.insert(member).second) next.push_back(member);
        }
    }
    return false;
}

}  // namespace

Result<void> member_missing(Scene& scene) {
    find_remains(scene, TRY(scene.store.faults().memberships_of_nobody()));
    return {};
}

Result<void> orphaned_credential(Scene& scene) {
    find_remains(scene, TRY(scene.store.faults().credentials_of_nobody()));
    return {};
}

Result<void> id_duplicate(Scene& scene) {
    const auto find = [&](const store::Faults::Shared& shared, std::string message) {
        scene.find({nullptr,
                    shared.user.empty() ? "group:" + shared.group : "user:" + shared.user,
                    {},
                    0,
                    std::move(message),
                    "a new number or name for one of the two"});
    };
    for (const auto& shared : TRY(scene.store.faults().shared_numbers()))
        find(shared, fmt::format("{} is the number of {} too", shared.number, shared.with));
    for (const auto& shared : TRY(scene.store.faults().shared_names()))
        find(shared, fmt::format("{} is the name of {} too", shared.user, shared.with));
    return {};
}

Result<void> group_id_foreign(Scene& scene) {
    const auto& ids = scene.config.ids;
    return for_each_group(scene, [&](const Group& group) {
        if (is_reserved_id(group.gid))
            find_in_group(scene, group, fmt::format("gid {} is reserved for the system", group.gid),
                          "a new group; files need a new group");
        else if (!is_mirrored(group) && !contains(ids.ranges, group.gid) && !contains(ids.accept, group.gid))
            find_in_group(scene, group,
                          fmt::format("gid {} lies neither in ids.ranges nor in ids.accept", group.gid),
                          "adding it to ids.accept in userd.yaml");
    });
}

Result<void> group_id_taken(Scene& scene) {
    return for_each_group(scene, [&](const Group& group) {
        const auto* entry = scene.host.find_group(group.name);
        const auto use = scene.host.use_of_id(group.gid);
        if (entry == nullptr && (!use || use->is_subordinate)) return;
        const auto by = entry != nullptr ? entry->where + " has the name" : use->where + " has the number";
        find_in_group(scene, group, fmt::format("{}: {} (gid {}) is withdrawn", by, group.name, group.gid),
                      "removing or renaming one of the two");
    });
}

Result<void> group_subid_overlap(Scene& scene) {
    TRY(for_each_group(scene, [&](const Group& group) {
        const auto use = scene.host.use_of_id(group.gid);
        if (use && use->is_subordinate && !is_mirrored(group))
            find_in_group(scene, group, fmt::format("gid {} lies in {}", group.gid, use->where),
                          "moving that range, or another group");
    }));
    return find_numbers_in(scene, true, "moving that range");
}

Result<void> subid_range(Scene& scene) {
    return find_numbers_in(scene, false, "SUB_UID_MIN and SUB_GID_MIN in /etc/login.defs beyond them");
}

Result<void> dead_nested_group(Scene& scene) {
    const auto all = TRY(scene.store.faults().nestings());
    std::map<ObjectId, std::set<ObjectId>> members;
    for (const auto& nesting : all) members[nesting.group_id].insert(nesting.member_id);
    std::set<ObjectId> told;
    for (const auto& nesting : all) {
        if (nesting.member.empty())
            scene.find({nullptr,
                        "group:" + nesting.group,
                        nesting.group_id,
                        0,
                        "it has a group as member that does not exist",
                        {},
                        true});
        else if (leads_back(members, nesting.group_id) && told.insert(nesting.group_id).second)
            scene.find({nullptr, "group:" + nesting.group, nesting.group_id, 0,
                        "it is, by way of its member groups, a member of itself",
                        fmt::format("userctl group remove {} MEMBER", nesting.group)});
    }
    return {};
}

Result<void> local_group_missing(Scene& scene) {
    for (const auto& name : scene.config.local_groups) {
        if (scene.host.local_group(name)) continue;
        const auto* group = scene.host.find_group(name);
        scene.find({nullptr,
                    "local-group:" + name,
                    {},
                    0,
                    group == nullptr
                        ? "local_groups lists it, but /etc/group does not have it"
                        : "local_groups lists it, but /etc/userd/local-groups does not, with its "
                          "number in /etc/group",
                    group == nullptr ? fmt::format("taking {} out of local_groups", name)
                                     : fmt::format("adding the line {}:{} as root", name, group->id)});
    }
    for (const auto& local : TRY(scene.store.faults().local_groups())) {
        const auto* group = scene.host.find_group(local.name);
        const auto members = counted(local.members, "user");
        if (group == nullptr)
            scene.find({nullptr,
                        "local-group:" + local.name,
                        {},
                        0,
                        fmt::format("{} of ours in it, but /etc/group does not have it", members),
                        fmt::format("userctl group remove {} USER", local.name)});
        else if (group->id != local.gid)
            scene.find(
                {nullptr,
                 "local-group:" + local.name,
                 {},
                 0,
                 fmt::format("{} in it as gid {}, but /etc/group says {}", members, local.gid, group->id),
                 fmt::format("adding the line {}:{} to /etc/userd/local-groups", local.name, group->id),
                 scene.host.local_group(local.name).has_value(),
                 local.name});
    }
    return {};
}

// A scope never widens by what goes: a role whose scope is empty now reaches nobody.
Result<void> role_scope_stale(Scene& scene) {
    std::map<std::string, std::set<std::string>> wrong;  // by role
    for (const auto& [role, use] : TRY(scene.store.faults().dead_names_of_roles()))
        wrong[role].insert(use == "scope"   ? "its scope names a group that does not exist"
                           : use == "comes" ? "a group that comes with it does not exist"
                                            : "it excludes a role that does not exist");
    for (const auto& role : TRY(scene.store.roles().list()))
        for (const auto& group : role.scope)
            if (!group.group && scene.host.find_group(group.name) == nullptr)
                wrong[role.name].insert(
                    fmt::format("its scope names {}, which /etc/group does not have", group.name));
    for (const auto& [role, messages] : wrong)
        for (const auto& message : messages)
            scene.find({nullptr, "role:" + role, {}, 0, message, {}, true, role});
    return {};
}

// A local account of that name holds what it finds by right.
Result<void> stale_name(Scene& scene) {
    for (const auto& name : TRY(scene.store.faults().former_names())) {
        if (scene.host.find_user(name) != nullptr || scene.host.find_group(name) != nullptr) continue;
        if (const auto use = scene.host.use_of_name(name))
            scene.find({nullptr,
                        "host:" + name,
                        {},
                        0,
                        fmt::format("{} is nobody's name any more and stands in {}", name, *use),
                        "taking it out there"});
    }
    return {};
}

Result<void> key_expired(Scene& scene) {
    for (const auto& key : TRY(scene.store.faults().ssh_keys_over(scene.now)))
        scene.find({nullptr,
                    "user:" + key.name,
                    key.user,
                    key.uid,
                    fmt::format("the SSH key {}{}{} is past its end", key.fingerprint,
                                key.comment.empty() ? "" : " ", key.comment),
                    {},
                    true,
                    key.fingerprint});
    return {};
}

Result<void> weak_totp_key(Scene& scene) {
    for (const auto& key : TRY(scene.store.faults().totp_keys_below(weakest_key)))
        scene.find(
            {nullptr, "user:" + key.name, key.user, key.uid,
             fmt::format("the key of the one-time codes has {} bits", key.bits),
             fmt::format("userctl update {0} --mfa required && userctl mfa reset {0} --within 24h: the "
                         "next login enrols a new one",
                         key.name)});
    return {};
}

Result<void> code_ahead(Scene& scene) {
    for (const auto& last : TRY(scene.store.faults().codes_used_after(scene.now + usual_lead)))
        scene.find({nullptr, "user:" + last.name, last.user, last.uid,
                    fmt::format("no one-time code is right for {}: the last one used lies there",
                                counted((last.ends - to_unix(scene.now)) / 60, "minute")),
                    fmt::format("userctl mfa reset {} --within 24h: the next login enrols anew", last.name)});
    return {};
}

}  // namespace userd::rules
