// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Role.
#include "ctl/parts.h"

namespace userd::ctl {
namespace {

constexpr const char* role = "org.userd1.Role";

}  // namespace

Answer<Change> Client::update_role(const std::string& path, const Fields& fields) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, role, "Update", parts(fields, Fields{}, flags)));
}

Answer<Change> Client::change_role(const std::string& path, const char* member) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, role, member, parts(Fields{}, flags)));
}

Answer<Change> Client::change_holders(const std::string& path, const char* member,
                                      const std::vector<std::string>& users) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, role, member, parts(users, Fields{}, flags)));
}

Answer<Page> Client::list_holders(const std::string& path, std::uint64_t offset, std::uint64_t limit) {
    return page_of("ListHolders", connection_->call(path, role, "ListHolders", parts(offset, limit)));
}

}  // namespace userd::ctl
