// SPDX-License-Identifier: LGPL-2.1-or-later
// Names and numbers of new users and groups. Users and groups share one space of both: every user may have a
// private group of its own name and number.
#include <chrono>

#include "daemon/directory/ids.h"
#include "daemon/directory/impl.h"

namespace userd {

namespace {

Failure taken(std::string_view name, std::string why) {
    return fail(
        Error{Errc::exists, fmt::format("{} cannot be the name: {}", name, why), "another name", "name"});
}

std::string days_until(Time until, Time now) {
    const auto days = std::chrono::ceil<std::chrono::days>(until - now).count();
    return days == 1 ? "1 day" : fmt::format("{} days", days);
}

}  // namespace

Result<void> Directory::Impl::check_new_name(std::string_view name, Time now, ObjectId own, bool is_group) {
    TRY(name_rule.check(name));
    const auto user = TRY(store.users().find_by_name(name));
    if (user && user->id != own) return taken(name, "a user has it");
    const auto group = TRY(store.groups().find_by_name(name));
    if (group && group->id != own) return taken(name, "a group has it");
    if (const auto use = host.use_of_name(name))
        return taken(name, fmt::format("the host uses it, {}", *use));
    if (is_group) return {};
    const auto held = TRY(store.retired().held_name(name, now));
    if (held && !(own && held->owner == own))  // what was one's own comes back to one
        return taken(name,
                     fmt::format("it belonged to a {} user and is held back for {} more (users.names_hold)",
                                 held->why, days_until(held->until, now)));
    return {};
}

Result<std::uint32_t> Directory::Impl::number_for(std::string_view name, std::optional<std::int64_t> asked,
                                                  std::string_view field) {
    const Ids ids(*config, host, store.retired());
    if (!asked) return ids.choose(name);
    TRY(ids.check(*asked, field));
    return static_cast<std::uint32_t>(*asked);
}

}  // namespace userd
