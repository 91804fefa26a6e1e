// SPDX-License-Identifier: LGPL-2.1-or-later
// Random bytes, really written: space that is merely allocated is not there when a file system that copies on
// write, compresses or deduplicates is full.
#include "daemon/store/ballast.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/base/fd.h"

namespace userd::store {
namespace {

constexpr std::size_t room_to_spare = std::size_t{1} << 20U;

bool has_room(const std::string& folder) {
    struct statvfs about {};
    return ::statvfs(folder.c_str(), &about) == 0 &&
           about.f_bavail * about.f_frsize >= Ballast::size + room_to_spare;
}

Failure failed(const std::string& path) {
    const int error = errno;
    return fail(error == ENOSPC || error == EDQUOT ? Errc::no_space : Errc::io, "write {}: {}", path,
                std::strerror(error));
}

bool sync_folder(const std::string& folder) {
    const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd && ::fsync(fd.get()) == 0;
}

}  // namespace

Ballast::Ballast(std::string_view store_path) {
    if (store_path == ":memory:") return;
    folder_ = std::filesystem::path(store_path).parent_path().string();
    if (folder_.empty()) folder_ = ".";
    path_ = folder_ + "/ballast";
}

bool Ballast::is_held() const {
    struct stat about {};
    return folder_.empty() ||
           (::lstat(path_.c_str(), &about) == 0 && about.st_size == static_cast<off_t>(size));
}

Result<void> Ballast::make() const {
    if (is_held()) return {};
    if (!has_room(folder_)) return fail(Errc::no_space, "write {}: there is no room for it", path_);
    const std::string name = path_ + ".new";
    ::unlink(name.c_str());  // of a start that was cut short
    auto written = write(name);
    if (written && ::rename(name.c_str(), path_.c_str()) != 0) written = failed(path_);
    if (!written) ::unlink(name.c_str());
    return written;
}

Result<void> Ballast::write(const std::string& name) const {
    const Fd fd(::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return failed(name);
    std::array<unsigned char, 65536> bytes;
    static_assert(size % sizeof bytes == 0);
    for (std::size_t done = 0; done < size; done += bytes.size()) {
        randombytes_buf(bytes.data(), bytes.size());
        errno = ENOSPC;  // what a short write means
        if (::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
            return failed(name);
    }
    if (::fdatasync(fd.get()) != 0) return failed(name);
    return {};
}

// A journalling file system frees the blocks with its next commit, so that is waited for.
bool Ballast::give_up() const {
    if (folder_.empty() || ::unlink(path_.c_str()) != 0) return false;
    sync_folder(folder_);
    return true;
}

}  // namespace userd::store
