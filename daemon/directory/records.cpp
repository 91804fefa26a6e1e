// SPDX-License-Identifier: LGPL-2.1-or-later
// Users and groups as fields: what faces show and the audit trail compares. What is not set is left out.
#include "daemon/directory/impl.h"
#include "daemon/directory/record.h"
#include "daemon/model/words.h"

namespace userd {

namespace {

class Record {
 public:
    explicit Record(const Fields* only = nullptr) : only_(only) {}

    void add(std::string_view name, std::string_view text) {
        if (!text.empty() && wants(name)) fields_[std::string(name)] = std::string(text);
    }
    void add(std::string_view name, const std::optional<Time>& time) {
        if (time && wants(name)) fields_[std::string(name)] = to_unix(*time);
    }
    void add_number(std::string_view name, std::uint64_t number) {
        if (wants(name)) fields_[std::string(name)] = static_cast<std::int64_t>(number);
    }
    void add(std::string_view name, std::vector<std::string> list) {
        if (wants(name)) fields_[std::string(name)] = std::move(list);
    }
    void add_flag(std::string_view name, bool flag) {
        if (wants(name)) fields_[std::string(name)] = flag;
    }
    Fields take() { return std::move(fields_); }

 private:
    bool wants(std::string_view name) const { return only_ == nullptr || only_->contains(name); }

    const Fields* only_;
    Fields fields_;
};

std::vector<std::string> names_of(const std::vector<store::Membership>& memberships, bool direct) {
    std::vector<std::string> names;
    for (const auto& membership : memberships)
        if (membership.direct == direct) names.push_back(membership.name);
    return names;
}

void add_public(Record& record, const User& user) {
    record.add("id", std::to_string(user.id.value));
    record.add("name", user.name);
    record.add_number("uid", user.uid);
    record.add_number("gid", user.gid);
    record.add("display_name", user.display_name);
    record.add("shell", user.shell);
    record.add("home", user.home);
    record.add("kind", to_word(user.kind));
    record.add("state", to_word(user.state));
    record.add("source", user.source);
    record.add("created_at", std::optional(user.created_at));
    record.add("updated_at", std::optional(user.updated_at));
    record.add_number("generation", user.generation);
}

// Without any other role it is "user", as everybody is.
void add_roles(Record& record, const std::vector<store::HeldRole>& held) {
    std::vector<std::string> names;
    std::string first;
    for (const auto& role : held) {
        if (role.is_default || first.empty()) first = role.name;
        names.push_back(role.name);
    }
    if (names.empty()) names.emplace_back(first = "user");
    record.add("role", first);
    record.add("roles", std::move(names));
}

void add_private(Record& record, const User& user) {
    record.add("first_name", user.first_name);
    record.add("last_name", user.last_name);
    record.add("email", user.email);
    record.add("phone", user.phone);
    record.add("class", user.user_class);
    if (user.metadata != "{}") record.add("metadata", user.metadata);
    if (user.mfa != MfaPolicy::inherit) record.add("mfa", to_word(user.mfa));
    record.add("state_reason", user.state_reason);
    record.add("suspended_until", user.suspended_until);
    record.add("enrol_until", user.enrol_until);
    record.add("notify", user.notify);
    record.add("set", user.set);
    record.add("created_by", user.created_by);
    record.add("last_login", user.last_login);
    record.add_flag("must_change", user.must_change);
    record.add("expires", end_of(user));
    record.add("not_before", user.not_before);
}

void add_row(Record& record, const Group& group) {
    record.add("id", std::to_string(group.id.value));
    record.add("name", group.name);
    record.add_number("gid", group.gid);
    record.add("description", group.description);
    record.add("source", group.source);
    record.add("set", group.set);
    if (group.mfa != MfaPolicy::inherit) record.add("mfa", to_word(group.mfa));
    record.add("created_at", std::optional(group.created_at));
    record.add("updated_at", std::optional(group.updated_at));
    record.add_number("generation", group.generation);
}

}  // namespace

Fields row_record(const User& user, const Fields* only) {
    Record record(only);
    add_public(record, user);
    add_private(record, user);
    return record.take();
}

Fields row_record(const Group& group) {
    Record record;
    add_row(record, group);
    return record.take();
}

Result<Fields> make_record(const RecordTables& store, const User& user, Time now, bool with_private) {
    Record record;
    add_public(record, user);
    const auto groups = TRY(store.groups.of_user(user.id, now));
    record.add("groups", names_of(groups, true));
    if (auto nested = names_of(groups, false); !nested.empty())
        record.add("nested_groups", std::move(nested));
    record.add("local_groups", names_of(TRY(store.groups.local_of_user(user.id, now)), true));
    if (!user.primary_group)
        record.add("primary_group", "private");
    else if (const auto group = TRY(store.groups.find(user.primary_group)))
        record.add("primary_group", group->name);
    if (!with_private) return record.take();
    add_private(record, user);
    record.add("tags", TRY(store.users.tags(user.id)));
    add_roles(record, TRY(store.roles.of_user(user.id)));
    return record.take();
}

Result<Fields> make_record(const RecordTables& store, const Group& group, Time now, MembersShown shown) {
    Record record;
    add_row(record, group);
    if (shown == MembersShown::none) return record.take();
    std::vector<std::string> members;
    const auto page = TRY(
        store.groups.direct_members(group.id, now, 0, shown == MembersShown::all ? INT64_MAX : some_members));
    for (const auto& member : page.members)
        members.push_back(member.user ? member.name : "group:" + member.name);
    if (page.total > members.size()) record.add_number("member_count", page.total);
    record.add("members", std::move(members));
    record.add("administrators", TRY(store.groups.administrators(group.id)));
    return record.take();
}

Result<Fields> Directory::Impl::user_record(const User& user, bool with_private) {
    return make_record({store.users(), store.groups(), store.roles()}, user, clock.now(), with_private);
}

Result<Fields> Directory::Impl::group_record(const Group& group, MembersShown members) {
    return make_record({store.users(), store.groups(), store.roles()}, group, clock.now(), members);
}

}  // namespace userd
