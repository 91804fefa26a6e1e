// SPDX-License-Identifier: LGPL-2.1-or-later
// The sockets that systemd makes for userd: there, of the owner and mode of their units, and with somebody
// behind them whom the module would believe.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/doctor/areas.h"
#include "ctl/doctor/examination.h"

namespace userd::ctl {
namespace {

constexpr uid_t first_person = 1000;  // the module believes no server of a higher uid

struct Door {
    const char *path, *unit, *owner;
    const char* group;  // null: any, where the mode gives it nothing
    mode_t mode;
    bool is_for_all;  // anybody may try whether somebody listens
};

// The number behind a name in /etc/passwd or /etc/group.
std::optional<std::uint64_t> number_of(const Examination& host, const char* file, std::string_view name) {
    const auto text = host.read(file);
    if (!text) return std::nullopt;
    for (const std::string_view line : split(*text, '\n'))
        if (const auto fields = split(line, ':'); fields.size() > 2 && fields[0] == name)
            return parse_number(fields[2]);
    return std::nullopt;
}

// Empty: somebody listens whom a client would believe.
std::string fault_of_listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return "its path is too long";
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno == EAGAIN ? "its queue is full" : std::strerror(errno);
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::strerror(errno);
    return peer.uid < first_person ? ""
                                   : "uid " + std::to_string(peer.uid) + " listens there, not the system";
}

Diagnoses look_at_door(const Examination& host, const Door& door) {
    const std::string path = host.path(door.path);
    const auto bad = [&](const std::string& what) -> Diagnoses {
        return {wrong(fmt::format("{}: {}", door.path, what),
                      fmt::format("systemctl restart {} userd.service", door.unit))};
    };
    struct stat info {};
    if (lstat(path.c_str(), &info) != 0) return bad(std::strerror(errno));
    if (!S_ISSOCK(info.st_mode)) return bad("it is no socket");
    if (host.about.root.empty()) {
        const auto uid = number_of(host, "/etc/passwd", door.owner);  // none: system-accounts says so
        const auto gid = door.group ? number_of(host, "/etc/group", door.group) : std::nullopt;
        if ((info.st_mode & 07777) != door.mode || (uid && *uid != info.st_uid) ||
            (gid && *gid != info.st_gid))
            return bad(fmt::format("it should be {}:{} {:04o}", door.owner, door.group ? door.group : "",
                                   door.mode));
    }
    if (!host.is_root && !door.is_for_all) return {not_checked("needs root")};
    if (door.is_for_all)
        if (const std::string fault = fault_of_listener(path); !fault.empty()) return bad(fault);
    return {right(fmt::format("{} is there", door.path))};
}

}  // namespace

namespace look_at {

Diagnoses login_socket(Examination& host) {
    return look_at_door(host, {"/run/userd/login", "userd-login.socket", "root", nullptr, 0666, true});
}

Diagnoses keys_socket(Examination& host) {
    return look_at_door(host,
                        {"/run/userd/keys", "userd-keys.socket", "root", "userd-keys", 0660, host.is_root});
}

// To connect here, or at the next, would be to ask for something.
Diagnoses homes_socket(Examination& host) {
    return look_at_door(host, {"/run/userd/homes.sock", "userd-homes.socket", "userd", nullptr, 0600, false});
}

Diagnoses admin_socket(Examination& host) {
    return look_at_door(host, {"/run/userd/admin", "userd-admin.socket", "root", nullptr, 0600, false});
}

}  // namespace look_at
}  // namespace userd::ctl
