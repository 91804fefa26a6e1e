// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <shadow.h>
#include <stdio.h>
#include <unistd.h>

#include <cstring>

#include "common/base/fd.h"
#include "common/base/text.h"

namespace userd::homes {
namespace {

constexpr off_t max_file_size = 16 << 20;

Result<void> sync_folder_of(const std::string& path) {
    const std::string folder = path.substr(0, path.rfind('/'));
    const Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) != 0)
        return fail(Errc::io, "sync {}: {}", escaped(folder), std::strerror(errno));
    return {};
}

}  // namespace

Result<std::optional<HostFile>> read_host_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    HostFile file;
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::optional<HostFile>();
    if (!fd || fstat(fd.get(), &file.status) != 0 || !S_ISREG(file.status.st_mode) ||
        file.status.st_size > max_file_size)
        return fail(Errc::io, "read {}: {}", escaped(path), std::strerror(fd ? EINVAL : errno));
    file.text.resize(static_cast<std::size_t>(file.status.st_size));
    std::size_t have = 0;
    while (have < file.text.size()) {
        const ssize_t n = ::read(fd.get(), file.text.data() + have, file.text.size() - have);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, "read {}: {}", escaped(path), std::strerror(errno));
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
    }
    file.text.resize(have);
    return std::optional(std::move(file));
}

Result<void> write_new_file(const std::string& path, std::string_view text, const struct stat& like) {
    const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    bool good =
        fd && fchown(fd.get(), like.st_uid, like.st_gid) == 0 && fchmod(fd.get(), like.st_mode & 07777) == 0;
    while (good && !text.empty()) {
        const ssize_t n = ::write(fd.get(), text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        good = n > 0;
        if (good) text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (good && fsync(fd.get()) == 0) return {};
    const int why = errno;
    ::unlink(path.c_str());
    return fail(why == ENOSPC ? Errc::no_space : Errc::io, "write {}: {}", escaped(path), std::strerror(why));
}

struct stat roots_alone() {
    struct stat like {};
    like.st_mode = 0600;
    return like;
}

std::string successor_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return fmt::format("{}/.{}.userd", path.substr(0, slash), path.substr(slash + 1));
}

Result<void> replace_host_file(const std::string& path, std::string_view text, const struct stat& like) {
    const std::string fresh = successor_of(path);
    ::unlink(fresh.c_str());
    TRY(write_new_file(fresh, text, like));
    if (::rename(fresh.c_str(), path.c_str()) == 0) return sync_folder_of(path);
    const int why = errno;
    ::unlink(fresh.c_str());
    return fail(Errc::io, "replace {}: {}", escaped(path), std::strerror(why));
}

PasswdLock::PasswdLock() : held_(lckpwdf() == 0) {}

PasswdLock::~PasswdLock() {
    if (held_) ulckpwdf();
}

Result<void> PasswdLock::check() const {
    if (!held_) return fail(Errc::busy, "/etc/passwd and its like are locked by somebody else");
    return {};
}

}  // namespace userd::homes
