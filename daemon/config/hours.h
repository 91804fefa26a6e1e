// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "daemon/runtime/local_time.h"

namespace userd {

// The minutes of a week, by the clock on the wall: "Mo-Fr 07:00-20:00", "Fr 22:00-06:00" (into Saturday),
// "Mo,We 08:00-12:00,13:00-17:00; Sa" (all of Saturday). Never empty. A range begins with its first minute
// and ends before its last.
class Hours {
 public:
    static Result<Hours> parse(std::string_view text);

    bool contains(LocalTime time) const { return minutes_[time.day * day + time.minute]; }
    const std::string& text() const { return text_; }  // as it was written
    // This and the other.
    void add(const Hours& other);

 private:
    static constexpr unsigned day = 24 * 60, week = 7 * day;
    using Week = std::bitset<week>;
    static Result<Week> parse_part(std::string_view text);
    Week minutes_;
    std::string text_;
};

std::string to_text(LocalTime time);  // "Sat 22:10"

}  // namespace userd
