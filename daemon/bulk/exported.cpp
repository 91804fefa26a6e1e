// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/exported.h"

#include "daemon/directory/record.h"
#include "daemon/store/credentials.h"

namespace userd {

Result<void> Exported::open() {
    if (!reader_) reader_ = TRY(store::Reader::open(request_.store_path));
    return {};
}

Result<bool> Exported::next_user(User& user, Fields& record) {
    TRY(open());
    do {
        if (!TRY(reader_->next_user(user))) return false;
    } while (!request_.set.empty() && user.set != request_.set);
    record =
        TRY(make_record({reader_->users(), reader_->groups(), reader_->roles()}, user, request_.now, true));
    auto& credentials = reader_->credentials();
    if (TRY(credentials.find_totp(user.id))) record["factors"] = std::vector<std::string>{"totp"};
    if (const auto password = TRY(credentials.find_password(user.id)))
        record["password_changed_at"] = to_unix(password->changed_at);
    return true;
}

Result<bool> Exported::next_group(Group& group, Fields& record) {
    TRY(open());
    do {
        if (!TRY(reader_->next_group(group))) return false;
    } while (!request_.set.empty() && group.set != request_.set);
    record =
        TRY(make_record({reader_->users(), reader_->groups(), reader_->roles()}, group, request_.now, true));
    return true;
}

Result<std::vector<std::string>> Exported::users_in(const Group& group) {
    std::vector<std::string> names;
    for (const auto& member : TRY(reader_->groups().members(group.id, request_.now, 0, INT64_MAX)).members)
        names.push_back(member.name);
    return names;
}

}  // namespace userd
