// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace userd::ctl {
Fd sealed_memfd(const Secret& secret) {
    Fd fd(memfd_create("userctl-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return fd;
    std::size_t done = 0;
    while (done < secret.size()) {
        const ssize_t wrote = write(fd.get(), secret.bytes().data() + done, secret.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return Fd();
        done += static_cast<std::size_t>(wrote);
    }
    if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        return Fd();
    return fd;
}

bool read_memfd(int fd, Secret& secret, std::size_t most) {
    struct stat status {};
    if (fstat(fd, &status) < 0) return false;
    if (status.st_size < 0 || static_cast<std::size_t>(status.st_size) > most) {
        errno = EFBIG;
        return false;
    }
    secret = Secret::with_size(static_cast<std::size_t>(status.st_size));
    std::size_t done = 0;
    while (done < secret.size()) {
        const ssize_t got = pread(fd, secret.data() + done, secret.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    secret.shrink(done);
    return true;
}

}  // namespace userd::ctl
