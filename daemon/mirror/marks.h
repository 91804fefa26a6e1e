// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace userd {

// A set of numbers of entries, which are small: a bit for each.
class Marks {
 public:
    void set(std::int64_t number) {
        const auto at = static_cast<std::size_t>(number);
        if (at >= bits_.size()) bits_.resize(at + at / 2 + 1024);
        bits_[at] = true;
    }
    void clear(std::int64_t number) {
        if (contains(number)) bits_[static_cast<std::size_t>(number)] = false;
    }
    bool contains(std::int64_t number) const {
        const auto at = static_cast<std::size_t>(number);
        return at < bits_.size() && bits_[at];
    }
    void clear() { bits_ = {}; }
    std::vector<std::int64_t> all() const {
        std::vector<std::int64_t> numbers;
        for (std::size_t at = 0; at < bits_.size(); ++at)
            if (bits_[at]) numbers.push_back(static_cast<std::int64_t>(at));
        return numbers;
    }

 private:
    std::vector<bool> bits_;
};

}  // namespace userd
