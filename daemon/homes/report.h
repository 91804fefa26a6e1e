// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/wire/homes.h"

namespace userd::homes {

// What an errand tells its peer while it runs. An error of any of these means: stop, the peer has gone.
class Report {
 public:
    explicit Report(int connection) : connection_(connection) {}

    // One more thing looked at: now and then the peer hears of it.
    Result<void> look();
    // One more thing dealt with.
    Result<void> step(std::uint64_t bytes = 0);
    Result<void> item(wire::ItemKind kind, std::string_view path, std::string_view detail,
                      std::uint64_t bytes = 0);
    // Something that was left alone, and why.
    Result<void> note(std::string_view path, std::string_view why) {
        return item(wire::ItemKind::note, path, why);
    }

    void finish(
        const Result<std::string>& outcome);  // the last word; a value is the path of an archive, or empty

    std::uint64_t count() const { return count_; }
    std::uint64_t items() const { return items_; }
    std::uint64_t notes() const { return notes_; }

 private:
    Result<void> send(const wire::Word& word);

    int connection_;
    std::uint64_t looks_ = 0, count_ = 0, bytes_ = 0, items_ = 0, notes_ = 0;
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

}  // namespace userd::homes
