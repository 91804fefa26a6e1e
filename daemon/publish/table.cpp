// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/table.h"

#include "common/snapshot/hash.h"

namespace userd::publish {

bool TableBuilder::insert(std::uint64_t hash, std::uint64_t record_offset) {
    std::uint32_t at = snapshot::first_slot(hash, slots());
    for (std::uint32_t i = 0; i < snapshot::probe_limit && i < slots(); ++i) {
        if (slots_[at].ref == 0) {
            slots_[at] = {snapshot::tag_of(hash), static_cast<std::uint32_t>(record_offset / 8)};
            ++used_;
            return true;
        }
        if (++at == slots()) at = 0;
    }
    return false;
}

}  // namespace userd::publish
