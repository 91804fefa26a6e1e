// SPDX-License-Identifier: LGPL-2.1-or-later
// Where Debian keeps what runs for a user without a login: cron(8) reads no file whose name begins with a
// dot, atd(8) runs no job that its owner may not execute, and a user manager lingers while its file is there.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

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
constexpr mode_t held_mode = S_IRUSR | S_IWUSR, ready_mode = held_mode | S_IXUSR;  // of at jobs
constexpr const char* timers_folder = ".config/systemd/user/timers.target.wants";

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

enum class Deed { find, stop, let_go };

// at(1) writes a job with 0400, and with 0700 it is ready: nobody but us makes one 0600.
Result<void> at_jobs(const wire::Errand& errand, Report& report, Deed deed) {
    const Fd folder = open_spool("atjobs");
    return for_each_name(folder, [&](const std::string& name) -> Result<void> {
        const Held job = hold(folder, name, errand.uid);
        const bool is_ready = (job.status.st_mode & S_IXUSR) != 0;
        const bool is_held = (job.status.st_mode & 0777) == held_mode;
        if (!job.handle || !(is_ready || is_held)) return {};
        const std::string path = fmt::format("{}/atjobs/{}", cron_folder, name);
        const auto tell = [&](std::string_view what) {
            return report.item(wire::ItemKind::cron, path, what);
        };
        if (deed == Deed::find || (deed == Deed::stop && is_held))
            return tell(is_held ? "at job, held" : "at job");
        if (deed == Deed::let_go && !is_held) return {};
        if (chmod(by_descriptor(job.handle).c_str(), deed == Deed::stop ? held_mode : ready_mode) != 0)
            return fail(Errc::io, "{} the at job {}: {}", deed == Deed::stop ? "hold" : "let go", path,
                        std::strerror(errno));
        return tell(deed == Deed::stop ? "at job, held" : "at job, goes on");
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

// logind passes over names with a dot before them.
std::string put_aside(const wire::Errand& errand) {
    return fmt::format(".{}.off", errand.name);
}

// The name is the user's as far as we are told: a local account's file is none of our business.
Result<void> linger(const wire::Errand& errand, Report& report, bool off) {
    const auto folder = open_trusted(linger_folder, false);
    struct stat status {};
    const std::string name(errand.name);
    if (folder && fstatat(folder->get(), put_aside(errand).c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        if (!off) return report.item(wire::ItemKind::session, "user manager", "lingers once resumed");
        (void)unlinkat(folder->get(), put_aside(errand).c_str(), 0);
    }
    if (!folder || fstatat(folder->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return {};
    if (!off) return report.item(wire::ItemKind::session, "user manager", "lingers");
    if (unlinkat(folder->get(), name.c_str(), 0) != 0)
        return fail(Errc::io, "end the lingering of {}: {}", escaped(name), std::strerror(errno));
    return report.item(wire::ItemKind::session, "user manager", "lingers no more");
}

Result<void> hold_lingering(const wire::Errand& errand, Report& report) {
    const auto folder = open_trusted(linger_folder, false);
    const std::string name(errand.name);
    if (!folder) return {};
    if (renameat(folder->get(), name.c_str(), folder->get(), put_aside(errand).c_str()) != 0) {
        if (errno == ENOENT) return {};
        return fail(Errc::io, "hold the lingering of {}: {}", escaped(name), std::strerror(errno));
    }
    return report.item(wire::ItemKind::session, "user manager", "lingers no more");
}

Result<void> let_linger(const wire::Errand& errand, Report& report) {
    const auto folder = open_trusted(linger_folder, false);
    const std::string name(errand.name);
    if (!folder) return {};
    if (renameat(folder->get(), put_aside(errand).c_str(), folder->get(), name.c_str()) != 0) {
        if (errno == ENOENT) return {};
        return fail(Errc::io, "let {} linger: {}", escaped(name), std::strerror(errno));
    }
    if (const auto started = start_lingering(errand.uid); !started)
        return report.note("user manager", "lingers from the next boot on: " + started.error().message);
    return report.item(wire::ItemKind::session, "user manager", "lingers again");
}

Result<void> check_name(std::string_view name) {
    if (name[0] == '.' || !is_lookup_name(name))
        return fail(Errc::invalid, "\"{}\" is not a name", escaped(name));
    return {};
}

Result<void> all_jobs(const Limits& limits, const wire::Errand& errand, Report& report, bool off) {
    TRY(check_name(errand.name));
    TRY(crontab(errand, report, off));
    TRY(at_jobs(errand, report, off ? Deed::stop : Deed::find));
    TRY(timers(limits, errand, report, off));
    return linger(errand, report, off);
}

}  // namespace

Result<void> find_jobs(const Limits& limits, const wire::Errand& errand, Report& report) {
    return all_jobs(limits, errand, report, false);
}

Result<void> stop_jobs(const Limits& limits, const wire::Errand& errand, Report& report) {
    if ((errand.what & wire::Sought::jobs) != 0) TRY(all_jobs(limits, errand, report, true));
    if ((errand.what & wire::Sought::processes) != 0) TRY(end_processes(errand.uid, report));
    return {};
}

Result<void> suspend_user(const wire::Errand& errand, Report& report) {
    TRY(check_name(errand.name));
    if ((errand.what & wire::Sought::jobs) != 0) {
        TRY(at_jobs(errand, report, Deed::stop));
        TRY(hold_lingering(errand, report));
    }
    if ((errand.what & wire::Sought::sessions) != 0) return end_sessions(errand, report);
    return {};
}

Result<void> resume_user(const wire::Errand& errand, Report& report) {
    TRY(check_name(errand.name));
    TRY(at_jobs(errand, report, Deed::let_go));
    return let_linger(errand, report);
}

}  // namespace userd::homes
