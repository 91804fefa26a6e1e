// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>

#include "common/base/handle.h"
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

Result<struct stat> look_at(const Fd& folder, std::string_view path) {
    struct stat status {};
    if (fstat(folder.get(), &status) != 0)
        return fail(Errc::io, "look at {}: {}", path, std::strerror(errno));
    return status;
}

using Check = Result<void> (*)(const struct stat& status, std::string_view path);

Result<void> check_roots(const struct stat& status, std::string_view path) {
    if (status.st_uid != 0) return fail(Errc::denied, "{} does not belong to root", path);
    return {};
}

Result<void> check_closed(const struct stat& status, std::string_view path) {
    TRY(check_roots(status, path));
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(Errc::denied, "others than root may write in {}", path);
    return {};
}

Result<void> check_passable(const struct stat& status, std::string_view path) {
    if ((status.st_mode & S_IXOTH) == 0) return fail(Errc::denied, "not everybody may enter {}", path);
    return {};
}

Result<void> check_public(const struct stat& status, std::string_view path) {
    TRY(check_closed(status, path));
    return check_passable(status, path);
}

// Each folder on the way is opened by its one name and checked as it is. `missing`: what it is when one is
// not there.
Result<Fd> open_checked(const std::string& path, Check check, Errc missing = Errc::unavailable) {
    Fd folder(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    std::string walked = "/";
    const auto parts =
        path == "/" ? std::vector<std::string_view>() : split(std::string_view(path).substr(1), '/');
    for (const auto part : parts) {
        const auto status = TRY(look_at(folder, walked));
        TRY(check(status, walked));
        walked =
            walked == "/" ? fmt::format("/{}", escaped(part)) : fmt::format("{}/{}", walked, escaped(part));
        folder = open_how(folder.get(), std::string(part).c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        if (!folder)
            return fail(errno == ENOENT ? missing : Errc::unavailable, "open {}: {}", walked,
                        std::strerror(errno));
    }
    const auto status = TRY(look_at(folder, walked));
    TRY(check(status, walked));
    return folder;
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
    return open_checked(path, closed ? check_closed : check_roots);
}

Result<Fd> open_public(const std::string& path) {
    Fd folder = TRY(open_checked(path, check_public));
    const auto status = TRY(look_at(folder, path));
    if ((status.st_mode & S_IROTH) == 0)
        return fail(Errc::denied, "not everybody may read {}", escaped(path));
    return folder;
}

bool everybody_sees_folder(const std::string& path) {
    return open_checked(path, check_passable).has_value();
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
    place.root = TRY(open_checked(root, check_closed, Errc::not_ours));
    return place;
}

Result<void> for_each_name(const Fd& folder, const std::function<Result<void>(const std::string&)>& each) {
    if (!folder) return {};
    Fd readable = open_beneath(folder.get(), ".", O_RDONLY | O_DIRECTORY);
    const Handle<DIR, closedir> names(readable ? fdopendir(readable.get()) : nullptr);
    if (!names) return fail(Errc::io, "read a folder of jobs: {}", std::strerror(errno));
    readable.release();
    while (const dirent* found = readdir(names.get()))
        if (const std::string name = found->d_name; name != "." && name != "..") TRY(each(name));
    return {};
}

}  // namespace userd::homes
