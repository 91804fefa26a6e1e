// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/unit/pam_module/real_daemon.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "daemon/sockets/login_socket.h"
#include "tests/unit/login/support.h"

namespace userd::pam::test {
namespace {

constexpr Duration step = std::chrono::seconds(30);
constexpr int patience_ms = 20'000;

std::string seed() {
    return "12345678901234567890";  // userd::test::World's
}

int listen_at(const char* path) {
    const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    strcpy(address.sun_path, path);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 16) != 0)
        throw std::runtime_error("cannot listen at ./login");
    return fd;
}

Config config_of_test() {
    Config config = userd::test::cheap_config();
    config.lockout.failures = 1'000'000;
    return config;
}

// Boost's handlers of signals belong to the test, and what is logged here to nobody.
void leave_the_test() {
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM}) signal(number, SIG_DFL);
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
}

// Who is not root may log in itself alone.
void name_account(userd::test::World& world) {
    world.change_user(userd::test::alice, [](User& user) {
        user.name = account;
        if (getuid() != 0) user.uid = user.gid = getuid();
    });
}

}  // namespace

RealDaemon::RealDaemon() : listener_(listen_at("login")) {
    start();
}

RealDaemon::~RealDaemon() {
    end();
    close(listener_);
    unlink("login");
}

void RealDaemon::start() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        throw std::runtime_error("socketpair");
    process_ = fork();
    if (process_ == 0) {
        close(pair[0]);
        try {
            live(pair[1]);
        } catch (...) {
            _exit(2);
        }
    }
    close(pair[1]);
    control_ = pair[0];
    if (!is_told('?')) throw std::runtime_error("the daemon does not start");
}

void RealDaemon::end() {
    close(control_);
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
}

void RealDaemon::live(int control) {
    leave_the_test();
    // What the one before left in its log is read back by a thousand calls: before each is asked about.
    static_cast<void>(userd::test::must(store::Store::open("userd.db")));
    obey(*faults_);
    userd::test::World world(config_of_test(), "userd.db");
    name_account(world);
    world.clock.advance(steps_ * step);
    userd::test::must(world.login.recover());
    const auto socket = userd::test::must(LoginSocket::open(*world.loop, Fd(listener_), world.login));
    const auto watch = userd::test::must(world.loop->watch_io(control, EPOLLIN, [&](std::uint32_t) {
        char word = 0;
        if (read(control, &word, 1) != 1) _exit(0);
        if (word == '+') world.clock.advance(step);
        if (write(control, &word, 1) != 1) _exit(0);
    }));
    static_cast<void>(world.loop->run());
    _exit(1);
}

// Whether it says the word back.
bool RealDaemon::is_told(char word) {
    if (send(control_, &word, 1, MSG_NOSIGNAL) != 1) return false;
    pollfd answer = {control_, POLLIN, 0};
    return poll(&answer, 1, patience_ms) == 1 && read(control_, &word, 1) == 1;
}

// It may be on its way out.
bool RealDaemon::has_ended() const {
    for (int ms = 0; ms < patience_ms; ++ms) {
        if (waitpid(process_, nullptr, WNOHANG) != 0) return true;
        usleep(1000);
    }
    return false;
}

bool RealDaemon::next_step() {
    ++steps_;
    return come_round('+');
}

bool RealDaemon::come_round(char word) {
    if (is_told(word)) return true;
    if (!has_ended()) return false;
    ++deaths_;
    close(control_);
    start();
    return true;
}

std::string RealDaemon::code() const {
    const auto now = to_unix(FakeClock().now()) + 30 * steps_;
    return std::string(totp_code(Secret(seed()), {}, now / 30).text());
}

std::string RealDaemon::wrong_code() const {
    const auto step_now = (to_unix(FakeClock().now()) + 30 * steps_) / 30;
    for (char first = '0';; ++first) {
        const std::string candidate = first + std::string("31415");
        bool is_right = false;
        for (int off = -2; off <= 2; ++off)
            is_right = is_right || totp_code(Secret(seed()), {}, step_now + off).text() == candidate;
        if (!is_right) return candidate;
    }
}

}  // namespace userd::pam::test
