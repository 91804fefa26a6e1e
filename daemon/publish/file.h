// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/fd.h"
#include "common/base/result.h"

namespace userd::publish {

// The error of a failed system call: no_space for a full disk or quota, else io.
Failure system_error(std::string_view what, const std::string& path);

// A file of the snapshot while it is written, under a temporary name; gone again unless `publish` succeeds.
// Mode 0644, whatever the umask.
class NewFile {
 public:
    static Result<NewFile> create(const std::string& path);  // the final one
    NewFile(NewFile&&) noexcept = default;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    Result<void> append(std::string_view bytes);
    Result<void> write_at(std::uint64_t offset, std::string_view bytes);
    std::uint64_t size() const { return size_; }
    int fd() const { return fd_.get(); }
    enum class Sync { no, yes };  // yes: the file and its name in the folder are on the disk afterwards
    Result<void> publish(Sync sync);

 private:
    NewFile(std::string path, std::string temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

    std::string path_;
    std::string temporary_;  // empty once published
    Fd fd_;
    std::uint64_t size_ = 0;
};

// A file mapped to read, of the size it has now. Empty when the file is.
class FileMap {
 public:
    static Result<FileMap> open(int fd, const std::string& name_for_errors);
    static Result<FileMap> open(const std::string& path);
    FileMap() = default;
    FileMap(FileMap&& other) noexcept;
    FileMap& operator=(FileMap&& other) noexcept;
    ~FileMap();
    const std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

 private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

Result<void> sync_file(const std::string& path);
Result<void> sync_folder(const std::string& path);

}  // namespace userd::publish
