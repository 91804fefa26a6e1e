// SPDX-License-Identifier: LGPL-2.1-or-later
// userd-homes: the only code of userd that runs as root. systemd starts it when the core connects to
// /run/userd/homes.sock and it ends when nobody has for a while. Each errand runs in a process of its own, so
// that a long one holds up no other and a broken one breaks itself only.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string_view>

#include "common/base/fd.h"
#include "daemon/homes/accounts.h"
#include "daemon/homes/errands.h"
#include "daemon/runtime/journal.h"

namespace userd::homes {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto idle_time = std::chrono::seconds(10);
constexpr int turn_ms = 500;                 // how often ended errands are collected
constexpr unsigned most_at_once = 8;         // errands
constexpr std::size_t most_a_minute = 3000;  // errands
constexpr timeval patience{5, 0};            // for the errand of a peer that has connected

// Only the core, as the kernel says; and the core only under the uid that the host's own file gives it.
bool is_core(int connection, const std::string& root) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer)
        return false;
    const auto core = find_account(root, std::string("userd"));
    return core && *core && (*core)->uid != 0 && peer.uid == (*core)->uid;
}

std::optional<wire::Errand> receive(int connection, std::span<char> buffer) {
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t size = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (size <= 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return std::nullopt;
    return wire::decode_errand({buffer.data(), static_cast<std::size_t>(size)});
}

void serve(int connection, const std::string& root) {
    wire::FrameBuffer buffer;
    const auto errand = receive(connection, buffer.span());
    if (!errand) return journal::warning("what the core sent is no errand");
    Report report(connection);
    const auto outcome = run_errand(root, *errand, report);
    if (outcome)
        journal::notice("{}: done ({} things)", describe(*errand), report.count() + report.items());
    else
        journal::warning("{}: {}", describe(*errand), outcome.error().message);
    report.finish(outcome);
}

void refuse(int connection) {
    Report(connection)
        .finish(fail(Error{
            Errc::busy, "userd-homes has had too many errands in this minute", "try again in a minute", {}}));
}

class Server {
 public:
    Server(Fd socket, std::string root) : socket_(std::move(socket)), root_(std::move(root)) {}

    int run() {
        auto last = Clock::now();
        while (Clock::now() - last < idle_time) {
            pollfd waiting{running_ < most_at_once ? socket_.get() : -1, POLLIN, 0};
            if (poll(&waiting, 1, turn_ms) > 0) accept_one();
            while (running_ > 0 && waitpid(-1, nullptr, WNOHANG) > 0) --running_;
            if (running_ > 0 || waiting.revents != 0) last = Clock::now();
        }
        return EXIT_SUCCESS;
    }

 private:
    void accept_one() {
        const Fd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection) return;
        if (!is_core(connection.get(), root_))
            return journal::warning("a peer that is not userd was turned away");
        if (!has_turn()) return refuse(connection.get());
        const pid_t child = fork();
        if (child < 0) return journal::error("start an errand: {}", std::strerror(errno));
        if (child > 0) return ++running_, void();
        serve(connection.get(), root_);
        _exit(EXIT_SUCCESS);
    }

    bool has_turn() {
        const auto now = Clock::now();
        while (!begun_.empty() && now - begun_.front() > std::chrono::minutes(1)) begun_.pop_front();
        if (begun_.size() >= most_a_minute) return false;
        begun_.push_back(now);
        return true;
    }

    Fd socket_;
    std::string root_;
    unsigned running_ = 0;
    std::deque<Clock::time_point> begun_;
};

int run(const std::string& root) {
    const auto refuse_to = [](std::string_view why) {
        journal::error("{}", why);
        return EXIT_FAILURE;
    };
    if (geteuid() != 0) return refuse_to("userd-homes runs as root only, started by its socket");
    if (sd_listen_fds(1) != 1)
        return refuse_to("exactly one socket is expected of systemd: userd-homes.socket");
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    return Server(Fd(SD_LISTEN_FDS_START), root).run();
}

}  // namespace
}  // namespace userd::homes

int main(int argc, char** argv) {
    const std::string_view option = argc == 2 ? argv[1] : "";
    if (option == "--version") return std::puts("userd-homes " USERD_VERSION), 0;
    if (argc != 1)
        return std::fputs("userd-homes: started by userd-homes.socket; see userd-homes(8)\n", stderr), 2;
    const char* root = secure_getenv("USERD_ROOT");
    return userd::homes::run(root != nullptr ? root : "");
}
