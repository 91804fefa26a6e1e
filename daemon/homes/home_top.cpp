// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/home_top.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <cstring>

#include "common/base/handle.h"

namespace userd::homes {
namespace {

Failure not_the_users(std::string_view path) {
    return fail(Errc::denied, "{} does not belong to this user", path);
}

// Only files/, and that the user's: else a folder of root's could be passed off as somebody's home.
Result<void> check_sftp_top(const Fd& top, std::uint32_t uid, std::string_view path) {
    Fd readable = open_beneath(top.get(), ".", O_RDONLY | O_DIRECTORY);
    if (!readable) return fail(Errc::io, "read {}: {}", path, std::strerror(errno));
    const Handle<DIR, closedir> folder(fdopendir(readable.get()));
    if (!folder) return fail(Errc::internal, "read {}: {}", path, std::strerror(errno));
    readable.release();
    bool has_files = false;
    while (const dirent* found = readdir(folder.get())) {
        const std::string_view name = found->d_name;
        if (name == "." || name == "..") continue;
        struct stat status {};
        if (name != "files" || fstatat(top.get(), "files", &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISDIR(status.st_mode) || status.st_uid != uid)
            return not_the_users(path);
        has_files = true;
    }
    if (!has_files) return not_the_users(path);
    return {};
}

}  // namespace

Result<HomeTop> open_home(const Limits& limits, std::string_view path, std::uint32_t uid, bool sftp) {
    HomeTop home{TRY(open_place(limits, path)), Fd()};
    home.top = open_handle(home.place.root.get(), home.place.name.c_str());
    if (!home.top && errno == EXDEV)
        return fail(Errc::policy_violation, "{} is a mount of its own: unmount it first", home.place.path);
    struct stat status {};
    if (!home.top || fstat(home.top.get(), &status) != 0)
        return fail(errno == ENOENT ? Errc::not_ours : Errc::io, "{}: {}", home.place.path,
                    std::strerror(errno));
    if (!S_ISDIR(status.st_mode)) return fail(Errc::denied, "{} is not a folder", home.place.path);
    if (status.st_uid != (sftp ? 0 : uid)) return not_the_users(home.place.path);
    if (sftp) TRY(check_sftp_top(home.top, uid, home.place.path));
    return home;
}

}  // namespace userd::homes
