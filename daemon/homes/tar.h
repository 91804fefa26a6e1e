// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"

namespace userd::homes {

// Writes a tar archive (POSIX.1-2001 pax, holes as GNU tar's sparse format 1.0) to a descriptor. Names are
// bytes, of any length; owners and times are the files'.
class TarWriter {
 public:
    explicit TarWriter(int fd) : fd_(fd) {}

    Result<void> add_folder(std::string_view path, const struct stat& status);
    Result<void> add_link(std::string_view path, const struct stat& status, std::string_view target);
    Result<void> add_hard_link(std::string_view path, const struct stat& status, std::string_view earlier);
    Result<void> add_fifo(std::string_view path, const struct stat& status);
    // `tell` hears of each piece written. A file that shrinks meanwhile is filled up with zeros.
    using Tell = std::function<Result<void>(std::uint64_t bytes)>;
    Result<void> add_file(std::string_view path, const struct stat& status, int from, const Tell& tell);
    Result<void> finish();

    std::uint64_t written() const { return written_; }

 private:
    struct Part {
        std::uint64_t offset, size;
    };
    using Facts = std::vector<std::pair<std::string, std::string>>;  // pax records

    Result<void> add_header(char type, std::string_view path, const struct stat& status, std::uint64_t size,
                            std::string_view target, Facts facts);
    Result<void> write_header(char type, std::string_view name, const struct stat& status, std::uint64_t size,
                              std::string_view target);
    Result<void> copy(int from, const Part& part, const Tell& tell);
    Result<void> write(std::string_view bytes);
    Result<void> pad();
    static std::vector<Part> parts_of(int from, const struct stat& status);

    int fd_;
    std::uint64_t written_ = 0;
};

}  // namespace userd::homes
