// SPDX-License-Identifier: LGPL-2.1-or-later
// Accounts of /etc/passwd that become ours, and go back. While that is under way both have the account, and
// the line in /etc/passwd decides who answers for it: PAM asks us for nobody who stands there.
#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/impl.h"
#include "daemon/directory/plain_text.h"
#include "daemon/model/words.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/retired.h"

namespace userd {

namespace {

Failure cannot_adopt(const std::string& name, Errc code, std::string_view why, std::string hint = {}) {
    return fail(Error{code, fmt::format("{} cannot be adopted: {}", name, why), std::move(hint), {}});
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool any_contains(const std::vector<IdRange>& ranges, std::uint32_t id) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [&](const IdRange& range) { return range.contains(id); });
}

constexpr Time day(std::int64_t number) {
    return Time(std::chrono::days(number));
}

// What the first part of GECOS says, where it can be a name of ours.
std::string display_name_in(std::string_view gecos) {
    return parse_gecos(split(gecos, ',')[0], "display_name").value_or("");
}

}  // namespace

// What number_for and check_new_name refuse, but for the account's own lines, crontab and mail.
Result<void> Directory::Impl::check_adoptable(const HostAccount& account, Time now) {
    const auto& name = account.name;
    TRY(name_rule.check(name));
    if (TRY(store.users().find_by_name(name)))
        return cannot_adopt(name, Errc::exists, "userd has a user of that name, which is withdrawn",
                            fmt::format("userctl get {0}; renaming or deleting one of the two", name));
    if (TRY(store.groups().find_by_name(name)))
        return cannot_adopt(name, Errc::exists, "userd has a group of that name");
    if (const auto held = TRY(store.retired().held_name(name, now)))
        return cannot_adopt(
            name, Errc::exists,
            fmt::format("the name belonged to a {} user and is held back (users.names_hold)", held->why));
    if (!any_contains(config->ids.ranges, account.uid) && !any_contains(config->ids.accept, account.uid))
        return cannot_adopt(name, Errc::invalid,
                            fmt::format("ids.accept of userd.yaml does not contain {}", account.uid),
                            "adding it there, as root");
    TRY(store.retired().revive(account.uid, name));
    if (TRY(store.retired().is_taken(account.uid)))
        return cannot_adopt(
            name, Errc::exists,
            fmt::format("uid {} is, or was, another's of userd; numbers never come back", account.uid));
    for (const auto& group : account.groups)
        if (is_root_equivalent(group) && !contains(config->local_groups, group))
            return cannot_adopt(
                name, Errc::policy_violation,
                fmt::format(
                    "it is in {}, which makes it root, and local_groups of userd.yaml does not list that",
                    group),
                fmt::format("adding {0} there and in /etc/userd/local-groups, or gpasswd -d {1} {0}", group,
                            name));
    return {};
}

Result<UserDraft> Directory::Impl::adopted_draft(const HostAccount& account, const Actor& actor, Time now) {
    auto draft = new_draft(account.name, actor, now);
    auto& user = draft.user;
    user.display_name = display_name_in(account.gecos);
    user.home = TRY(parse_path(account.home, "home"));
    user.shell = TRY(parse_path(account.shell.empty() ? "/bin/sh" : account.shell, "shell"));
    if (account.expires_day) user.expires = day(*account.expires_day);
    draft.primary_group = "private";
    for (const auto& group : account.groups)
        if (contains(config->local_groups, group)) draft.local_groups.add.push_back(group);
    return draft;
}

Result<Outcome> Directory::adopt_user(const Actor& actor, const HostAccount& account,
                                      const ChangeOptions& options, const Also& also) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        auto& adoptions = impl.store.adoptions();
        const auto begun = TRY(impl.store.users().find_by_name(account.name));
        const auto row = begun ? TRY(adoptions.find(begun->id, AdoptedThing::passwd)) : std::nullopt;
        if (row && row->state != AdoptionState::taken && begun->uid == account.uid) {
            TRY(adoptions.put(begun->id, AdoptedThing::passwd, AdoptionState::taking, work.now));
            TRY(also(*begun));
            TRY(work.generation());
            return impl.finish_user(work, begun->id, "user.adopt", "updated", {});
        }
        TRY(impl.check_adoptable(account, work.now));
        auto draft = TRY(impl.adopted_draft(account, actor, work.now));
        TRY(impl.insert_user(work, draft, account.uid));
        TRY(adoptions.put(draft.user.id, AdoptedThing::passwd, AdoptionState::taking, work.now));
        TRY(also(draft.user));
        return impl.finish_user(work, draft.user.id, "user.adopt", "created", {});
    });
}

Result<Outcome> Directory::end_adoption(const Actor& actor, ObjectId id) {
    auto& impl = *impl_;
    return impl.change(actor, {}, [&](Work& work) -> Result<Fields> {
        const auto row = TRY(impl.store.adoptions().find(id, AdoptedThing::passwd));
        if (!row) return fail(Errc::policy_violation, "the user is not being adopted");
        TRY(work.generation());
        TRY(impl.store.adoptions().put(id, AdoptedThing::passwd, AdoptionState::taken, work.now));
        const auto user = TRY(impl.user(id));
        const auto record = TRY(impl.user_record(user, true));
        return impl.finish_user(work, id, "user.adopted", "updated", record);
    });
}

Result<Outcome> Directory::begin_return(const Actor& actor, ObjectId id, const ChangeOptions& options) {
    auto& impl = *impl_;
    return impl.change(actor, options, [&](Work& work) -> Result<Fields> {
        const auto user = TRY(impl.user(id));
        const auto record = TRY(impl.user_record(user, true));
        const auto row = TRY(impl.store.adoptions().find(id, AdoptedThing::passwd));
        if (!row)
            return fail(Error{Errc::policy_violation,
                              fmt::format("{} was not adopted from /etc/passwd", user.name),
                              "userctl adopt passwd --undo --dry-run, which shows who was", ""});
        if (row->state == AdoptionState::returning) return record;
        if (user.state != UserState::active)
            return fail(Error{Errc::policy_violation,
                              fmt::format("{} cannot go back: it is {}, which /etc/passwd knows nothing of",
                                          user.name, to_word(user.state)),
                              fmt::format("userctl resume {}, then passwd -l once it is back", user.name),
                              "state"});
        TRY(work.generation());
        TRY(impl.store.adoptions().put(id, AdoptedThing::passwd, AdoptionState::returning, work.now));
        return record;
    });
}

Result<Outcome> Directory::end_return(const Actor& actor, ObjectId id) {
    auto& impl = *impl_;
    // The host answers for the account now: no way in is lost.
    return impl.change(actor, {.allow_lockout = true}, [&](Work& work) -> Result<Fields> {
        const auto user = TRY(impl.user(id));
        const auto row = TRY(impl.store.adoptions().find(id, AdoptedThing::passwd));
        if (!row || row->state == AdoptionState::taken)
            return fail(Errc::policy_violation, "{} is not being given back", user.name);
        const auto record = TRY(impl.user_record(user, true));
        for (const auto& membership : TRY(impl.store.groups().of_user(id, work.now)))
            work.tell(true, membership.gid, "members");
        const auto generation = TRY(work.generation());
        TRY(impl.store.retired().bury(store::Retired::Kind::user, user.uid, user.name, id, work.now,
                                      generation));
        TRY(impl.store.users().remove(id));
        TRY(work.audit("user.give-back", "user:" + user.name, id, record, {}));
        work.tell(false, user.uid, "deleted");
        return record;
    });
}

Result<std::optional<AdoptionState>> Directory::adoption_of(ObjectId id) const {
    const auto row = TRY(impl_->store.adoptions().find(id, AdoptedThing::passwd));
    return row ? std::optional(row->state) : std::nullopt;
}

Result<std::vector<User>> Directory::adopted_users() const {
    std::vector<User> users;
    for (const auto id : TRY(impl_->store.adoptions().all(AdoptedThing::passwd)))
        if (auto user = TRY(impl_->store.users().find(id))) users.push_back(std::move(*user));
    std::sort(users.begin(), users.end(), [](const User& a, const User& b) { return a.name < b.name; });
    return users;
}

}  // namespace userd
