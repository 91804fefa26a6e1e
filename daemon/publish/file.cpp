// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <filesystem>

namespace userd::publish {

Failure system_error(std::string_view what, const std::string& path) {
    const int error = errno;
    const Errc code = error == ENOSPC || error == EDQUOT ? Errc::no_space : Errc::io;
    return fail(code, "{} {}: {}", what, path, ::strerrordesc_np(error));
}

Result<NewFile> NewFile::create(const std::string& path) {
    std::string temporary = path + ".new";
    ::unlink(temporary.c_str());
    Fd fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd) return system_error("create", temporary);
    NewFile file(path, std::move(temporary), std::move(fd));
    if (::fchmod(file.fd(), 0644) != 0) return system_error("chmod", path);
    return file;
}

NewFile::~NewFile() {
    if (!temporary_.empty() && fd_) ::unlink(temporary_.c_str());
}

Result<void> NewFile::append(std::string_view bytes) {
    TRY(write_at(size_, bytes));
    size_ += bytes.size();
    return {};
}

Result<void> NewFile::write_at(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return system_error("write", temporary_);
        offset += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<void> NewFile::publish(Sync sync) {
    if (sync == Sync::yes && ::fdatasync(fd()) != 0) return system_error("sync", temporary_);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_error("rename", temporary_);
    temporary_.clear();
    if (sync == Sync::yes) TRY(sync_folder(std::filesystem::path(path_).parent_path()));
    return {};
}

Result<FileMap> FileMap::open(int fd, const std::string& name_for_errors) {
    struct stat info;
    if (::fstat(fd, &info) != 0) return system_error("stat", name_for_errors);
    FileMap map;
    if (info.st_size == 0) return map;
    void* data = ::mmap(nullptr, static_cast<std::size_t>(info.st_size), PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) return system_error("map", name_for_errors);
    map.data_ = static_cast<const std::byte*>(data);
    map.size_ = static_cast<std::size_t>(info.st_size);
    return map;
}

Result<FileMap> FileMap::open(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return system_error("open", path);
    return open(fd.get(), path);
}

FileMap::FileMap(FileMap&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

FileMap& FileMap::operator=(FileMap&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

FileMap::~FileMap() {
    if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

Result<void> sync_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::fdatasync(fd.get()) != 0) return system_error("sync", path);
    return {};
}

Result<void> sync_folder(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECTORY));
    if (!fd || ::fsync(fd.get()) != 0) return system_error("sync", path);
    return {};
}

}  // namespace userd::publish
