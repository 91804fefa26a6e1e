// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/base/secret.h"

namespace userd {

// Passwords that are refused: the lines of a file, letter case aside. Kept as 48 bits of a keyed hash of each
// line, four bytes a line: a list of ten million lines is 40 MB, where the lines themselves would be several
// times that and a search in the mapped file would need it sorted in our order. A password that is not on the
// list passes for one that is once in some ten million times.
class Blocklist {
 public:
    static constexpr std::size_t most_lines = 10'000'000;
    // Shorter lines are left out, since no policy takes passwords as short; and longer ones than any
    // password.
    static constexpr std::size_t shortest_line = 8;  // bytes

    // Looks at the file but reads none of it. It must be a regular file of root's, or of `owner`'s, that
    // nobody else can write (denied): who writes it decides which passwords are taken.
    static Result<std::shared_ptr<const Blocklist>> open(const std::string& path, std::uint32_t owner = 0);
    // A list that is here already, for tests: `piece` bytes are looked at together.
    static std::shared_ptr<const Blocklist> of_text(std::string_view text, std::size_t piece = 65536,
                                                    std::size_t most = most_lines);

    ~Blocklist();

    // Reads the file, once; threads that come meanwhile wait. Seconds for millions of lines: for a worker. A
    // list that cannot be read, or is too long, is an error each time: a missing rule must not pass for a
    // kept one.
    Result<void> read() const;
    Result<bool> holds(const Secret& password) const;  // reads it when nobody has

 private:
    // The next bytes of the list after `offset`, none at its end.
    using Source = std::function<Result<std::string_view>(std::uint64_t offset)>;
    struct Table;
    Blocklist(Source source, std::size_t most);

    mutable Source source_;
    std::size_t most_;
    mutable std::once_flag once_;
    mutable Result<void> outcome_;
    mutable std::unique_ptr<Table> table_;
};

}  // namespace userd
