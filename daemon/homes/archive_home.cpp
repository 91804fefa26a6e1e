// SPDX-License-Identifier: LGPL-2.1-or-later
// What a user could put in the way: links out of the home (kept as links), hard links to files of others
// (left out), devices (left out), FIFOs (never opened for reading), files full of holes (kept as holes).
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include <cstring>
#include <map>

#include "common/base/handle.h"
#include "common/base/text.h"
#include "common/names.h"
#include "daemon/homes/home.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/tar.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr std::uint64_t shortest_keeping = 24 * 3600;
constexpr std::size_t longest_path = 4096, most_shown = 200;  // bytes of a path, and in an error
constexpr std::size_t most_kept = 32 << 20;                   // bytes of names of files with several

class Pack final : public Visitor {
 public:
    Pack(TarWriter& tar, std::uint32_t uid, std::size_t prefix, Report& report)
        : tar_(tar), uid_(uid), prefix_(prefix), report_(report) {}

    Result<bool> enter(const Entry& entry) override {
        TRY(report_.step());
        const std::string_view path = std::string_view(entry.path).substr(prefix_);
        const struct stat& status = entry.status;
        if (path.size() > longest_path) TRY(skip(entry.path, "its path is longer than 4096 bytes"));
        if (entry.is_folder()) {
            TRY(tar_.add_folder(path, status));
            return true;
        }
        // A name for somebody else's file that lives elsewhere as well
        if (status.st_uid != uid_ && status.st_nlink != 1)
            return leave_out(entry, "another's file, linked here");
        if (S_ISREG(status.st_mode))
            TRY(add_file(entry, path));
        else if (S_ISLNK(status.st_mode))
            TRY(add_link(entry, path));
        else if (S_ISFIFO(status.st_mode))
            TRY(tar_.add_fifo(path, status));
        else if (!S_ISSOCK(status.st_mode))
            return leave_out(entry, "a device");
        return false;
    }
    // An archive is whole, or it is none and the home stays.
    Result<void> skip(const std::string& path, std::string_view why) override {
        const bool is_long = path.size() > most_shown;
        return fail(
            Error{Errc::policy_violation,
                  fmt::format("{}{}: {}", escaped(path.substr(0, most_shown)), is_long ? "…" : "", why),
                  "nothing was removed; tar(1) and rm(1) do by hand what is not done here",
                  {}});
    }

 private:
    Result<bool> leave_out(const Entry& entry, std::string_view why) {
        TRY(report_.note(entry.path, fmt::format("not archived: {}", why)));
        return false;
    }

    Result<void> add_file(const Entry& entry, std::string_view path) {
        if (entry.status.st_nlink > 1) {
            const auto [earlier, first] = linked_.emplace(std::pair(entry.status.st_dev, entry.status.st_ino),
                                                          Linked{std::string(path), entry.status.st_nlink});
            if (!first) return add_again(earlier, entry, path);
            kept_ += sizeof(Linked) + path.size();
            if (kept_ > most_kept) return skip(entry.path, "too many files with several names");
        }
        const Fd from(::open(by_descriptor(entry.handle).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        if (!from) return fail(Errc::io, "read {}: {}", escaped(entry.path), std::strerror(errno));
        return tar_.add_file(path, entry.status, from.get(),
                             [this](std::uint64_t n) { return report_.step(n); });
    }

    struct Linked {
        std::string path;
        nlink_t names_left;  // that have not come yet, and this one
    };
    using AllLinked = std::map<std::pair<dev_t, ino_t>, Linked>;

    Result<void> add_again(AllLinked::iterator earlier, const Entry& entry, std::string_view path) {
        TRY(tar_.add_hard_link(path, entry.status, earlier->second.path));
        if (--earlier->second.names_left > 1) return {};
        kept_ -= sizeof(Linked) + earlier->second.path.size();
        linked_.erase(earlier);
        return {};
    }

    Result<void> add_link(const Entry& entry, std::string_view path) {
        char target[4096];
        const ssize_t size = readlinkat(entry.handle.get(), "", target, sizeof target);
        if (size < 0) return fail(Errc::io, "read {}: {}", escaped(entry.path), std::strerror(errno));
        return tar_.add_link(path, entry.status, {target, static_cast<std::size_t>(size)});
    }

    TarWriter& tar_;
    std::uint32_t uid_;
    std::size_t prefix_;  // of paths, left out in the archive
    Report& report_;
    AllLinked linked_;
    std::size_t kept_ = 0;  // bytes in it
};

std::string archive_name(const wire::Errand& errand) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    char stamp[32];
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &utc);
    return fmt::format("{}-{}-{}.{:06}.tar", errand.name, errand.uid, stamp, now.tv_nsec / 1000);
}

// Those begun and cut off too, and those that somebody compressed.
bool is_archive(std::string_view name) {
    return name.ends_with(".tar") || name.ends_with(".tar.zst") || name.ends_with(".tar.gz");
}

Result<void> write_archive(const HomeTop& home, const wire::Errand& errand, int fd, Report& report) {
    TarWriter tar(fd);
    Pack pack(tar, errand.uid, errand.home.rfind('/') + 1, report);
    TRY(walk(home.place.root.get(), home.place.name, std::string(errand.home), pack));
    TRY(tar.finish());
    if (fsync(fd) != 0) return fail(Errc::io, "write the archive: {}", std::strerror(errno));
    return {};
}

}  // namespace

Result<std::string> archive_home(const Limits& limits, const wire::Errand& errand,
                                 const std::string& archives, Report& report) {
    if (!is_lookup_name(errand.name))
        return fail(Errc::invalid, "\"{}\" is not a name", escaped(errand.name));
    const HomeTop home = TRY(open_home(limits, errand.home, errand.uid, errand.sftp));
    const Fd folder = TRY(open_trusted(archives, true));
    const std::string name = archive_name(errand), unfinished = "." + name;
    const Fd fd(
        ::openat(folder.get(), unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return fail(Errc::io, "make {}/{}: {}", archives, escaped(name), std::strerror(errno));
    auto written = write_archive(home, errand, fd.get(), report);
    if (written &&
        renameat2(folder.get(), unfinished.c_str(), folder.get(), name.c_str(), RENAME_NOREPLACE) != 0)
        written = fail(Errc::io, "make {}/{}: {}", archives, escaped(name), std::strerror(errno));
    if (!written) {
        unlinkat(folder.get(), unfinished.c_str(), 0);
        return Failure(written.error());
    }
    if (const Fd synced = open_beneath(folder.get(), ".", O_RDONLY | O_DIRECTORY); synced)
        fsync(synced.get());
    if (auto removed = remove_home(limits, errand, report); !removed) {
        removed.error().message += fmt::format("; the archive is {}/{}", archives, escaped(name));
        return Failure(removed.error());
    }
    return archives + "/" + name;
}

Result<void> prune_archives(const wire::Errand& errand, const std::string& archives, Report& report) {
    if (errand.most < shortest_keeping) return fail(Errc::invalid, "archives are kept for a day at least");
    const Fd held = TRY(open_trusted(archives, true));
    Fd readable = open_beneath(held.get(), ".", O_RDONLY | O_DIRECTORY);
    const Handle<DIR, closedir> folder(readable ? fdopendir(readable.get()) : nullptr);
    if (!folder) return fail(Errc::io, "read {}: {}", archives, std::strerror(errno));
    readable.release();
    const time_t oldest = time(nullptr) - static_cast<time_t>(errand.most);
    while (const dirent* found = readdir(folder.get())) {
        const std::string name = found->d_name;
        struct stat status {};
        if (!is_archive(name) || fstatat(held.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode) || status.st_mtime >= oldest)
            continue;
        if (unlinkat(held.get(), name.c_str(), 0) == 0) TRY(report.step());
    }
    return {};
}

}  // namespace userd::homes
