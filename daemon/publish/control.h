// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "common/snapshot/format.h"

namespace userd::publish {

// The page through which every reader on the host learns what to map. Setting a pair is one atomic store.
class ControlFile {
 public:
    // A new page at folder/control, in place of another; synced. Readers of the other keep theirs until it
    // retires.
    static Result<ControlFile> create(const std::string& folder, snapshot::Pair pair,
                                      std::uint64_t generation);
    // The page of an earlier run; none when there is none that can be used.
    static std::optional<ControlFile> open(const std::string& folder);

    ControlFile(ControlFile&& other) noexcept;
    ControlFile& operator=(ControlFile&& other) noexcept;
    ~ControlFile();

    snapshot::Pair current() const;
    snapshot::Pair durable() const;
    void show(snapshot::Pair pair, std::uint64_t generation);
    // Any thread. `pair` is on the disk; so is the page that says so when this returns.
    Result<void> set_durable(snapshot::Pair pair);
    void retire();  // sends its readers to the path

 private:
    explicit ControlFile(snapshot::Control* page) : page_(page) {}
    snapshot::Control* page_ = nullptr;
};

}  // namespace userd::publish
