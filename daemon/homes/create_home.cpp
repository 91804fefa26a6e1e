// SPDX-License-Identifier: LGPL-2.1-or-later
// The home is built in a folder of root's own, where nobody can lay a trap, and gets its name when it is
// whole. Of the skeleton only what everybody may read anyway is copied: the core names the folder, and must
// not be able to name one with secrets. A lock on the folder lets one at a time build the same home.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/base/handle.h"
#include "common/base/text.h"
#include "daemon/homes/home.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/place.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr mode_t permission_bits = 0755;  // a home that others may write is nobody's wish
constexpr off_t largest_skeleton_file = 16 << 20;
constexpr int most_looks = 200, look_ms = 50;  // at a home that another builds

Failure failed(std::string_view deed, std::string_view path) {
    return fail(errno == ENOSPC || errno == EDQUOT ? Errc::no_space : Errc::io, "{} {}: {}", deed,
                escaped(path), std::strerror(errno));
}

struct Owner {
    std::uint32_t uid, gid;
};

class Copy final : public Visitor {
 public:
    Copy(Fd to, Owner owner, Report& report) : owner_(owner), report_(report) {
        folders_.push_back(std::move(to));
    }

    Result<bool> enter(const Entry& entry) override {
        TRY(report_.step());
        if (!top_passed_) return top_passed_ = true;  // the skeleton itself
        const mode_t readable = entry.is_folder() ? 0005 : S_ISLNK(entry.status.st_mode) ? 0 : 0004;
        if (entry.status.st_uid != 0 || (entry.status.st_mode & readable) != readable) {
            TRY(report_.note(entry.path, "not copied: not root's, or not for everybody to read"));
            return false;
        }
        if (entry.is_folder()) {
            TRY(make_folder(entry));
            return true;
        }
        if (S_ISREG(entry.status.st_mode))
            TRY(copy_file(entry));
        else if (S_ISLNK(entry.status.st_mode))
            TRY(copy_link(entry));
        else
            TRY(report_.note(entry.path, "not copied: neither file, folder nor link"));
        return false;
    }
    Result<void> leave(const Entry&) override {
        if (folders_.size() > 1) folders_.pop_back();
        return {};
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        return report_.note(path, why);
    }

 private:
    int here() const { return folders_.back().get(); }

    Result<void> make_folder(const Entry& entry) {
        if (mkdirat(here(), entry.name.c_str(), 0700) != 0) return failed("make", entry.name);
        Fd made = open_beneath(here(), entry.name.c_str(), O_RDONLY | O_DIRECTORY);
        if (!made || fchown(made.get(), owner_.uid, owner_.gid) != 0 ||
            fchmod(made.get(), entry.status.st_mode & permission_bits) != 0)
            return failed("make", entry.name);
        folders_.push_back(std::move(made));
        return {};
    }

    Result<void> copy_file(const Entry& entry) {
        const Fd from(::open(by_descriptor(entry.handle).c_str(), O_RDONLY | O_CLOEXEC));
        const Fd to(
            ::openat(here(), entry.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (!from || !to) return failed("copy", entry.path);
        if (entry.status.st_size > largest_skeleton_file)
            return report_.note(entry.path, "not copied: larger than 16 MiB");
        for (off_t left = entry.status.st_size; left > 0;) {
            const ssize_t sent = sendfile(to.get(), from.get(), nullptr, static_cast<std::size_t>(left));
            if (sent < 0) return failed("copy", entry.path);
            if (sent == 0) break;
            left -= sent;
        }
        if (fchown(to.get(), owner_.uid, owner_.gid) != 0 ||
            fchmod(to.get(), entry.status.st_mode & permission_bits) != 0)
            return failed("copy", entry.path);
        return {};
    }

    Result<void> copy_link(const Entry& entry) {
        char target[4096];
        const ssize_t size = readlinkat(entry.handle.get(), "", target, sizeof target - 1);
        if (size < 0) return failed("copy", entry.path);
        target[size] = '\0';
        if (symlinkat(target, here(), entry.name.c_str()) != 0 ||
            fchownat(here(), entry.name.c_str(), owner_.uid, owner_.gid, AT_SYMLINK_NOFOLLOW) != 0)
            return failed("copy", entry.path);
        return {};
    }

    Owner owner_;
    Report& report_;
    std::vector<Fd> folders_;
    bool top_passed_ = false;
};

// What lies in the folder that a crash left behind.
class Sweep final : public Visitor {
 public:
    Result<bool> enter(const Entry& entry) override {
        if (!entry.is_folder() && unlinkat(entry.folder, entry.name.c_str(), 0) != 0)
            return failed("remove", entry.path);
        return true;
    }
    Result<void> leave(const Entry& entry) override {
        if (entry.name != "." && unlinkat(entry.folder, entry.name.c_str(), AT_REMOVEDIR) != 0)
            return failed("remove", entry.path);
        return {};
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        return fail(Errc::io, "remove {}: {}", escaped(path), why);
    }
};

// What is the user's in an sftp home: the top is root's, and nobody else may write there, as sshd wants it.
bool make_files(int top, Owner owner) {
    return mkdirat(top, "files", 0700) == 0 &&
           fchownat(top, "files", owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) == 0 && fchmod(top, 0755) == 0;
}

Result<void> fill(int unfinished, const wire::Errand& errand, Report& report) {
    const Owner owner{errand.uid, errand.gid};
    if (errand.sftp) {
        if (!make_files(unfinished, owner)) return failed("make", errand.home);
        return {};
    }
    if (!errand.skeleton.empty()) {
        const std::string skeleton(errand.skeleton);
        if (const auto from = open_public(skeleton)) {
            Copy copy(Fd(fcntl(unfinished, F_DUPFD_CLOEXEC, 3)), owner, report);
            TRY(walk(from->get(), ".", skeleton, copy));
        } else {
            TRY(report.note(skeleton, from.error().message));
        }
    }
    if (fchown(unfinished, owner.uid, owner.gid) != 0 ||
        fchmod(unfinished, errand.mode & permission_bits) != 0)
        return failed("make", errand.home);
    return {};
}

// Whether something is there that serves as the user's home: the folder of `open_home`, or one behind a mount
// or a link that is the user's all the same, or one of anybody's outside the roots, where none is made.
bool is_there(const Limits& limits, const wire::Errand& errand) {
    if (open_home(limits, errand.home, errand.uid, errand.sftp)) return true;
    const std::string path(errand.home);
    if (path.empty() || path[0] != '/') return false;
    for (const auto part : split(std::string_view(path).substr(1), '/'))
        if (part.empty() || part == "." || part == "..") return false;
    // What is to be a chroot is root's alone: sshd takes no other.
    struct stat status {};
    if (!errand.sftp && stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
        status.st_uid == errand.uid)
        return true;
    const auto place = open_place(limits, errand.home);
    return !place && place.error().code == Errc::denied && everybody_sees_folder(path);
}

bool is_named(const Place& place, const std::string& name, const Fd& held) {
    struct stat named {
    }, own{};
    return fstatat(place.root.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(held.get(), &own) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev;
}

// The empty folder in which the home is built, ours as long as it is open; none: meanwhile another has made
// the home. A user who gets at the folder of a crash and locks it keeps away nobody but themselves.
Result<Fd> hold_unfinished(const Place& place, const std::string& name) {
    for (int look = 0; look < most_looks; ++look, poll(nullptr, 0, look_ms)) {
        if (open_handle(place.root.get(), place.name.c_str())) return Fd();
        if (mkdirat(place.root.get(), name.c_str(), 0700) != 0 && errno != EEXIST)
            return failed("make", place.path);
        Fd held = open_beneath(place.root.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
        if (!held || flock(held.get(), LOCK_EX | LOCK_NB) != 0 || !is_named(place, name, held)) continue;
        if (fchown(held.get(), 0, 0) != 0 || fchmod(held.get(), 0700) != 0) return failed("make", place.path);
        Sweep sweep;
        TRY(walk(held.get(), ".", name, sweep));
        return held;
    }
    return fail(Errc::busy, "{} is being made by another errand for too long", place.path);
}

bool is_empty(const Fd& folder) {
    Fd readable = open_beneath(folder.get(), ".", O_RDONLY | O_DIRECTORY);
    const Handle<DIR, closedir> list(readable ? fdopendir(readable.get()) : nullptr);
    if (!list) return false;
    readable.release();
    while (const dirent* found = readdir(list.get())) {
        const std::string_view name = found->d_name;
        if (name != "." && name != "..") return false;
    }
    return true;
}

// The top of an sftp home is there: files/ comes back where it is root's and empty, and nobody else may write
// in it, for sshd would refuse the login. What else lies in it is not ours to mend.
Result<void> mend_sftp_home(const Limits& limits, const wire::Errand& errand, Report& report) {
    const auto place = open_place(limits, errand.home);
    if (!place) return {};
    const Fd top = open_beneath(place->root.get(), place->name.c_str(), O_RDONLY | O_DIRECTORY);
    struct stat status {};
    if (!top || fstat(top.get(), &status) != 0 || status.st_uid != 0) return {};
    if (is_empty(top)) {
        if (!make_files(top.get(), {errand.uid, errand.gid})) return failed("make", errand.home);
        return report.step();
    }
    const bool writable = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!writable || !open_home(limits, errand.home, errand.uid, true)) return {};
    if (fchmod(top.get(), 0755) != 0) return failed("mend", errand.home);
    return report.step();
}

// No distribution brings /srv/sftp, so the first home below makes it. Any other root that is not there may
// lie on a file system that is not mounted, under which homes would be hidden later.
Result<void> make_sftp_root(const Limits& limits, std::string_view home) {
    const std::string root(home.substr(0, home.rfind('/')));
    if (std::find(limits.roots.begin(), limits.roots.end(), root) == limits.roots.end()) return {};
    const auto slash = root.rfind('/');
    const Fd parent = TRY(open_trusted(slash == 0 ? "/" : root.substr(0, slash), true));
    const std::string name = root.substr(slash + 1);
    if (mkdirat(parent.get(), name.c_str(), 0700) != 0) {
        if (errno == EEXIST) return {};
        return failed("make", root);
    }
    const Fd made = open_beneath(parent.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
    if (!made || fchmod(made.get(), 0755) != 0) return failed("make", root);
    return {};
}

}  // namespace

Result<void> create_home(const Limits& limits, const wire::Errand& errand, Report& report) {
    if (errand.sftp) {
        if (const auto place = open_place(limits, errand.home);
            !place && place.error().code == Errc::not_ours)
            TRY(make_sftp_root(limits, errand.home));
        TRY(mend_sftp_home(limits, errand, report));
    }
    if (is_there(limits, errand)) return {};
    const Place place = TRY(open_place(limits, errand.home));
    if (open_handle(place.root.get(), place.name.c_str()) || errno != ENOENT) {
        TRY(open_home(limits, errand.home, errand.uid, errand.sftp));  // says why it is not the user's
        return {};
    }
    const std::string name = fmt::format(".userd-new-{}", errand.uid);
    const Fd unfinished = TRY(hold_unfinished(place, name));
    if (!unfinished) return create_home(limits, errand, report);
    const auto made = fill(unfinished.get(), errand, report);
    if (made && renameat2(place.root.get(), name.c_str(), place.root.get(), place.name.c_str(),
                          RENAME_NOREPLACE) == 0)
        return report.step();
    const bool is_taken = made && errno == EEXIST;  // somebody else has put one there
    const auto why = made ? Result<void>(failed("make", errand.home)) : made;
    Sweep sweep;
    if (walk(unfinished.get(), ".", name, sweep)) unlinkat(place.root.get(), name.c_str(), AT_REMOVEDIR);
    return is_taken ? create_home(limits, errand, report) : why;
}

}  // namespace userd::homes
