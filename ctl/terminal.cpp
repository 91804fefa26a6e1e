// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "common/base/fd.h"

namespace userd::ctl {
namespace {

bool asking_allowed = true;
volatile sig_atomic_t caught = 0;

void note_signal(int number) {
    caught = number;
}

// While it lives, the signals that would leave the terminal without echo end wait() instead. They are held
// back everywhere else, so none is lost between a look at `caught` and the wait.
class SignalGuard {
 public:
    SignalGuard() {
        caught = 0;
        sigset_t held;
        sigemptyset(&held);
        for (const int number : numbers) sigaddset(&held, number);
        sigprocmask(SIG_BLOCK, &held, &mask_);
        struct sigaction action {};
        action.sa_handler = note_signal;
        for (std::size_t i = 0; i < std::size(numbers); ++i) sigaction(numbers[i], &action, &before_[i]);
    }
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;
    ~SignalGuard() {
        for (std::size_t i = 0; i < std::size(numbers); ++i) sigaction(numbers[i], &before_[i], nullptr);
        sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }

    // Until there is something to read or a signal was caught.
    void wait(int fd) const {
        pollfd input{fd, POLLIN, 0};
        while (caught == 0 && ppoll(&input, 1, nullptr, &mask_) < 0 && errno == EINTR) continue;
    }

 private:
    static constexpr int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
    struct sigaction before_[std::size(numbers)] = {};
    sigset_t mask_ = {};
};

class EchoOff {
 public:
    explicit EchoOff(int fd) : fd_(fd) {
        if (tcgetattr(fd_, &before_) < 0) return;
        termios without = before_;
        without.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        without.c_lflag |= ECHONL;
        changed_ = tcsetattr(fd_, TCSAFLUSH, &without) == 0;
    }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;
    ~EchoOff() {
        if (changed_) tcsetattr(fd_, TCSAFLUSH, &before_);
    }

 private:
    int fd_;
    termios before_{};
    bool changed_ = false;
};

struct Terminal {
    Fd own;
    int in = STDIN_FILENO, out = STDERR_FILENO;
    Terminal() : own(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
        if (own) in = out = own.get();
    }
};

void say(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t wrote = write(fd, text.data(), text.size());
        if (wrote <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

// One line, byte by byte, so that nothing after it is taken from the terminal.
Answer<Secret> read_line(int fd, const SignalGuard& guard) {
    Secret line = Secret::with_size(1024);
    std::size_t size = 0;
    for (;;) {
        char c = 0;
        guard.wait(fd);
        const ssize_t got = caught != 0 ? -1 : read(fd, &c, 1);
        if (caught != 0) return refuse(Problem{Exit::interrupted, "", "", "", "", ""});
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(Exit::failed, "cannot read from the terminal: {}", std::strerror(errno));
        if (got == 0 && size == 0) return refuse(Exit::cancelled, "cancelled: end of input");
        if (got == 0 || c == '\n') break;
        if (size == line.size()) return refuse(Exit::usage, "the line is longer than {} bytes", line.size());
        line.data()[size++] = static_cast<std::uint8_t>(c);
    }
    line.shrink(size);
    return line;
}

Answer<Secret> ask(std::string_view prompt, bool hidden) {
    const Terminal terminal;
    const SignalGuard guard;
    std::optional<EchoOff> quiet;  // before the prompt: who answers at once is neither shown nor flushed
    if (hidden) quiet.emplace(terminal.in);
    say(terminal.out, prompt);
    auto line = read_line(terminal.in, guard);
    if (!line) say(terminal.out, "\n");  // nobody has typed one
    return line;
}

winsize window(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return {};
    return size;
}

}  // namespace

bool may_ask() {
    return asking_allowed && isatty(STDIN_FILENO) == 1;
}
void never_ask() {
    asking_allowed = false;
}

Answer<Secret> ask_hidden(std::string_view prompt) {
    return ask(prompt, true);
}
Answer<Secret> ask_visible(std::string_view prompt) {
    return ask(prompt, false);
}

Answer<bool> confirm(std::string_view question) {
    const Secret reply = TRY(ask(fmt::format("{} [y/N] ", question), false));
    const std::string_view text = reply.text();
    return text == "y" || text == "Y" || text == "yes" || text == "Yes";
}

unsigned terminal_rows(int fd) {
    const unsigned rows = window(fd).ws_row;
    return rows == 0 ? 24 : rows;
}

unsigned terminal_columns(int fd) {
    const unsigned columns = window(fd).ws_col;
    return columns == 0 ? 80 : columns;
}

}  // namespace userd::ctl
