// SPDX-License-Identifier: LGPL-2.1-or-later
// logind ends whole sessions, with what root runs in them (sudo, sshd's own half) and the user manager; what
// it does not know of, or where it is not there, is ended process by process.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <vector>

#include "common/base/text.h"
#include "daemon/homes/belongings.h"
#include "daemon/homes/place.h"
#include "daemon/homes/processes.h"
#include "daemon/homes/system_bus.h"

namespace userd::homes {
namespace {

constexpr const char* sessions_folder = "/run/systemd/sessions";  // of logind; sd-login reads them too
constexpr auto time_of_logind = std::chrono::seconds(1);

struct Session {
    std::string name, service;
};

Result<std::vector<Session>> sessions_of(std::uint32_t uid) {
    const auto folder = open_trusted(sessions_folder, false);
    std::vector<Session> found;
    if (!folder) return found;
    TRY(for_each_name(*folder, [&](const std::string& name) -> Result<void> {
        const Fd file = open_beneath(folder->get(), name.c_str(), O_RDONLY | O_NONBLOCK);
        char text[4096];
        const ssize_t size = file ? read(file.get(), text, sizeof text) : -1;
        if (size <= 0) return {};
        Session session{"session " + name, {}};
        bool is_the_users = false;
        for (const auto line : split({text, static_cast<std::size_t>(size)}, '\n')) {
            if (line == fmt::format("UID={}", uid)) is_the_users = true;
            if (line.starts_with("SERVICE=")) session.service = line.substr(8);
        }
        if (is_the_users) found.push_back(std::move(session));
        return {};
    }));
    return found;
}

Result<BusRequest> call_logind(sd_bus& bus, const char* member) {
    BusRequest request;
    const int r =
        sd_bus_message_new_method_call(&bus, out(request), "org.freedesktop.login1",
                                       "/org/freedesktop/login1", "org.freedesktop.login1.Manager", member);
    if (r < 0) return fail(Errc::internal, "write a call to logind: {}", std::strerror(-r));
    return request;
}

// org.freedesktop.login1(5): TerminateUser(in u uid)
Result<void> terminate_user(std::uint32_t uid) {
    const auto bus = TRY(open_system_bus());
    const auto request = TRY(call_logind(*bus, "TerminateUser"));
    if (const int r = sd_bus_message_append(request.get(), "u", uid); r < 0)
        return fail(Errc::internal, "write a call to logind: {}", std::strerror(-r));
    return call_and_wait(*bus, *request, fmt::format("end the sessions of uid {}", uid),
                         "org.freedesktop.login1.NoSuchUser");
}

Result<void> wait_for_end(std::uint32_t uid) {
    using Clock = std::chrono::steady_clock;
    for (const auto until = Clock::now() + time_of_logind; Clock::now() < until; poll(nullptr, 0, 20))
        if (TRY(processes_of(uid)).empty()) break;
    return {};
}

}  // namespace

Result<void> find_sessions(const wire::Errand& errand, Report& report) {
    for (const Session& session : TRY(sessions_of(errand.uid)))
        TRY(report.item(wire::ItemKind::session, session.name, session.service));
    return {};
}

Result<void> end_sessions(const wire::Errand& errand, Report& report) {
    Result<void> ended;
    if (has_systemd()) {
        const auto open = TRY(sessions_of(errand.uid));
        ended = terminate_user(errand.uid);
        if (ended) {
            for (const Session& session : open)
                TRY(report.item(wire::ItemKind::session, session.name, session.service + ", ended"));
            TRY(wait_for_end(errand.uid));
        }
    }
    TRY(end_processes(errand.uid, report));
    return ended;
}

// SetUserLinger(in u uid, in b enable, in b interactive) starts the manager too.
Result<void> start_lingering(std::uint32_t uid) {
    if (!has_systemd()) return {};
    const auto bus = TRY(open_system_bus());
    const auto request = TRY(call_logind(*bus, "SetUserLinger"));
    if (const int r = sd_bus_message_append(request.get(), "ubb", uid, 1, 0); r < 0)
        return fail(Errc::internal, "write a call to logind: {}", std::strerror(-r));
    return call_and_wait(*bus, *request, fmt::format("start the user manager of uid {}", uid));
}

}  // namespace userd::homes
