// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/snapshot/format.h"

namespace userd::publish {

// One of the snapshot's hash tables, half full at most.
class TableBuilder {
 public:
    explicit TableBuilder(std::size_t entries, std::size_t slots_per_entry = 2)
        : slots_(entries == 0 ? 0 : entries * slots_per_entry + 8) {}

    // False when the entry would lie beyond the probe limit.
    bool insert(std::uint64_t hash, std::uint64_t record_offset);
    std::uint32_t slots() const { return static_cast<std::uint32_t>(slots_.size()); }
    std::uint32_t used() const { return used_; }
    std::string_view bytes() const {
        return {reinterpret_cast<const char*>(slots_.data()), slots_.size() * sizeof(snapshot::Slot)};
    }

 private:
    std::vector<snapshot::Slot> slots_;
    std::uint32_t used_ = 0;
};

}  // namespace userd::publish
