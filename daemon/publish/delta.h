// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/base/result.h"
#include "common/snapshot/part.h"
#include "daemon/publish/source.h"

namespace userd::publish {

// What differs from a base, kept in memory between publications so that each asks the store only for what is
// new.
class Delta {
 public:
    // Idempotent: the same changes may come again.
    void merge(PublicChanges changes);
    void clear();
    bool empty() const { return users_.empty() && groups_.empty(); }
    std::size_t records() const { return users_.size() + groups_.size() + group_members_; }

    // The bytes of delta.N.`number` over `base`, showing `generation`.
    Result<std::string> encode(const snapshot::Part& base, std::uint32_t number,
                               std::uint64_t generation) const;

 private:
    struct GroupState {
        bool gone = false;
        bool listed = true;
        std::string name;
        std::map<std::uint32_t, std::int64_t> joined;  // uid → until
        std::set<std::uint32_t> left;
        std::size_t size() const { return joined.size() + left.size(); }
    };
    class Encoder;

    std::map<std::uint32_t, std::optional<PublicUser>> users_;  // nothing: gone
    std::map<std::uint32_t, GroupState> groups_;
    std::size_t group_members_ = 0;
};

}  // namespace userd::publish
