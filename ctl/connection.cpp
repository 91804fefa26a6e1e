// SPDX-License-Identifier: LGPL-2.1-or-later
// Plain blocking calls: userctl has nothing else to do while it waits, and each call is bounded. Root takes
// the admin socket first: it answers in rescue mode, in a container without a bus, and when polkit or the bus
// is stuck.
#include "ctl/connection.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/errors.h"
#include "common/base/text.h"
#include "ctl/bus_value.h"

namespace userd::ctl {
namespace {

struct BusError {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    ~BusError() { sd_bus_error_free(&error); }
};

Problem from_bus(const sd_bus_error& error) {
    const std::string name = error.name ? error.name : "org.freedesktop.DBus.Error.Failed";
    // Its words about that are of helpers and units that the person never heard of.
    if (name.starts_with("org.freedesktop.DBus.Error.Spawn.") ||
        name.starts_with("org.freedesktop.systemd1."))
        return problem(Exit::unreachable, "userd does not run, and the bus cannot start it");
    const Error said = error_from_wire(name, error.message ? error.message : "the daemon gave no reason");
    return Problem{exit_for(name), name, without_controls(said.message), without_controls(said.hint),
                   said.field,     {}};
}

Problem unreachable(std::string_view how, int error) {
    // A socket that systemd holds is connected to while the daemon is down, and stays silent.
    if (error == ENOTCONN || error == ETIMEDOUT)
        return problem(Exit::unreachable, "userd does not answer on {}", how)
            .with_hint("systemctl status userd");
    return problem(Exit::unreachable, "cannot reach userd over {}: {}", how, std::strerror(error))
        .with_hint("systemctl status userd");
}

// Any UNIX socket path fits, and no address needs escaping, because we connect ourselves.
Fd connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return Fd();
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return Fd();
    return fd;
}

// The peer proves itself at once or is stuck; sd-bus itself would wait for 90 s.
int shake_hands(sd_bus* bus, std::chrono::seconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    int step = 0;
    while ((step = sd_bus_is_ready(bus)) == 0) {
        if ((step = sd_bus_process(bus, nullptr)) != 0) {
            if (step < 0) return step;
            continue;
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::microseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0) return -ETIMEDOUT;
        if ((step = sd_bus_wait(bus, static_cast<std::uint64_t>(left.count()))) < 0) return step;
    }
    return step;
}

}  // namespace

Answer<void> Client::Connection::open_peer(const std::string& path) {
    Fd fd = connect_unix(path);
    if (!fd) return refuse(unreachable(path, errno));
    Bus fresh;
    int step = sd_bus_new(out(fresh));
    if (step >= 0) step = sd_bus_set_fd(fresh.get(), fd.get(), fd.get());
    if (step >= 0) fd.release();
    if (step >= 0) step = sd_bus_negotiate_fds(fresh.get(), 1);
    if (step >= 0) step = sd_bus_start(fresh.get());
    if (step >= 0) step = shake_hands(fresh.get(), patience());
    if (step < 0) {
        sd_bus_close(fresh.get());  // there is nobody to flush to
        return refuse(unreachable(path, -step));
    }
    bus = std::move(fresh);
    peer = true;
    return {};
}

// With --as, before any other call of the connection.
Answer<void> Client::Connection::open() {
    if (bus) return {};
    TRY(connect());
    if (options.as.empty()) return {};
    const std::string role = options.as;
    auto dropped = call("/org/userd1", "org.userd1.Manager", "AssumeRole",
                        [&](sd_bus_message* m) { return sd_bus_message_append_basic(m, 's', role.c_str()); });
    if (dropped) return {};
    bus.reset();  // never on with more rights than were asked for
    return refuse(std::move(dropped).error());
}

Answer<void> Client::Connection::connect() {
    const char* root = std::getenv("USERD_ROOT");
    const std::string admin = std::string(root ? root : "") + "/run/userd/admin";
    if (root) return open_peer(admin);
    if (geteuid() == 0) {
        auto opened = open_peer(admin);
        if (opened || access(admin.c_str(), F_OK) == 0)
            return opened;  // who holds the socket is who would answer
    }
    const int step = sd_bus_open_system(out(bus));
    if (step < 0)
        return refuse(unreachable(geteuid() == 0 ? admin + " and the system bus" : "the system bus", -step));
    return {};
}

Answer<Message> Client::Connection::call(const std::string& path, const char* interface, const char* member,
                                         const Fill& fill, std::chrono::seconds at_least) {
    auto reply = call_once(path, interface, member, fill, at_least);
    if (reply || reply.error().name != "org.userd1.Error.CodeRequired") return reply;
    if (!options.code) {
        Problem refused = std::move(reply).error();
        refused.hint = "--otp CODE, or --otp - and the code on standard input";
        return refuse(std::move(refused));
    }
    TRY(step_up());
    return call_once(path, interface, member, fill, at_least);  // written anew: descriptors are read once
}

Answer<void> Client::Connection::step_up() {
    constexpr int most_tries = 3;
    for (int i = 1;; ++i) {
        const Secret code = TRY(options.code());
        const auto done =
            call_once("/org/userd1", "org.userd1.Manager", "StepUp",
                      [&](sd_bus_message* m) {
                          const int step = append_secret(m, code);
                          return step < 0 ? step : sd_bus_message_append(m, "t", std::uint64_t{0});
                      },
                      {});
        if (done) return {};
        if (done.error().name != "org.userd1.Error.BadCode" || i == most_tries) return refuse(done.error());
    }
}

Answer<Message> Client::Connection::call_once(const std::string& path, const char* interface,
                                              const char* member, const Fill& fill,
                                              std::chrono::seconds at_least) {
    TRY(open());
    Message request, reply;
    int step = sd_bus_message_new_method_call(bus.get(), out(request), peer ? nullptr : "org.userd1",
                                              path.c_str(), interface, member);
    if (step >= 0)
        step = sd_bus_message_set_allow_interactive_authorization(request.get(), options.interactive);
    if (step >= 0) step = fill(request.get());
    if (step == -EINVAL)  // the one thing that a message refuses of what people give
        return refuse(Problem{Exit::invalid,
                              "org.freedesktop.DBus.Error.InvalidArgs",
                              "what was given holds bytes that are not UTF-8",
                              "locale charmap, and iconv where it says another; paths may be of any bytes",
                              {},
                              {}});
    if (step < 0) return refuse(Exit::failed, "cannot write the call {}: {}", member, std::strerror(-step));
    BusError error;
    const auto start = std::chrono::steady_clock::now();
    step = sd_bus_call(bus.get(), request.get(), timeout(at_least), &error.error, out(reply));
    if (options.debug) {
        const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
        const char* handles =
            std::strchr(sd_bus_message_get_signature(request.get(), 1), 'h') ? " (***)" : "";
        const std::string line =
            fmt::format("{} {}.{}{}  {:.2f} ms  {}\n", path, interface, member, handles, took.count(),
                        step < 0 && error.error.name ? error.error.name : "ok");
        std::fputs(line.c_str(), stderr);
    }
    if (step >= 0) return reply;
    const std::string_view name = error.error.name ? error.error.name : "";
    if (name.empty() || name.starts_with("System.Error."))  // of the connection, not of the daemon
        return refuse(unreachable(peer ? "the admin socket" : "the bus", -step));
    Problem said = from_bus(error.error);
    if (said.exit == Exit::unreachable && said.hint.empty()) said.hint = "systemctl status userd";
    return refuse(std::move(said));
}

}  // namespace userd::ctl
