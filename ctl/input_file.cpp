// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/input_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr int patience = 1000;  // milliseconds until a person is told what is waited for

Refusal cannot_read(const std::string& place, int error) {
    return refuse(Exit::failed, "cannot read {}: {}", escaped(input_name(place)), std::strerror(error));
}

// A FIFO has a name, and may have no writer yet; the end of a pipe without a writer is its end.
bool may_lack_writer(int fd) {
    struct stat about {};
    struct statfs system {};
    return fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode) && fstatfs(fd, &system) == 0 &&
           system.f_type != PIPEFS_MAGIC;
}

void wait_for_writer(int fd, const std::string& path) {
    pollfd wanted{fd, POLLIN, 0};
    if (poll(&wanted, 1, patience) != 0) return;
    std::fprintf(stderr, "waiting for somebody to write into %s\n", escaped(path).c_str());
    while (poll(&wanted, 1, -1) < 0 && errno == EINTR) continue;
}

}  // namespace

std::string input_name(const std::string& place) {
    return place == "-" ? "standard input" : place;
}

Answer<Fd> open_input(const std::string& path) {
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!fd) return cannot_read(path, errno);
    if (may_lack_writer(fd.get())) wait_for_writer(fd.get(), path);
    const int flags = fcntl(fd.get(), F_GETFL);
    if (flags < 0 || fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) < 0) return cannot_read(path, errno);
    return fd;
}

Answer<std::string> read_input(const std::string& place, std::size_t most) {
    Fd opened;
    if (place != "-") opened = TRY(open_input(place));
    const int fd = opened ? opened.get() : STDIN_FILENO;
    constexpr std::size_t piece = 65536;
    std::string text;
    for (;;) {
        const std::size_t before = text.size();
        text.resize(before + piece);
        const ssize_t got = read(fd, text.data() + before, piece);
        const int error = errno;
        text.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got < 0 && error == EINTR) continue;
        if (got < 0) return cannot_read(place, error);
        if (got == 0) return text;
        if (text.size() > most)
            return refuse(Exit::invalid, "{} is larger than {} MiB", escaped(input_name(place)), most >> 20);
    }
}

}  // namespace userd::ctl
