// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"
#include "common/snapshot/part.h"
#include "daemon/publish/file.h"
#include "daemon/publish/source.h"

namespace userd::publish {

std::string base_path(const std::string& folder, std::uint32_t base);
std::string delta_path(const std::string& folder, std::uint32_t base, std::uint32_t delta);

// A base that is mapped to be read.
struct Base {
    FileMap map;
    snapshot::Part part;
    // An Error when it is not a base of this number.
    static Result<Base> open(const std::string& folder, std::uint32_t number);
};

// Writes base.`number`, synced: everything that `listing` has. Memory beside the records in hand: one hash
// table at a time, 16 bytes a user. Any thread.
Result<void> write_base(const std::string& folder, std::uint32_t number, std::uint64_t store_id,
                        PublicListing& listing);

}  // namespace userd::publish
