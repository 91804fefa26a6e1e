// SPDX-License-Identifier: LGPL-2.1-or-later
// The file that google-authenticator(1) leaves in a home: looked at by an O_PATH descriptor first, so that a
// FIFO or a device in its place is never opened, and read to a bound, whatever its length says.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "daemon/homes/adopt.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr const char* file_name = ".google_authenticator";
constexpr const char* aside_name = ".google_authenticator.adopted";
constexpr off_t most_bytes = 64 << 10;  // google-authenticator(1) reads no more

struct Found {
    HomeTop home;
    Fd file;  // O_PATH; none: not there
    struct stat status {};
};

// A regular file of the user's alone.
Result<Found> find_file(const Limits& limits, const wire::Errand& errand, const char* name) {
    Found found{TRY(open_home(limits, errand.home, errand.uid, false)), Fd()};
    found.file = open_handle(found.home.top.get(), name);
    if (!found.file && errno == ENOENT) return found;
    if (!found.file || fstat(found.file.get(), &found.status) != 0)
        return fail(Errc::io, "{}/{}: {}", found.home.place.path, name, strerror(errno));
    const bool plain = S_ISREG(found.status.st_mode) && found.status.st_uid == errand.uid &&
                       found.status.st_nlink == 1 && found.status.st_size <= most_bytes;
    if (!plain)
        return fail(Errc::denied, "{}/{} is not a file of the user's own of at most 64 KiB",
                    found.home.place.path, name);
    return found;
}

Result<void> rename_file(const Limits& limits, const wire::Errand& errand, const char* from, const char* to,
                         Report& report) {
    const Found found = TRY(find_file(limits, errand, from));
    if (!found.file) return {};  // done before
    const int folder = found.home.top.get();
    if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0) return report.step();
    return fail(
        Error{errno == EEXIST ? Errc::exists : Errc::io,
              fmt::format("rename {0}/{1} to {2}: {3}", found.home.place.path, from, to, strerror(errno)),
              errno == EEXIST ? "moving that one away" : "",
              {}});
}

}  // namespace

Result<void> read_authenticator(const Limits& limits, const wire::Errand& errand, Report& report) {
    const Found found = TRY(find_file(limits, errand, file_name));
    if (!found.file) return {};
    const Fd file(::open(by_descriptor(found.file).c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!file) return fail(Errc::io, "read {}/{}: {}", found.home.place.path, file_name, strerror(errno));
    char part[wire::max_message];
    for (off_t at = 0; at < most_bytes;) {
        const ssize_t n = pread(file.get(), part, sizeof part, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, "read {}/{}: {}", found.home.place.path, file_name, strerror(errno));
        if (n == 0) break;
        TRY(report.item(wire::ItemKind::text, "", {part, static_cast<std::size_t>(n)}));
        at += n;
    }
    explicit_bzero(part, sizeof part);
    return {};
}

Result<void> put_authenticator_aside(const Limits& limits, const wire::Errand& errand, Report& report) {
    return rename_file(limits, errand, file_name, aside_name, report);
}

Result<void> put_authenticator_back(const Limits& limits, const wire::Errand& errand, Report& report) {
    return rename_file(limits, errand, aside_name, file_name, report);
}

}  // namespace userd::homes
