// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/stream.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace userd::ctl {
namespace {

constexpr std::size_t piece = 64 * 1024;

struct Ends {
    Fd read, write;
};

Answer<Ends> open_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return refuse(Exit::failed, "make a pipe: {}", std::strerror(errno));
    return Ends{Fd(ends[0]), Fd(ends[1])};
}

void receive(const Fd& from, const Stream::Take& take) {
    std::vector<char> buffer(piece);
    for (;;) {
        const ssize_t size = read(from.get(), buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0 || !take({buffer.data(), static_cast<std::size_t>(size)})) return;
    }
}

bool send(const Fd& to, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = write(to.get(), text.data(), text.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return false;  // the daemon has seen enough: its answer says why
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

// A daemon that closes its end is no reason to die.
void ignore_broken_pipes() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Answer<Stream> Stream::from_daemon(Take take) {
    Ends ends = TRY(open_pipe());
    std::thread thread([from = std::make_shared<Fd>(std::move(ends.read)), take = std::move(take)] {
        receive(*from, take);
    });
    return Stream(std::move(ends.write), std::move(thread));
}

Answer<Stream> Stream::to_daemon(Give give) {
    Ends ends = TRY(open_pipe());
    std::thread thread([to = std::make_shared<Fd>(std::move(ends.write)), give = std::move(give)]() mutable {
        ignore_broken_pipes();
        for (std::string_view text = give(); !text.empty() && send(*to, text);) text = give();
        to.reset();
    });
    return Stream(std::move(ends.read), std::move(thread));
}

Stream::~Stream() {
    finish();
}

void Stream::finish() {
    theirs_.reset();
    if (thread_.joinable()) thread_.join();
}

}  // namespace userd::ctl
