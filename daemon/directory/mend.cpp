// SPDX-License-Identifier: LGPL-2.1-or-later
// What `repair` mends and no other call can: rows that no call of ours leaves behind.
#include <algorithm>

#include "daemon/directory/impl.h"
#include "daemon/store/faults.h"

namespace userd {

namespace {

// Whoever was in by way of a group that is gone goes with it.
Result<std::int64_t> remove_nestings(store::Store& store, Work& work) {
    std::int64_t rows = 0;
    for (const auto& nesting : TRY(store.faults().nestings())) {
        if (!nesting.member.empty()) continue;
        const auto generation = TRY(work.generation());
        rows += TRY(store.groups().remove_group(nesting.group_id, nesting.member_id, generation)) ? 1 : 0;
    }
    return rows;
}

Result<std::int64_t> remove(store::Store& store, Work& work, Directory::Remains what) {
    switch (what) {
        case Directory::Remains::memberships:
            return store.faults().remove_memberships_of_nobody();
        case Directory::Remains::credentials:
            return store.faults().remove_credentials_of_nobody();
        case Directory::Remains::nestings:
            return remove_nestings(store, work);
    }
    return 0;
}

std::string_view word(Directory::Remains what) {
    return what == Directory::Remains::memberships   ? "memberships of nobody"
           : what == Directory::Remains::credentials ? "credentials of nobody"
                                                     : "groups that are gone, in groups";
}

}  // namespace

Result<Outcome> Directory::remove_remains(const Actor& actor, Remains what, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto rows = TRY(remove(impl.store, work, what));
        if (rows == 0) return Fields{};
        TRY(work.generation());
        TRY(work.audit("repair", "store", {}, {{"rows", rows}}, {}, word(what)));
        return Fields{{"rows", rows}};
    });
}

Result<Outcome> Directory::renumber_local_group(const Actor& actor, std::string_view name,
                                                const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto gid = TRY(impl.local_group(name));
        for (const auto& member : TRY(impl.store.groups().local_members(name, work.now))) {
            if (!TRY(impl.store.groups().add_local(name, gid, member.user, member.until))) continue;
            const auto generation = TRY(work.generation());
            TRY(impl.store.users().touch(member.user, generation));
            work.tell(false, member.number, "members");
        }
        Fields record{{"name", std::string(name)}, {"gid", std::int64_t{gid}}};
        if (work.changed()) TRY(work.audit("repair", fmt::format("local-group:{}", name), {}, {}, record));
        return record;
    });
}

Result<Outcome> Directory::remove_dead_names(const Actor& actor, std::string_view role,
                                             const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto before = TRY(impl.role_of(role));
        const auto rows = TRY(impl.store.faults().remove_dead_names(before.id));
        auto after = TRY(impl.role(before.id));
        std::erase_if(after.scope, [&](const RoleGroup& group) {
            return !group.group && impl.host.find_group(group.name) == nullptr;
        });
        const auto record = impl.role_record(after);
        if (rows == 0 && after.scope == before.scope) return record;
        after.generation = TRY(work.generation());
        after.updated_at = work.now;
        TRY(impl.store.roles().update(after));
        TRY(work.audit("repair", "role:" + after.name, after.id, impl.role_record(before),
                       impl.role_record(after)));
        work.tell_role(after.name, "updated");
        return impl.role_record(after);
    });
}

}  // namespace userd
