// SPDX-License-Identifier: LGPL-2.1-or-later
// Removing follows one rule: nothing that the user could not do. Who owns a folder may unlink all in it that
// is no folder, so that goes, whosever it is; a folder of somebody else, and what lies in it, stays.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cstring>

#include "common/base/text.h"
#include "daemon/homes/home.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr int most_passes = 3;  // a folder that changes while it is read may hide names

class Remove final : public Visitor {
 public:
    Remove(std::uint32_t uid, const Fd& top, Report& report) : uid_(uid), top_(top), report_(report) {}

    std::uint64_t kept = 0;  // in this pass

    Result<bool> enter(const Entry& entry) override {
        TRY(report_.step(
            static_cast<std::uint64_t>(S_ISREG(entry.status.st_mode) ? entry.status.st_size : 0)));
        if (is_top(entry)) return true;
        if (entry.of_folder->st_uid != uid_ && !above_is_sftp_top(entry))
            return keep(entry, "belongs to another");
        if (!entry.is_folder()) {
            if (unlinkat(entry.folder, entry.name.c_str(), 0) != 0 && errno != ENOENT)
                return keep(entry, std::strerror(errno));
            return false;
        }
        if (entry.status.st_uid == uid_) return true;
        if (unlinkat(entry.folder, entry.name.c_str(), AT_REMOVEDIR) == 0) return false;
        return keep(entry, "belongs to another");
    }
    Result<void> leave(const Entry& entry) override {
        if (unlinkat(entry.folder, entry.name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT) ++kept;
        return {};
    }
    Result<void> skip(const std::string& path, std::string_view why) override {
        ++kept;
        return tell_ ? report_.note(path, why) : Result<void>();
    }
    void tell() { tell_ = true; }

 private:
    // The place was checked before; the walk must find the same folder there.
    bool is_top(const Entry& entry) const {
        struct stat status {};
        return fstat(top_.get(), &status) == 0 && status.st_ino == entry.status.st_ino &&
               status.st_dev == entry.status.st_dev;
    }
    bool above_is_sftp_top(const Entry& entry) const {
        struct stat status {};
        return fstat(top_.get(), &status) == 0 && status.st_ino == entry.of_folder->st_ino &&
               status.st_dev == entry.of_folder->st_dev && entry.status.st_uid == uid_;
    }
    Result<bool> keep(const Entry& entry, std::string_view why) {
        TRY(skip(entry.path, why));
        return false;
    }

    std::uint32_t uid_;
    const Fd& top_;
    Report& report_;
    bool tell_ = false;
};

}  // namespace

Result<void> remove_home(const Limits& limits, const wire::Errand& errand, Report& report) {
    const HomeTop home = TRY(open_home(limits, errand.home, errand.uid, errand.sftp));
    Remove remove(errand.uid, home.top, report);
    for (int pass = 1; pass <= most_passes; ++pass) {
        if (pass == most_passes) remove.tell();
        remove.kept = 0;
        TRY(walk(home.place.root.get(), home.place.name, std::string(errand.home), remove));
        if (remove.kept == 0) return {};
    }
    return fail(Error{
        Errc::policy_violation,
        fmt::format("{} could not be removed whole: {} thing(s) in it stayed", home.place.path, remove.kept),
        "the notes say which; root removes them by hand",
        {}});
}

Result<void> move_home(const Limits& limits, const wire::Errand& errand, Report& report) {
    const HomeTop home = TRY(open_home(limits, errand.home, errand.uid, errand.sftp));
    const Place to = TRY(open_place(limits, errand.to_home));
    // Both folders are root's alone: nobody can put another thing at the name between the look and the move.
    if (renameat2(home.place.root.get(), home.place.name.c_str(), to.root.get(), to.name.c_str(),
                  RENAME_NOREPLACE) == 0)
        return report.step();
    if (errno == EEXIST) return fail(Errc::exists, "{} is there already", to.path);
    if (errno == EXDEV)
        return fail(Errc::not_supported, "{} and {} lie on different file systems: move the home by hand",
                    home.place.path, to.path);
    return fail(Errc::io, "move {} to {}: {}", home.place.path, to.path, std::strerror(errno));
}

}  // namespace userd::homes
