// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Group.
#include "ctl/parts.h"

namespace userd::ctl {
namespace {

constexpr const char* group = "org.userd1.Group";

}  // namespace

Answer<Change> Client::change_members(const std::string& path, const char* member,
                                      const std::vector<std::string>& members, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, group, member, parts(members, options, flags)));
}

Answer<Change> Client::change_group(const std::string& path, const char* member, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of(member, connection_->call(path, group, member, parts(options, flags)));
}

Answer<Change> Client::update_group(const std::string& path, const Fields& fields, const Fields& options) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Update", connection_->call(path, group, "Update", parts(fields, options, flags)));
}

Answer<Change> Client::rename_group(const std::string& path, std::string_view name) {
    const std::uint64_t flags = connection_->flags();
    return change_of("Rename", connection_->call(path, group, "Rename", parts(name, Fields{}, flags)));
}

Answer<Page> Client::list_members(const std::string& path, bool nested, std::uint64_t offset,
                                  std::uint64_t limit) {
    return page_of("ListMembers",
                   connection_->call(path, group, "ListMembers", parts(nested, offset, limit)));
}

}  // namespace userd::ctl
