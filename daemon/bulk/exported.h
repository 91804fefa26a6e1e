// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "daemon/bulk/export.h"
#include "daemon/model/value.h"
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

 private:
    Result<void> open();
    ExportRequest request_;
    std::unique_ptr<store::Reader> reader_;
};

}  // namespace userd
