// SPDX-License-Identifier: LGPL-2.1-or-later
// A descriptor from outside is shared with whoever sent it: O_NONBLOCK set here can be taken off there, and
// reopening somebody else's pipe by /proc is refused. So a FIFO is emptied by splice(2) into a pipe of our
// own: SPLICE_F_NONBLOCK holds for the call, whatever the sender does to the flags.
#include "daemon/bus/secret_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace userd::bus {
namespace {

constexpr int wanted_seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;

Failure refused(const std::string& name, std::string_view why) {
    return Failure(Error{Errc::invalid, fmt::format("the secret '{}' {}", name, why),
                         "pass the read end of a pipe, or a sealed memfd", name});
}

Result<Secret> read_memfd(const std::string& name, int fd) {
    struct stat status {};
    if (fstat(fd, &status) != 0) return refused(name, "cannot be read");
    const off_t size = status.st_size;
    if (size == 0) return refused(name, "is empty");
    if (size > static_cast<off_t>(max_secret)) return refused(name, "is longer than 4096 bytes");
    Secret secret = Secret::with_size(static_cast<std::size_t>(size));
    if (pread(fd, secret.data(), secret.size(), 0) != size) return refused(name, "cannot be read");
    return secret;
}

// Reads the FIFOs of one call, side by side. Kept alive by the callbacks of its own watches.
class Reading {
 public:
    Reading(Loop& loop, std::function<void(Result<Secrets>)> done) : loop_(loop), done_(std::move(done)) {}

    static void start(const std::shared_ptr<Reading>& self, std::map<std::string, Fd, std::less<>> fds,
                      Duration patience) {
        for (auto& [name, fd] : fds)
            if (auto taken = take(self, name, std::move(fd)); !taken)
                return self->finish(fail(taken.error()));
        if (self->fifos_.empty()) return self->finish(std::move(self->secrets_));
        auto timer = self->loop_.call_after(patience, [self] {
            const auto name = self->fifos_.begin()->first;
            self->finish(refused(name, "did not arrive in time"));
        });
        if (!timer) return self->finish(fail(timer.error()));
        self->timer_ = *std::move(timer);
    }

 private:
    struct Fifo {
        Fd fd, in, out;  // the sender's, and the two ends of the pipe of our own
        Secret bytes = Secret::with_size(max_secret);
        std::size_t size = 0;
        Watch watch;
    };

    // The kernel answers both questions from what it holds in memory; fstat of any other file may wait for a
    // server.
    static Result<void> take(const std::shared_ptr<Reading>& self, const std::string& name, Fd fd) {
        if (const int seals = fcntl(fd.get(), F_GET_SEALS); seals >= 0) {
            if ((seals & wanted_seals) != wanted_seals) return refused(name, "is not sealed");
            self->secrets_.emplace(name, TRY(read_memfd(name, fd.get())));
            return {};
        }
        if (fcntl(fd.get(), F_GETPIPE_SZ) < 0) return refused(name, "is neither a pipe nor a sealed memfd");
        if ((fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_WRONLY)
            return refused(name, "is a pipe's writing end");
        return self->watch_fifo(self, name, std::move(fd));
    }

    Result<void> watch_fifo(const std::shared_ptr<Reading>& self, const std::string& name, Fd fd) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return fail(Errc::limits, "make a pipe: {}", std::strerror(errno));
        Fifo& fifo = fifos_[name];
        fifo.out.reset(ends[0]);
        fifo.in.reset(ends[1]);
        fifo.fd = std::move(fd);
        fifo.watch =
            TRY(loop_.watch_io(fifo.fd.get(), EPOLLIN, [self, name](std::uint32_t) { self->read(name); }));
        return {};
    }

    void read(const std::string& name) {
        const auto at = fifos_.find(name);
        if (at == fifos_.end()) return;
        Fifo& fifo = at->second;
        const ssize_t moved =
            splice(fifo.fd.get(), nullptr, fifo.in.get(), nullptr, max_secret, SPLICE_F_NONBLOCK);
        if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (moved < 0) return finish(refused(name, "cannot be read"));
        if (moved > 0) {
            const std::size_t room = fifo.bytes.size() - fifo.size;
            if (static_cast<std::size_t>(moved) > room)
                return finish(refused(name, "is longer than 4096 bytes"));
            if (::read(fifo.out.get(), fifo.bytes.data() + fifo.size, static_cast<std::size_t>(moved)) !=
                moved)
                return finish(refused(name, "cannot be read"));
            fifo.size += static_cast<std::size_t>(moved);
            return;
        }
        if (fifo.size == 0) return finish(refused(name, "is empty"));
        fifo.bytes.shrink(fifo.size);
        secrets_.emplace(name, std::move(fifo.bytes));
        fifos_.erase(at);
        if (fifos_.empty()) finish(std::move(secrets_));
    }

    void finish(Result<Secrets> result) {
        if (!done_) return;
        const auto done = std::exchange(done_, nullptr);
        timer_ = Watch();  // the watches hold this object; the callback that runs holds it too
        fifos_.clear();
        done(std::move(result));
    }

    Loop& loop_;
    std::function<void(Result<Secrets>)> done_;
    Secrets secrets_;
    std::map<std::string, Fifo> fifos_;
    Watch timer_;
};

}  // namespace

void read_secrets(Loop& loop, std::map<std::string, Fd, std::less<>> fds,
                  std::function<void(Result<Secrets>)> done, Duration patience) {
    Reading::start(std::make_shared<Reading>(loop, std::move(done)), std::move(fds), patience);
}

Result<Fd> make_memfd(std::size_t room) {
    Fd fd(memfd_create("userd-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd || (room > 0 && fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(room)) != 0))
        return fail(Errc::limits, "make room for secrets: {}", std::strerror(errno));
    return fd;
}

Result<Fd> to_memfd(const Secret& secret) {
    return to_memfd(secret, TRY(make_memfd(secret.size())));
}

Result<Fd> to_memfd(const Secret& secret, Fd fd) {
    if (write(fd.get(), secret.bytes().data(), secret.size()) != static_cast<ssize_t>(secret.size()) ||
        lseek(fd.get(), 0, SEEK_SET) != 0 || fcntl(fd.get(), F_ADD_SEALS, wanted_seals | F_SEAL_SEAL) != 0)
        return fail(Errc::internal, "hand out a secret: {}", std::strerror(errno));
    return fd;
}

Result<void> make_room(const Fd& fd, std::size_t size, const std::string& name) {
    const auto refuse = [&](std::string_view why) {
        return Failure(Error{Errc::invalid, fmt::format("{} {}", name, why),
                             "a new memfd, open for reading and writing, without seals", name});
    };
    const int seals = fcntl(fd.get(), F_GET_SEALS);
    if (seals < 0) return refuse("must be a memfd");
    if ((seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_GROW)) != 0) return refuse("is sealed");
    if ((fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY) return refuse("is open for reading only");
    if (size > 0 && fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0)
        return refuse(std::strerror(errno));
    return {};
}

}  // namespace userd::bus
