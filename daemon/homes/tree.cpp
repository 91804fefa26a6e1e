// SPDX-License-Identifier: LGPL-2.1-or-later
// A walk that no one can lead astray: each folder is held open while its contents are visited, each thing in
// it is opened by one name with openat2, and all decisions are made on what was opened.
#include "daemon/homes/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include <cstring>
#include <memory>
#include <vector>

#include "common/base/handle.h"
#include "daemon/homes/place.h"

namespace userd::homes {
namespace {

constexpr unsigned deepest = 1024;  // folders held open at once

using Folder = Handle<DIR, closedir>;

class Walk {
 public:
    Walk(Visitor& visitor, std::string path) : visitor_(visitor), path_(std::move(path)) {}

    Result<void> visit(int folder, const struct stat* of_folder, const std::string& name, unsigned depth) {
        Entry entry{folder, of_folder, name, open_handle(folder, name.c_str()), {}, path_};
        if (!entry.handle || fstat(entry.handle.get(), &entry.status) != 0) {
            if (errno == ENOENT) return {};  // gone meanwhile
            return visitor_.skip(
                path_, errno == EXDEV ? "another file system is mounted here" : std::strerror(errno));
        }
        if (!TRY(visitor_.enter(entry)) || !entry.is_folder()) return {};
        if (depth == deepest) return visitor_.skip(path_, "more than 1024 folders deep");
        TRY(visit_contents(entry, depth));
        return visitor_.leave(entry);
    }

 private:
    Result<void> visit_contents(const Entry& entry, unsigned depth) {
        Fd readable = open_beneath(entry.handle.get(), ".", O_RDONLY | O_DIRECTORY);
        if (!readable) return visitor_.skip(path_, std::strerror(errno));
        const Folder folder(fdopendir(readable.get()));
        if (!folder) return fail(Errc::internal, "read a folder: {}", std::strerror(errno));
        readable.release();
        const std::size_t length = path_.size();
        for (;;) {
            errno = 0;
            const dirent* found = readdir(folder.get());
            if (found == nullptr) {
                if (errno != 0) TRY(visitor_.skip(path_, std::strerror(errno)));
                return {};
            }
            const std::string name = found->d_name;
            if (name == "." || name == "..") continue;
            path_ += '/';
            path_ += name;
            const auto visited = visit(dirfd(folder.get()), &entry.status, name, depth + 1);
            path_.resize(length);
            if (!visited) return visited;
        }
    }

    Visitor& visitor_;
    std::string path_;
};

}  // namespace

Result<void> walk(int folder, const std::string& name, std::string path, Visitor& visitor) {
    struct stat status {};
    if (fstat(folder, &status) != 0) return fail(Errc::io, "look at a folder: {}", std::strerror(errno));
    return Walk(visitor, std::move(path)).visit(folder, &status, name, 0);
}

std::string by_descriptor(const Fd& fd) {
    return "/proc/self/fd/" + std::to_string(fd.get());
}

}  // namespace userd::homes
