// SPDX-License-Identifier: LGPL-2.1-or-later
// What ends by the clock. Lookups and logins look at the end themselves; here it becomes a fact that stays,
// whatever the clock does afterwards.
#include "daemon/directory/impl.h"
#include "daemon/directory/ownership.h"
#include "daemon/model/words.h"

namespace userd {

namespace {

const Actor clock_actor{0, "userd", "clock", {}};
const ChangeOptions unasked{.allow_lockout = true};  // time cannot be refused
constexpr Time still_in = Time::min();               // as if no membership had ended yet

}  // namespace

Result<void> Directory::Impl::end_membership(Work& work, const store::Groups::Over& over) {
    if (over.member) return end_nesting(work, over);
    const auto generation = TRY(work.generation());
    const auto member = TRY(user(over.user));
    if (!over.group) {
        TRY(store.groups().remove_local(over.local_name, over.user));
        TRY(store.users().touch(over.user, generation));
        work.tell(false, member.uid, "members");
        return work.audit("group.end", "local-group:" + over.local_name, {}, {{"members", member.name}}, {});
    }
    const auto left = TRY(group(over.group));
    TRY(work.enrolments.note_joining({&member.id, 1}, still_in));
    TRY(store.groups().remove(over.group, over.user, generation));
    work.tell(true, left.gid, "members");
    return work.audit("group.end", "group:" + left.name, left.id, {{"members", member.name}}, {});
}

Result<void> Directory::Impl::end_nesting(Work& work, const store::Groups::Over& over) {
    const auto outer = TRY(group(over.group)), member = TRY(group(over.member));
    const auto generation = TRY(work.generation());
    TRY(work.enrolments.note_joining_with(member.id, still_in));
    TRY(store.groups().remove_group(outer.id, member.id, generation));
    work.tell(true, outer.gid, "members");
    return work.audit("group.end", "group:" + outer.name, outer.id, {{"members", "group:" + member.name}},
                      {});
}

Result<void> Directory::Impl::end_suspension(Work& work, User user) {
    user.suspended_until.reset();
    user.state_reason = TRY(kept_out(store, user));
    if (!user.state_reason.empty()) {
        TRY(write_user(work, user));
        return work.audit("user.update", "user:" + user.name, user.id, {},
                          {{"state_reason", user.state_reason}}, "suspension over");
    }
    user.state = UserState::active;
    TRY(write_user(work, user));
    TRY(work.audit("user.resume", "user:" + user.name, user.id,
                   {{"state", std::string(to_word(UserState::suspended))}},
                   {{"state", std::string(to_word(UserState::active))}}, "suspension over"));
    work.tell(false, user.uid, "resumed");
    return {};
}

Result<void> Directory::end_what_is_over() {
    auto& impl = *impl_;
    if (!impl.store.writable()) return {};
    const auto now = impl.clock.now();
    const auto memberships = TRY(impl.store.groups().over(now));
    auto suspensions = TRY(impl.store.users().suspended_until(now));
    std::erase_if(suspensions, [&](const User& user) { return impl.held_users->contains(user.id); });
    if (memberships.empty() && suspensions.empty()) return {};
    const auto end_all = [&](Work& work) -> Result<Fields> {
        for (const auto& over : memberships) TRY(impl.end_membership(work, over));
        for (const auto& user : suspensions) TRY(impl.end_suspension(work, user));
        return Fields{};
    };
    TRY(impl.change(clock_actor, unasked, end_all));
    return {};
}

// A clock that was set back asks for the same time once more.
Result<std::vector<User>> Directory::take_expired() {
    auto& impl = *impl_;
    std::vector<User> expired;
    if (!impl.store.writable()) return expired;
    const auto now = impl.clock.now();
    const auto seen = TRY(impl.store.expiries_seen());
    if (seen) expired = TRY(impl.store.users().expired(std::min(*seen, now), now));
    if (seen && *seen <= now && expired.empty()) return expired;
    auto change = TRY(impl.store.begin());
    TRY(impl.store.note_expiries(now));
    TRY(change.commit());
    return expired;
}

}  // namespace userd
