// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace userd::store {

// Some space beside the store that is kept for the day on which the disk is full: so that a one-time code
// that a login used is still durable then. The file is the state; any thread.
class Ballast {
 public:
    static constexpr std::size_t size = std::size_t{4} << 20U;

    explicit Ballast(std::string_view store_path);  // ":memory:": there is none, and never a need for it
    bool is_held() const;
    // Writes it and waits for the disk; nothing to do when it is held. no_space: it does not fit with some
    // room to spare; nothing of it stays.
    Result<void> make() const;
    // Its space is free when this returns. False: there was none.
    bool give_up() const;

 private:
    Result<void> write(const std::string& name) const;
    std::string folder_;  // empty: a store in memory
    std::string path_;
};

}  // namespace userd::store
