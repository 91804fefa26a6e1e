// SPDX-License-Identifier: LGPL-2.1-or-later
// The home is built in a folder of root's own, where nobody can lay a trap, and gets its name when it is
// whole. Of the skeleton only what everybody may read anyway is copied: the core names the folder, and must
// not be able to name one with secrets.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cstring>
#include <vector>

#include "common/base/text.h"
#include "daemon/homes/home.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/place.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr mode_t permission_bits = 0755;  // a home that others may write is nobody's wish
constexpr off_t largest_skeleton_file = 16 << 20;

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

// What a crash left behind: a folder of root's that nobody else has been in.
class Sweep final : public Visitor {
 public:
    Result<bool> enter(const Entry& entry) override {
        if (!entry.is_folder() && unlinkat(entry.folder, entry.name.c_str(), 0) != 0)
            return failed("remove", entry.path);
        return true;
    }
    Result<void> leave(const Entry& entry) override {
        if (unlinkat(entry.folder, entry.name.c_str(), AT_REMOVEDIR) != 0)
            return failed("remove", entry.path);
        return {};
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        return fail(Errc::io, "remove {}: {}", escaped(path), why);
    }
};

Result<void> fill(int unfinished, const wire::Errand& errand, Report& report) {
    const Owner owner{errand.uid, errand.gid};
    if (errand.sftp) {
        if (mkdirat(unfinished, "files", 0700) != 0 ||
            fchownat(unfinished, "files", owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) != 0 ||
            fchmod(unfinished, 0755) != 0)
            return failed("make", errand.home);
        return {};
    }
    if (!errand.skeleton.empty()) {
        const std::string skeleton(errand.skeleton);
        if (const auto from = open_trusted(skeleton, true)) {
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

}  // namespace

Result<void> create_home(const Limits& limits, const wire::Errand& errand, Report& report) {
    const Place place = TRY(open_place(limits, errand.home));
    if (open_handle(place.root.get(), place.name.c_str()) || errno != ENOENT) {
        TRY(open_home(limits, errand.home, errand.uid, errand.sftp));
        return {};  // it is there, and the user's
    }
    const std::string unfinished_name = fmt::format(".userd-new-{}", errand.uid);
    Sweep sweep;
    TRY(walk(place.root.get(), unfinished_name, unfinished_name, sweep));
    if (mkdirat(place.root.get(), unfinished_name.c_str(), 0700) != 0) return failed("make", errand.home);
    const Fd unfinished = open_beneath(place.root.get(), unfinished_name.c_str(), O_RDONLY | O_DIRECTORY);
    const auto made =
        unfinished ? fill(unfinished.get(), errand, report) : Failure(failed("make", errand.home));
    const bool moved = made && renameat2(place.root.get(), unfinished_name.c_str(), place.root.get(),
                                         place.name.c_str(), RENAME_NOREPLACE) == 0;
    if (moved) return report.step();
    const auto why = made ? Result<void>(failed("make", errand.home)) : made;
    (void)walk(place.root.get(), unfinished_name, unfinished_name, sweep);
    return why;
}

}  // namespace userd::homes
