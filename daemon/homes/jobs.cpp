// SPDX-License-Identifier: LGPL-2.1-or-later
// Where Debian keeps what runs for a user without a login: cron(8) reads no file whose name begins with a
// dot, atd(8) runs no job that its owner may not execute, and a user manager lingers while its file is there.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <functional>

#include "common/base/handle.h"
#include "common/base/text.h"
#include "common/names.h"
#include "daemon/homes/belongings.h"
#include "daemon/homes/home_top.h"
#include "daemon/homes/processes.h"
#include "daemon/homes/tree.h"

namespace userd::homes {
namespace {

constexpr const char* cron_folder = "/var/spool/cron";
constexpr const char* linger_folder = "/var/lib/systemd/linger";
constexpr const char* sessions_folder = "/run/systemd/sessions";
constexpr const char* timers_folder = ".config/systemd/user/timers.target.wants";

// Calls `each` with the names in a folder; one that is not there has none.
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

Fd open_spool(const char* name) {
    const auto spool = open_trusted(cron_folder, false);
    return spool ? open_beneath(spool->get(), name, O_PATH | O_DIRECTORY | O_NOFOLLOW) : Fd();
}

struct Held {
    Fd handle;
    struct stat status {};
};
// A regular file of the user's alone; none: there is none such.
Held hold(const Fd& folder, const std::string& name, std::uint32_t uid) {
    Held held{folder ? open_handle(folder.get(), name.c_str()) : Fd()};
    if (held.handle && (fstat(held.handle.get(), &held.status) != 0 || !S_ISREG(held.status.st_mode) ||
                        held.status.st_uid != uid || held.status.st_nlink != 1))
        held.handle.reset();
    return held;
}

Fd open_timers(const Limits& limits, const wire::Errand& errand) {
    if (errand.home.empty() || errand.sftp) return {};
    const auto home = open_home(limits, errand.home, errand.uid, false);
    return home ? open_beneath(home->top.get(), timers_folder, O_PATH | O_DIRECTORY | O_NOFOLLOW) : Fd();
}

Result<void> crontab(const wire::Errand& errand, Report& report, bool off) {
    const Fd folder = open_spool("crontabs");
    const std::string name(errand.name);
    if (!hold(folder, name, errand.uid).handle) return {};
    const std::string path = fmt::format("{}/crontabs/{}", cron_folder, name),
                      aside = fmt::format(".{}.off", name);
    if (!off) return report.item(wire::ItemKind::cron, path, "crontab");
    if (renameat(folder.get(), name.c_str(), folder.get(), aside.c_str()) != 0)
        return fail(Errc::io, "put the crontab {} aside: {}", escaped(path), std::strerror(errno));
    return report.item(wire::ItemKind::cron, path, fmt::format("crontab, now {}", aside));
}

Result<void> at_jobs(const wire::Errand& errand, Report& report, bool off) {
    const Fd folder = open_spool("atjobs");
    return for_each_name(folder, [&](const std::string& name) -> Result<void> {
        const Held job = hold(folder, name, errand.uid);
        if (!job.handle || (job.status.st_mode & S_IXUSR) == 0) return {};
        const std::string path = fmt::format("{}/atjobs/{}", cron_folder, name);
        if (!off) return report.item(wire::ItemKind::cron, path, "at job");
        if (chmod(by_descriptor(job.handle).c_str(), job.status.st_mode & 0666) != 0)
            return fail(Errc::io, "hold the at job {}: {}", path, std::strerror(errno));
        return report.item(wire::ItemKind::cron, path, "at job, held");
    });
}

Result<void> timers(const Limits& limits, const wire::Errand& errand, Report& report, bool off) {
    const Fd folder = open_timers(limits, errand);
    struct stat status {};
    if (!folder || fstat(folder.get(), &status) != 0 || status.st_uid != errand.uid) return {};
    return for_each_name(folder, [&](const std::string& name) -> Result<void> {
        const auto path = fmt::format("{}/{}/{}", errand.home, timers_folder, name);
        if (!off) return report.item(wire::ItemKind::cron, path, "user timer");
        if (unlinkat(folder.get(), name.c_str(), 0) != 0) return report.note(path, std::strerror(errno));
        return report.item(wire::ItemKind::cron, path, "user timer, disabled");
    });
}

// The name is the user's as far as we are told: a local account's file is none of our business.
Result<void> linger(const wire::Errand& errand, Report& report, bool off) {
    const auto folder = open_trusted(linger_folder, false);
    struct stat status {};
    const std::string name(errand.name);
    if (!folder || fstatat(folder->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (!off) return report.item(wire::ItemKind::session, "user manager", "lingers");
    if (unlinkat(folder->get(), name.c_str(), 0) != 0)
        return fail(Errc::io, "end the lingering of {}: {}", escaped(name), std::strerror(errno));
    return report.item(wire::ItemKind::session, "user manager", "lingers no more");
}

Result<void> check_name(std::string_view name) {
    if (name[0] == '.' || !is_lookup_name(name))
        return fail(Errc::invalid, "\"{}\" is not a name", escaped(name));
    return {};
}

Result<void> all_jobs(const Limits& limits, const wire::Errand& errand, Report& report, bool off) {
    TRY(check_name(errand.name));
    TRY(crontab(errand, report, off));
    TRY(at_jobs(errand, report, off));
    TRY(timers(limits, errand, report, off));
    return linger(errand, report, off);
}

}  // namespace

Result<void> find_jobs(const Limits& limits, const wire::Errand& errand, Report& report) {
    return all_jobs(limits, errand, report, false);
}

Result<void> find_sessions(const wire::Errand& errand, Report& report) {
    const auto folder = open_trusted(sessions_folder, false);
    if (!folder) return {};
    return for_each_name(*folder, [&](const std::string& name) -> Result<void> {
        const Fd file = open_beneath(folder->get(), name.c_str(), O_RDONLY | O_NONBLOCK);
        char text[4096];
        const ssize_t size = file ? read(file.get(), text, sizeof text) : -1;
        if (size <= 0) return {};
        std::string service;
        bool is_the_users = false;
        for (const auto line : split({text, static_cast<std::size_t>(size)}, '\n')) {
            if (line == fmt::format("UID={}", errand.uid)) is_the_users = true;
            if (line.starts_with("SERVICE=")) service = line.substr(8);
        }
        return is_the_users ? report.item(wire::ItemKind::session, "session " + name, service)
                            : Result<void>();
    });
}

Result<void> stop_jobs(const Limits& limits, const wire::Errand& errand, Report& report) {
    if ((errand.what & wire::Sought::jobs) != 0) TRY(all_jobs(limits, errand, report, true));
    if ((errand.what & wire::Sought::processes) != 0) TRY(end_processes(errand.uid, report));
    return {};
}

}  // namespace userd::homes
