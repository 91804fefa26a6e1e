// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/snapshot/format.h"
#include "daemon/publish/source.h"

// Records of common/snapshot/format.h, appended to bytes whose size is a multiple of 8. Errc::limits, and
// nothing appended, when a value does not fit the format.
namespace userd::publish {

Result<void> append_user(std::string& out, const PublicUser& user);

struct NamedMember {
    std::string_view name;
    std::int64_t until = 0;
};
Result<void> append_group(std::string& out, const PublicGroup& group,
                          const std::vector<NamedMember>& members);

// `change` against the base's members.
Result<void> append_patch(std::string& out, const PublicGroupChange& change);

// A record that is only an id, a name and what became of it.
void append_mark(std::string& out, std::uint32_t id, std::string_view name, std::uint8_t flags);

}  // namespace userd::publish
