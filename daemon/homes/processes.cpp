// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>

#include "common/base/fd.h"
#include "common/base/handle.h"
#include "common/base/text.h"
#include "daemon/homes/belongings.h"

namespace userd::homes {
namespace {

constexpr auto time_to_end = std::chrono::seconds(3);
constexpr int most_rounds = 4;  // for those that start others while they end

std::string read_start(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char text[4096];
    const ssize_t size = fd ? ::read(fd.get(), text, sizeof text) : -1;
    return {text, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

// Real, effective, saved and file system uid.
std::optional<std::array<std::uint32_t, 4>> uids_of(std::string_view status) {
    for (const auto line : split(status, '\n')) {
        if (!line.starts_with("Uid:\t")) continue;
        const auto words = split(line.substr(5), '\t');
        std::array<std::uint32_t, 4> uids{};
        if (words.size() != uids.size()) return std::nullopt;
        for (std::size_t i = 0; i < uids.size(); ++i) {
            const auto number = parse_number(words[i]);
            if (!number || *number > 0xFFFFFFFFU) return std::nullopt;
            uids[i] = static_cast<std::uint32_t>(*number);
        }
        return uids;
    }
    return std::nullopt;
}

std::string command_of(const std::string& folder) {
    std::string command = read_start(folder + "/cmdline").substr(0, 200);
    std::replace(command.begin(), command.end(), '\0', ' ');
    if (command.empty()) command = read_start(folder + "/comm");
    while (!command.empty() && (command.back() == ' ' || command.back() == '\n')) command.pop_back();
    return command;
}

// Asks it by a descriptor: a number may have become somebody else's.
bool send_signal(const Process& process, std::uint32_t uid, int signal) {
    const Fd held(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
    if (!held) return false;
    const auto uids = uids_of(read_start(fmt::format("/proc/{}/status", process.pid)));
    const bool is_the_users =
        uids && std::all_of(uids->begin(), uids->end(), [uid](auto id) { return id == uid; });
    return is_the_users && syscall(SYS_pidfd_send_signal, held.get(), signal, nullptr, 0) == 0;
}

}  // namespace

Result<std::vector<Process>> processes_of(std::uint32_t uid) {
    const Handle<DIR, closedir> folder(opendir("/proc"));
    if (!folder) return fail(Errc::io, "read /proc: {}", std::strerror(errno));
    std::vector<Process> found;
    while (const dirent* entry = readdir(folder.get())) {
        const auto pid = parse_number(entry->d_name);
        if (!pid) continue;
        const auto place = fmt::format("/proc/{}", *pid);
        const std::string status = read_start(place + "/status");
        const auto uids = uids_of(status);
        const bool is_dead = status.find("\nState:\tZ") != std::string::npos;
        if (!uids || is_dead || std::find(uids->begin(), uids->end(), uid) == uids->end()) continue;
        found.push_back({static_cast<pid_t>(*pid), command_of(place)});
    }
    return found;
}

Result<void> find_processes(const wire::Errand& errand, Report& report) {
    for (const Process& process : TRY(processes_of(errand.uid)))
        TRY(report.item(wire::ItemKind::process, process.command, fmt::format("pid {}", process.pid)));
    return {};
}

Result<void> end_processes(std::uint32_t uid, Report& report) {
    using Clock = std::chrono::steady_clock;
    for (const Process& process : TRY(processes_of(uid))) {
        if (send_signal(process, uid, SIGTERM)) {
            send_signal(process, uid, SIGHUP);  // a shell that somebody sits at heeds no other
            TRY(report.item(wire::ItemKind::process, process.command,
                            fmt::format("pid {} ended", process.pid)));
        } else {
            TRY(report.note(process.command,
                            fmt::format("pid {} is not the user's alone: left running", process.pid)));
        }
    }
    const auto until = Clock::now() + time_to_end;
    for (int round = 0; round < most_rounds;) {
        bool any = false;
        for (const Process& process : TRY(processes_of(uid))) any = send_signal(process, uid, 0) || any;
        if (!any) return {};
        if (Clock::now() >= until) {
            for (const Process& process : TRY(processes_of(uid))) send_signal(process, uid, SIGKILL);
            ++round;
        }
        poll(nullptr, 0, 50);
    }
    return fail(Errc::policy_violation, "processes of uid {} go on starting others", uid);
}

}  // namespace userd::homes
