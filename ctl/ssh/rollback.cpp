// SPDX-License-Identifier: LGPL-2.1-or-later
// Two clocks: OnActiveSec= runs out whatever is done to the wall clock and begins anew with a boot,
// OnCalendar= with Persistent= holds the time that was promised, also when the host was off then. The first
// one undoes.
#include "ctl/ssh/rollback.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

#include "common/base/text.h"
#include "ctl/ssh/server.h"
#include "ctl/whole_file.h"

namespace userd::ctl {
namespace {

constexpr const char* systemctl = "/usr/bin/systemctl";
constexpr const char* timer = "userd-ssh-rollback.timer";
constexpr const char* timer_file = "/etc/systemd/system/userd-ssh-rollback.timer";
constexpr const char* service_file = "/etc/systemd/system/userd-ssh-rollback.service";

std::string own_path() {
    char path[4096];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "/usr/bin/userctl";
}

Answer<void> call_systemctl(std::initializer_list<std::string> words) {
    std::vector<std::string> command{systemctl};
    command.insert(command.end(), words);
    const Ran ran = run_program(command);
    if (ran.status == 0) return {};
    return refuse(Exit::failed, "the timer that undoes it could not be set: {}",
                  without_controls(split(ran.output, '\n')[0]));
}

Answer<void> start_timer(std::int64_t at, std::int64_t seconds) {
    TRY(replace_file(service_file, rollback_service_unit(own_path()), 0644));
    TRY(replace_file(timer_file, rollback_timer_unit(at, seconds), 0644));
    TRY(call_systemctl({"daemon-reload"}));
    TRY(call_systemctl({"enable", "--quiet", timer}));
    return call_systemctl({"restart", timer});
}

// False: the trial was over before the time was.
bool wait_for_end(std::int64_t seconds, const Trial& trial) {
    timespec next{};
    clock_gettime(CLOCK_BOOTTIME, &next);
    for (; seconds > 0; --seconds) {
        if (!trial.is_open()) return false;
        ++next.tv_sec;
        while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &next, nullptr) == EINTR) {
        }
    }
    return true;
}

[[noreturn]] void wait_and_undo(std::int64_t seconds, const Trial& trial) {
    setsid();
    (void)chdir("/");
    std::signal(SIGHUP, SIG_IGN);
    close_range(3, ~0U, 0);
    const int nothing = open("/dev/null", O_RDWR);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nothing, fd);
    close_range(3, ~0U, 0);
    if (wait_for_end(seconds, trial)) trial.undo();
    _exit(0);
}

Answer<void> start_process(std::int64_t seconds, const Trial& trial) {
    const pid_t child = fork();
    if (child == 0) wait_and_undo(seconds, trial);
    if (child > 0) return {};
    return refuse(Exit::failed, "the process that undoes it could not be started: {}", std::strerror(errno));
}

}  // namespace

std::string rollback_timer_unit(std::int64_t at, std::int64_t seconds) {
    std::time_t time = at;
    std::tm utc{};
    gmtime_r(&time, &utc);
    char when[32];
    std::strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", &utc);
    return fmt::format(
        "# Written by \"userctl ssh setup\"; gone when it is confirmed or undone.\n[Unit]\n"
        "Description=Undo of an SSH setup that nobody confirmed\nDocumentation=man:userctl(1)\n\n[Timer]\n"
        "OnActiveSec={}s\nOnCalendar={}\nPersistent=yes\nAccuracySec=1s\n\n[Install]\nWantedBy=timers."
        "target\n",
        seconds, when);
}

std::string rollback_service_unit(const std::string& program) {
    return fmt::format(
        "# Written by \"userctl ssh setup\"; gone when it is confirmed or undone.\n[Unit]\n"
        "Description=Undo of an SSH setup that nobody confirmed\nDocumentation=man:userctl(1)\n"
        "After=ssh.service sshd.service\n\n[Service]\nType=oneshot\nExecStart={} ssh "
        "__undo\nRestart=on-failure\nRestartSec=10s\n",
        program);
}

Answer<void> arm_rollback(std::int64_t at, std::int64_t now, const Trial& trial) {
    return systemd_runs() ? start_timer(at, at - now) : start_process(at - now, trial);
}

void disarm_rollback() {
    if (!systemd_runs() || access(timer_file, F_OK) != 0) return;
    run_program({systemctl, "disable", "--quiet", "--now", timer});
    unlink(timer_file);
    unlink(service_file);
    run_program({systemctl, "daemon-reload"});
}

}  // namespace userd::ctl
