// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/directory.h"

#include <utility>

#include "common/base/text.h"
#include "daemon/directory/email.h"
#include "daemon/directory/impl.h"

namespace userd {

namespace {

// "uid:70042" → 70042, for the given prefix; none when the text does not begin with it.
Result<std::optional<std::uint64_t>> number_after(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    const auto number = parse_number(text.substr(prefix.size()));
    if (!number || *number > static_cast<std::uint64_t>(INT64_MAX))
        return fail(Error{Errc::invalid, fmt::format("\"{}\" is no target", escaped(text.substr(0, 64))),
                          fmt::format("{}NUMBER", prefix), ""});
    return *number;
}

Failure no_such_user(std::string_view target) {
    return fail(Errc::no_such_user, "there is no user {}", escaped(target.substr(0, 64)));
}

Failure no_such_group(std::string_view target) {
    return fail(Errc::no_such_group, "there is no group {}", escaped(target.substr(0, 64)));
}

Result<std::optional<User>> find_by_number(store::Users& users, std::uint64_t uid) {
    if (uid > UINT32_MAX) return std::nullopt;
    return users.find_by_uid(static_cast<std::uint32_t>(uid));
}

Result<std::optional<User>> find_by_mail(store::Users& users, std::string_view address) {
    const auto email = TRY(Email::parse(address, {}));
    auto found = TRY(users.find_by_email(email.folded));
    if (found.empty()) return std::nullopt;
    if (found.size() > 1)
        return fail(Error{Errc::policy_violation,
                          fmt::format("{} users have the mail address {}", found.size(), email.text),
                          "a name", ""});
    return std::move(found.front());
}

}  // namespace

Result<User> Directory::Impl::user_of(std::string_view target) {
    const auto uid = TRY(number_after(target, "uid:"));
    const auto id = TRY(number_after(target, "id:"));
    std::optional<User> found;
    if (uid)
        found = TRY(find_by_number(store.users(), *uid));
    else if (id)
        found = TRY(store.users().find(ObjectId{static_cast<std::int64_t>(*id)}));
    else if (target.starts_with("mail:"))
        found = TRY(find_by_mail(store.users(), target.substr(5)));
    else
        found = TRY(store.users().find_by_name(target));
    if (!found) return no_such_user(target);
    return *std::move(found);
}

Result<Group> Directory::Impl::group_of(std::string_view target) {
    const auto gid = TRY(number_after(target, "gid:"));
    const auto id = TRY(number_after(target, "id:"));
    std::optional<Group> found;
    if (gid && *gid <= UINT32_MAX)
        found = TRY(store.groups().find_by_gid(static_cast<std::uint32_t>(*gid)));
    else if (id)
        found = TRY(store.groups().find(ObjectId{static_cast<std::int64_t>(*id)}));
    else if (!gid)
        found = TRY(store.groups().find_by_name(target));
    if (!found) return no_such_group(target);
    return *std::move(found);
}

Result<User> Directory::Impl::user(ObjectId id) {
    auto found = TRY(store.users().find(id));
    if (!found) return fail(Errc::no_such_user, "the user is gone");
    return *std::move(found);
}

Result<Group> Directory::Impl::group(ObjectId id) {
    auto found = TRY(store.groups().find(id));
    if (!found) return fail(Errc::no_such_group, "the group is gone");
    return *std::move(found);
}

Directory::Directory(store::Store& store, Publish publish, const Config& config, const Clock& clock,
                     std::string root)
    : impl_(std::make_unique<Impl>(store, std::move(publish), config, clock, std::move(root))) {}

Directory::~Directory() = default;

void Directory::use_config(const Config& config) {
    impl_->config = &config;
    impl_->name_rule = NameRule(config);
}

Result<User> Directory::get_user(std::string_view target) const {
    return impl_->user_of(target);
}
Result<Group> Directory::get_group(std::string_view target) const {
    return impl_->group_of(target);
}
Result<std::optional<User>> Directory::find_user(ObjectId id) const {
    return impl_->store.users().find(id);
}
Result<std::optional<User>> Directory::find_user_by_uid(std::uint32_t uid) const {
    return impl_->store.users().find_by_uid(uid);
}

Result<Fields> Directory::user_record(const User& user, bool with_private) const {
    return impl_->user_record(user, with_private);
}
Result<Fields> Directory::group_record(const Group& group) const {
    return impl_->group_record(group, MembersShown::some);
}

void Directory::guard(WayIn way_in) {
    impl_->way_in = std::move(way_in);
}

std::uint64_t Directory::generation() const {
    return impl_->store.generation();
}

void Directory::note(ChangeEvent event) {
    impl_->events.push_back(std::move(event));
}

const HostFiles& Directory::host() const {
    return impl_->host;
}

Time Directory::now() const {
    return impl_->clock.now();
}

void Directory::on_change(std::function<void(const ChangeEvent&)> listener) {
    impl_->listeners.push_back(std::move(listener));
}

}  // namespace userd
