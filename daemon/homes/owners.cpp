// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose a file is, is decided and changed on the same O_PATH descriptor, so no name can be bent in between.
#include "daemon/homes/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "common/base/text.h"
#include "daemon/homes/acl.h"
#include "daemon/homes/place.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr std::size_t most_acl_bytes = 64 * 1024;  // the kernel's own bound of an attribute

const char* kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "folder";
        case S_IFLNK:
            return "link";
        case S_IFREG:
            return "file";
        case S_IFIFO:
            return "fifo";
        case S_IFSOCK:
            return "socket";
        default:
            return "device";
    }
}

// The ACLs of what stands there: only folders have a default.
std::vector<const char*> acls_of(const Entry& entry) {
    if (S_ISLNK(entry.status.st_mode)) return {};
    if (entry.is_folder()) return {"system.posix_acl_access", "system.posix_acl_default"};
    return {"system.posix_acl_access"};
}

// Empty: there is none.
Result<std::string> read_acl(const Entry& entry, const char* name) {
    std::string bytes(most_acl_bytes, '\0');
    const ssize_t size = getxattr(by_descriptor(entry.handle).c_str(), name, bytes.data(), bytes.size());
    if (size < 0 && errno != ENODATA && errno != ENOTSUP)
        return fail(Errc::io, "read its ACL: {}", std::strerror(errno));
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return bytes;
}

bool has_acl_entry(const Entry& entry, std::uint32_t uid) {
    for (const char* name : acls_of(entry))
        if (const auto acl = read_acl(entry, name); acl && acl_names_user(*acl, uid)) return true;
    return false;
}

class Find final : public Visitor {
 public:
    Find(const wire::Errand& errand, Report& report) : errand_(errand), report_(report) {}

    bool is_full() const { return errand_.most != 0 && report_.items() >= errand_.most; }

    Result<bool> enter(const Entry& entry) override {
        if (is_full()) return false;
        const struct stat& status = entry.status;
        TRY(report_.look());
        if (status.st_uid == errand_.uid)
            TRY(report_.item(wire::ItemKind::file, entry.path, kind_of(status.st_mode),
                             S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0));
        else if (has_acl_entry(entry, errand_.uid))
            TRY(report_.item(wire::ItemKind::file, entry.path, "entry in its ACL"));
        return true;
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        return report_.note(path, why);
    }

 private:
    const wire::Errand& errand_;
    Report& report_;
};

class Change final : public Visitor {
 public:
    Change(const wire::Errand& errand, Report& report) : errand_(errand), report_(report) {}

    Result<bool> enter(const Entry& entry) override {
        const struct stat& status = entry.status;
        TRY(report_.look());
        if (status.st_uid != errand_.uid) return pass_on_entries(entry);
        if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) return leave_alone(entry, "a device");
        if (!entry.is_folder() && status.st_nlink != 1) return leave_alone(entry, "it has several names");
        if (!entry.is_folder() && !S_ISLNK(status.st_mode)) TRY(disarm(entry));
        const gid_t gid = status.st_gid == errand_.gid ? errand_.to_gid : static_cast<gid_t>(-1);
        if (fchownat(entry.handle.get(), "", errand_.to_uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
            return leave_alone(entry, std::strerror(errno));
        TRY(report_.step(S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0));
        TRY(change_acls(entry));
        return true;
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        return report_.note(path, why);
    }

 private:
    // A file of somebody else: what its ACL lets the user do goes to the new one. A file with several names
    // may stand outside of the folders as well.
    Result<bool> pass_on_entries(const Entry& entry) {
        if (!has_acl_entry(entry, errand_.uid)) return true;
        if (!entry.is_folder() && entry.status.st_nlink != 1)
            return leave_alone(entry, "an entry in the ACL of a file with several names");
        TRY(report_.step());
        TRY(change_acls(entry));
        return true;
    }

    Result<void> change_acls(const Entry& entry) {
        const AclChange change{errand_.uid, errand_.to_uid, errand_.gid, errand_.to_gid};
        for (const char* name : acls_of(entry)) {
            const auto acl = read_acl(entry, name);
            const auto changed = acl ? change_acl(*acl, change) : std::string();
            const bool is_set =
                acl && (changed == *acl || setxattr(by_descriptor(entry.handle).c_str(), name, changed.data(),
                                                    changed.size(), XATTR_REPLACE) == 0);
            if (!is_set)
                TRY(report_.note(entry.path, acl ? fmt::format("its ACL stays: {}", std::strerror(errno))
                                                 : acl.error().message));
        }
        return {};
    }

    Result<bool> leave_alone(const Entry& entry, std::string_view why) {
        TRY(report_.note(entry.path, fmt::format("not given away: {}", why)));
        return true;
    }

    // A program that runs as its owner must not become one that runs as the new owner. The kernel clears the
    // bits of files at a chown as well: so whoever sets them again in between gains nothing.
    static Result<void> disarm(const Entry& entry) {
        const std::string path = by_descriptor(entry.handle);
        const mode_t mode = entry.status.st_mode & 07777;
        if ((mode & (S_ISUID | S_ISGID)) != 0 &&
            chmod(path.c_str(), mode & ~static_cast<mode_t>(S_ISUID | S_ISGID)) != 0)
            return fail(Errc::io, "take the set-id bits from {}: {}", escaped(entry.path),
                        std::strerror(errno));
        if (removexattr(path.c_str(), "security.capability") != 0 && errno != ENODATA && errno != ENOTSUP)
            return fail(Errc::io, "take the capabilities from {}: {}", escaped(entry.path),
                        std::strerror(errno));
        return {};
    }

    const wire::Errand& errand_;
    Report& report_;
};

bool lies_in(const std::string& path, const std::string& folder) {
    return path == folder || (path.starts_with(folder) && path[folder.size()] == '/');
}

// A folder of homes.yaml's `scan`, or one below; none: not there.
Result<Fd> open_scanned(const Limits& limits, const std::string& path) {
    const auto root = std::find_if(limits.scan.begin(), limits.scan.end(),
                                   [&](const std::string& folder) { return lies_in(path, folder); });
    if (root == limits.scan.end())
        return fail(Error{Errc::denied,
                          fmt::format("{} is not below a folder of scan in homes.yaml", escaped(path)),
                          "add it to scan in /etc/userd/homes.yaml",
                          {}});
    auto folder = open_trusted(*root, false);
    if (!folder || path == *root) return folder;
    Fd below =
        open_beneath(folder->get(), path.c_str() + root->size() + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (below) return below;
    const int error = errno;
    if (error == ENOTDIR || error == ELOOP || error == ENOENT)
        return fail(Error{Errc::invalid, fmt::format("open {}: {}", escaped(path), std::strerror(error)),
                          "a folder that is there, without links on the way to it", "paths"});
    return fail(Errc::unavailable, "open {}: {}", escaped(path), std::strerror(error));
}

struct Start {
    std::string path;
    Result<Fd> folder;
    struct stat status {};
};

// Folders that lie in another one of the list, on the same file system, would be walked twice.
bool is_walked_already(const std::vector<Start>& starts, std::size_t which) {
    const Start& own = starts[which];
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const Start& other = starts[i];
        if (i != which && other.folder && lies_in(own.path, other.path) &&
            (own.path != other.path || i < which) && other.status.st_dev == own.status.st_dev)
            return true;
    }
    return false;
}

// All are opened before the first is walked: nothing is looked at that homes.yaml does not name.
Result<std::vector<Start>> open_starts(const Limits& limits, const wire::Errand& errand) {
    std::vector<std::string> paths;
    for (const auto path : split(errand.paths, '\0'))
        if (!path.empty()) paths.emplace_back(path);
    const bool chosen = !paths.empty();
    std::vector<Start> starts;
    for (const auto& path : chosen ? paths : limits.scan) {
        Start start{path, open_scanned(limits, path)};
        if (!start.folder && chosen) return Failure(start.folder.error());
        if (start.folder && fstat(start.folder->get(), &start.status) != 0)
            return fail(Errc::io, "look at {}: {}", escaped(path), std::strerror(errno));
        starts.push_back(std::move(start));
    }
    return starts;
}

Result<void> walk_all(const Limits& limits, const wire::Errand& errand, Report& report, Visitor& visitor) {
    const auto starts = TRY(open_starts(limits, errand));
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const auto& [path, folder, status] = starts[i];
        if (!folder)
            TRY(report.note(path, folder.error().message));
        else if (!is_walked_already(starts, i))
            TRY(walk(folder->get(), ".", path, visitor));
    }
    return {};
}

}  // namespace

Result<void> find_files(const Limits& limits, const wire::Errand& errand, Report& report) {
    Find find(errand, report);
    return walk_all(limits, errand, report, find);
}

Result<void> change_owner(const Limits& limits, const wire::Errand& errand, Report& report) {
    Change change(errand, report);
    return walk_all(limits, errand, report, change);
}

}  // namespace userd::homes
