// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "daemon/publish/source.h"

namespace userd::bench {

inline constexpr std::uint32_t user_count = 100'000;
inline constexpr std::uint32_t group_count = 1'000;
inline constexpr std::uint32_t groups_each = 8;
inline constexpr std::uint32_t first_uid = 1'900'000'000;
inline constexpr std::uint32_t first_gid = 1'950'000'000;

inline std::string user_name(std::uint32_t i) {
    return fmt::format("user{:06}", i);
}

// The directory of the benchmarks: 100,000 users, each in 8 of 1,000 groups of 800 members.
class Directory final : public PublicListing {
 public:
    static PublicUser user(std::uint32_t i) {
        const std::string name = user_name(i);
        PublicUser user{.uid = first_uid + i,
                        .gid = first_uid + i,
                        .name = name,
                        .display_name = fmt::format("Firstname Name{}", i),
                        .home = "/home/" + name,
                        .shell = "/bin/bash",
                        .groups = {}};
        for (const std::uint32_t g : groups_of(i)) user.groups.push_back({first_gid + g, 0});
        return user;
    }
    static std::vector<std::uint32_t> groups_of(std::uint32_t i) {
        std::vector<std::uint32_t> groups;
        for (std::uint32_t k = 0; k < groups_each; ++k) groups.push_back((i + k * 125) % group_count);
        std::sort(groups.begin(), groups.end());
        return groups;
    }

    std::uint64_t generation() const override { return 1; }
    Result<bool> next_user(PublicUser& next) override {
        if (user_ == user_count) return false;
        next = user(user_++);
        return true;
    }
    Result<bool> next_group(PublicGroup& group) override {
        if (group_ == group_count) return false;
        group = {.gid = first_gid + group_, .name = fmt::format("group{:03}", group_), .members = {}};
        for (std::uint32_t i = 0; i < user_count; ++i)
            if ((i - group_ + group_count) % 125 == 0) group.members.push_back({first_uid + i, 0});
        ++group_;
        return true;
    }

 private:
    std::uint32_t user_ = 0;
    std::uint32_t group_ = 0;
};

}  // namespace userd::bench
