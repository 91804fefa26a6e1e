// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/exported.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "daemon/directory/record.h"
#include "daemon/model/origin.h"
#include "daemon/store/credentials.h"
#include "daemon/store/roles.h"

namespace userd {

Result<void> Exported::open() {
    if (reader_) return {};
    reader_ = TRY(store::Reader::open(request_.store_path));
    if (request_.set.empty()) return {};
    auto sets = TRY(reader_->users().sets());
    if (std::find(sets.begin(), sets.end(), request_.set) != sets.end()) return {};
    std::erase(sets, "");
    return fail(Error{Errc::invalid, fmt::format("nothing belongs to a set \"{}\"", escaped(request_.set)),
                      sets.empty() ? "" : fmt::format("one of {}", fmt::join(sets, ", ")), "set"});
}

template <typename Object>
bool Exported::is_wanted(const Object& object) const {
    return (request_.mirrored || !is_mirrored(object)) &&
           (request_.set.empty() || object.set == request_.set);
}

Result<bool> Exported::next_user(User& user, Fields& record) {
    TRY(open());
    do {
        if (!TRY(reader_->next_user(user))) return false;
    } while (!is_wanted(user));
    record =
        TRY(make_record({reader_->users(), reader_->groups(), reader_->roles()}, user, request_.now, true));
    auto& credentials = reader_->credentials();
    if (TRY(credentials.has_totp(user.id))) record["factors"] = std::vector<std::string>{"totp"};
    if (const auto password = TRY(credentials.find_password(user.id)))
        record["password_changed_at"] = to_unix(password->changed_at);
    return true;
}

Result<bool> Exported::next_group(Group& group, Fields& record) {
    TRY(open());
    do {
        if (!TRY(reader_->next_group(group))) return false;
    } while (!is_wanted(group));
    record = TRY(make_record({reader_->users(), reader_->groups(), reader_->roles()}, group, request_.now,
                             MembersShown::all));
    return true;
}

Result<std::vector<std::string>> Exported::users_in(const Group& group) {
    std::vector<std::string> names;
    for (const auto& member : TRY(reader_->groups().members(group.id, request_.now, 0, INT64_MAX)).members)
        names.push_back(member.name);
    return names;
}

Result<std::vector<std::string>> Exported::standing_groups(const User& user) {
    std::vector<std::string> names;
    for (const auto& membership : TRY(reader_->groups().of_user(user.id, request_.now)))
        if (membership.direct && !membership.direct_until && !TRY(lists_members(membership.group)) &&
            !TRY(reader_->roles().brings(user.id, {membership.group, membership.name})))
            names.push_back(membership.name);
    return names;
}

Result<std::vector<std::string>> Exported::standing_local_groups(const User& user) {
    std::vector<std::string> names;
    for (const auto& membership : TRY(reader_->groups().local_of_user(user.id, request_.now)))
        if (!membership.until && !TRY(reader_->roles().brings(user.id, {{}, membership.name})))
            names.push_back(membership.name);
    return names;
}

Result<bool> Exported::lists_members(ObjectId group) {
    const auto known = lists_members_.find(group);
    if (known != lists_members_.end()) return known->second;
    const auto found = TRY(reader_->groups().find(group));
    const bool is_told = found && (request_.set.empty() || found->set == request_.set);
    const bool lists = is_told && !TRY(reader_->groups().groups_in(group, request_.now)).empty();
    lists_members_.emplace(group, lists);
    return lists;
}

Result<std::vector<std::string>> Exported::standing_members(const Group& group) {
    std::vector<std::string> names;
    for (const auto& member :
         TRY(reader_->groups().direct_members(group.id, request_.now, 0, INT64_MAX)).members)
        if (!member.until &&
            !(member.user && TRY(reader_->roles().brings(member.user, {group.id, group.name}))))
            names.push_back(member.user ? member.name : "group:" + member.name);
    return names;
}

Result<std::vector<std::string>> Exported::roles(const User& user) {
    std::vector<std::string> names;
    for (const auto& role : TRY(reader_->roles().of_user(user.id))) names.push_back(role.name);
    return names;
}

Result<std::vector<std::string>> Exported::sets() {
    TRY(open());
    return reader_->users().sets();
}

Result<std::vector<std::string>> Exported::own_roles() {
    TRY(open());
    std::vector<std::string> names;
    for (const auto& role : TRY(reader_->roles().list()))
        if (!role.is_built_in()) names.push_back(role.name);
    return names;
}

Result<std::vector<store::SshKeyRecord>> Exported::ssh_keys(const User& user) {
    return reader_->credentials().list_ssh_keys(user.id);
}

Result<std::string> Exported::password_record(const User& user) {
    auto password = TRY(reader_->credentials().find_password(user.id));
    return password ? std::move(password->hash) : std::string();
}

Result<std::string> ExportWalk::next() {
    std::string text;
    while (part_ != Part::end && text.size() < piece) text += TRY(step());
    return text;
}

Result<std::string> ExportWalk::step() {
    Fields record;
    if (part_ == Part::start) {
        part_ = Part::users;
        return head();
    }
    if (part_ == Part::users) {
        User user;
        if (TRY(exported_.next_user(user, record))) return told(user, record);
        part_ = Part::groups;
        return between();
    }
    Group group;
    if (TRY(exported_.next_group(group, record))) return told(group, record);
    part_ = Part::end;
    return tail();
}

}  // namespace userd
