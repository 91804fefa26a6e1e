// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/bulk/export.h"
#include "daemon/model/value.h"
#include "daemon/store/credentials.h"
#include "daemon/store/reader.h"

namespace userd {

// What an export is made of: each user, then each group, as the fields of fields.md, at one moment. On a
// worker.
class Exported {
 public:
    explicit Exported(ExportRequest request) : request_(std::move(request)) {}

    // False after the last. All users come before the groups.
    Result<bool> next_user(User& user, Fields& record);
    Result<bool> next_group(Group& group, Fields& record);
    // All users in it, by whatever way.
    Result<std::vector<std::string>> users_in(const Group& group);

    // For state files: what stands without an end, and was put in by name, not by a role. A group that holds
    // groups lists its members itself, and is not among the groups of its users.
    Result<std::vector<std::string>> standing_groups(const User& user);
    Result<std::vector<std::string>> standing_local_groups(const User& user);
    Result<bool> lists_members(ObjectId group);
    Result<std::vector<std::string>> standing_members(const Group& group);
    Result<std::vector<std::string>> sets();  // "" when something belongs to none
    Result<std::vector<std::string>> roles(const User& user);
    Result<std::vector<std::string>> own_roles();  // of this directory: not built in
    Result<std::vector<store::SshKeyRecord>> ssh_keys(const User& user);

 private:
    Result<void> open();
    ExportRequest request_;
    std::unique_ptr<store::Reader> reader_;
    std::map<ObjectId, bool> lists_members_;
};

}  // namespace userd
