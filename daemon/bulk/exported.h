// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/bulk/export.h"
#include "daemon/model/value.h"
#include "daemon/runtime/byte_source.h"
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
    Result<std::string> password_record(const User& user);  // empty: the user has none

 private:
    Result<void> open();
    template <typename Object>
    bool is_wanted(const Object& object) const;
    ExportRequest request_;
    std::unique_ptr<store::Reader> reader_;
    std::map<ObjectId, bool> lists_members_;
};

// A form that tells all users and then all groups, one after the other: what each becomes is said by the
// form. `next` ends after about `piece` bytes, wherever that is.
class ExportWalk : public ByteSource {
 public:
    Result<std::string> next() final;

 protected:
    explicit ExportWalk(ExportRequest request) : exported_(std::move(request)) {}

    virtual Result<std::string> head() = 0;
    virtual Result<std::string> told(const User& user, const Fields& record) = 0;
    virtual std::string between() { return {}; }  // the users and the groups
    virtual Result<std::string> told(const Group& group, const Fields& record) = 0;
    virtual std::string tail() { return {}; }

    Exported exported_;

 private:
    enum class Part { start, users, groups, end };
    static constexpr std::size_t piece = 256 * 1024;
    Result<std::string> step();
    Part part_ = Part::start;
};

}  // namespace userd
