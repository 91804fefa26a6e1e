// SPDX-License-Identifier: LGPL-2.1-or-later
// Local beats ours, always: what the host's own files name or number is withdrawn from lookups and logins,
// loudly, and comes back when they let go of it.
#include <map>

#include "daemon/directory/impl.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/adoptions.h"

namespace userd {

namespace {

// Ours by internal id, with the line of the host's that takes its place.
using Collisions = std::map<ObjectId, std::string>;

// An account that is being taken over from the host has its own lines there, and is no stranger to itself.
Result<Collisions> colliding_users(store::Store& store, const HostFiles& host) {
    Collisions found;
    auto& users = store.users();
    const auto moving = TRY(store.adoptions().unsettled(AdoptedThing::passwd));
    const auto add = [&](const std::optional<User>& user, const HostFiles::Entry& entry) {
        if (!user) return;
        if (moving.contains(user->id) && user->name == entry.name && user->uid == entry.id) return;
        found.try_emplace(user->id, fmt::format("{} ({})", entry.where, entry.name));
    };
    for (const auto& entry : host.users()) {
        add(TRY(users.find_by_name(entry.name)), entry);
        add(TRY(users.find_by_uid(entry.id)), entry);
    }
    for (const auto& entry : host.groups()) {
        const auto user = TRY(users.find_by_uid(entry.id));
        if (user && user->gid == user->uid) add(user, entry);  // the private group's number
    }
    return found;
}

Result<Collisions> colliding_groups(store::Groups& groups, const HostFiles& host) {
    Collisions found;
    const auto add = [&](const std::optional<Group>& group, const HostFiles::Entry& entry) {
        if (group) found.try_emplace(group->id, fmt::format("{} ({})", entry.where, entry.name));
    };
    for (const auto& entry : host.groups()) {
        add(TRY(groups.find_by_name(entry.name)), entry);
        add(TRY(groups.find_by_gid(entry.id)), entry);
    }
    return found;
}

const Actor host_actor{0, "userd", "host files", {}};
const ChangeOptions unasked{.allow_lockout = true};  // the host cannot be refused

}  // namespace

Result<void> Directory::Impl::set_collides(Work& work, User user, const std::string& where) {
    user.collides = !where.empty();
    TRY(write_user(work, user));
    // Who comes back joins all groups again: the snapshot has forgotten the memberships.
    const auto generation = TRY(work.generation());
    if (!user.collides) TRY(store.groups().touch_of_user(user.id, generation));
    TRY(work.audit(user.collides ? "user.withdraw" : "user.return", "user:" + user.name, user.id, {}, {},
                   user.collides ? "collides" : ""));
    work.tell(false, user.uid, user.collides ? "withdrawn" : "returned");
    if (user.collides)
        journal::error(
            "user {} (uid {}) is withdrawn: {} has its name or number; remove or rename one of the two",
            user.name, user.uid, where);
    else
        journal::notice("user {} (uid {}) is back: no local account has its name or number any more",
                        user.name, user.uid);
    return {};
}

Result<void> Directory::Impl::set_collides(Work& work, Group group, const std::string& where) {
    group.collides = !where.empty();
    TRY(write_group(work, group));
    const auto generation = TRY(work.generation());
    if (!group.collides) TRY(store.groups().touch_members(group.id, generation));
    TRY(work.audit(group.collides ? "group.withdraw" : "group.return", "group:" + group.name, group.id, {},
                   {}, group.collides ? "collides" : ""));
    work.tell(true, group.gid, group.collides ? "withdrawn" : "returned");
    if (group.collides)
        journal::error(
            "group {} (gid {}) is withdrawn: {} has its name or number; remove or rename one of the two",
            group.name, group.gid, where);
    else
        journal::notice("group {} (gid {}) is back: no local group has its name or number any more",
                        group.name, group.gid);
    return {};
}

Result<Fields> Directory::Impl::settle_collisions(Work& work) {
    const auto users = TRY(colliding_users(store, host));
    const auto groups = TRY(colliding_groups(store.groups(), host));
    for (const auto& [id, where] : users) {
        const auto found = TRY(user(id));
        if (!found.collides) TRY(set_collides(work, found, where));
    }
    for (const auto& found : TRY(store.users().colliding()))
        if (!users.contains(found.id)) TRY(set_collides(work, found, {}));
    for (const auto& [id, where] : groups) {
        const auto found = TRY(group(id));
        if (!found.collides) TRY(set_collides(work, found, where));
    }
    for (const auto& found : TRY(store.groups().colliding()))
        if (!groups.contains(found.id)) TRY(set_collides(work, found, {}));
    return Fields{};
}

Result<void> Directory::refresh_host_files() {
    TRY(impl_->host.read());
    if (!impl_->store.writable()) return {};
    TRY(impl_->change(host_actor, unasked, [&](Work& work) { return impl_->settle_collisions(work); }));
    return {};
}

std::vector<std::string> Directory::host_files() const {
    return impl_->host.paths();
}

}  // namespace userd
