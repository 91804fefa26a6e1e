// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

#include "common/base/text.h"

namespace userd::homes {
namespace {

Fd open_how(int folder, const char* name, int flags, std::uint64_t resolve) {
    struct ::open_how how {};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    how.resolve = resolve;
    for (;;) {
        const long fd = syscall(SYS_openat2, folder, name, &how, sizeof how);
        if (fd >= 0 || (errno != EINTR && errno != EAGAIN)) return Fd(static_cast<int>(fd));
    }
}

Result<void> check_trusted(int fd, std::string_view path, bool closed) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return fail(Errc::io, "look at {}: {}", path, std::strerror(errno));
    if (status.st_uid != 0) return fail(Errc::denied, "{} does not belong to root", path);
    if (closed && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(Errc::denied, "others than root may write in {}", path);
    return {};
}

}  // namespace

Fd open_beneath(int folder, const char* name, int flags) {
    return open_how(folder, name, flags,
                    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

Fd open_handle(int folder, const char* name) {
    return open_beneath(folder, name, O_PATH | O_NOFOLLOW);
}

Result<Fd> open_trusted(const std::string& path, bool closed) {
    Fd folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    TRY(check_trusted(folder.get(), "/", closed));
    std::string walked;
    for (const auto part : split(std::string_view(path).substr(1), '/')) {
        walked += fmt::format("/{}", part);
        Fd next = open_how(folder.get(), std::string(part).c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW,
                           RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        if (!next) return fail(Errc::unavailable, "open {}: {}", escaped(walked), std::strerror(errno));
        TRY(check_trusted(next.get(), walked, closed));
        folder = std::move(next);
    }
    return folder;
}

Result<Place> open_place(const Limits& limits, std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos || slash == 0)
        return fail(Errc::invalid, "\"{}\" is not the path of a home", escaped(path));
    const std::string root(path.substr(0, slash));
    Place place{Fd(), std::string(path.substr(slash + 1)), escaped(path)};
    if (place.name.empty() || place.name[0] == '.' || place.name.size() > 255)
        return fail(Errc::invalid, "\"{}\" is not the path of a home", place.path);
    if (std::find(limits.roots.begin(), limits.roots.end(), root) == limits.roots.end())
        return fail(Error{Errc::denied,
                          fmt::format("{} is not directly below a root of homes.yaml", place.path),
                          "add its folder to roots in /etc/userd/homes.yaml",
                          {}});
    place.root = TRY(open_trusted(root, true));
    return place;
}

}  // namespace userd::homes
