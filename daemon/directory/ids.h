// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/result.h"
#include "daemon/config/config.h"
#include "daemon/directory/host_files.h"
#include "daemon/store/retired.h"

namespace userd {

// Which numbers a new user or group may have: never a reserved one, never one that was ours before, never one
// that the host's own files use. Inside the change that stores the number.
class Ids {
 public:
    Ids(const Config& config, const HostFiles& host, store::Retired& retired)
        : config_(config), host_(host), retired_(retired) {}

    // A number of `ids.ranges`: the next, or the name's own (`ids.assign`). limits: none is left.
    Result<std::uint32_t> choose(std::string_view name) const;
    // One that was asked for: of `ids.ranges` or `ids.accept`. `field`: uid or gid.
    Result<void> check(std::int64_t id, std::string_view field) const;

 private:
    Result<std::optional<std::uint32_t>> first_free(std::uint64_t from, std::uint64_t last) const;
    Result<std::optional<std::uint32_t>> next() const;
    Result<std::optional<std::uint32_t>> by_name(std::string_view name) const;
    const Config& config_;
    const HostFiles& host_;
    store::Retired& retired_;
};

}  // namespace userd
