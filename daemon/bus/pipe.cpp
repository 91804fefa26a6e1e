// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace userd::bus {
namespace {

constexpr std::size_t piece = 64 << 10;

Failure no_pipe(std::string why) {
    return fail(
        Error{Errc::invalid, fmt::format("the descriptor {}", why), "pass one end of a pipe", "pipe"});
}

Result<void> check_pipe(const Fd& pipe, int wrong_mode) {
    struct stat about {};
    if (fstat(pipe.get(), &about) != 0 || !S_ISFIFO(about.st_mode)) return no_pipe("is no pipe");
    if ((fcntl(pipe.get(), F_GETFL) & O_ACCMODE) == wrong_mode) return no_pipe("is the wrong end of a pipe");
    return {};
}

// What both ways share: the caller's pipe, one of ours, and the patience with the other end.
class Flow {
 public:
    virtual ~Flow() = default;

 protected:
    Flow(Loop& loop, Fd theirs, Duration patience)
        : loop_(loop), theirs_(std::move(theirs)), patience_(patience) {}

    Result<void> open(int wrong_mode) {
        TRY(check_pipe(theirs_, wrong_mode));
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return fail(Errc::limits, "make a pipe: {}", std::strerror(errno));
        out_.reset(ends[0]);
        in_.reset(ends[1]);
        return {};
    }
    void close() {
        watch_ = Watch();
        timer_ = Watch();
        theirs_.reset();
        in_.reset();
        out_.reset();
    }

    Loop& loop_;
    Fd theirs_, in_, out_;
    Duration patience_;
    Watch watch_, timer_;
};

class Outflow : public Flow, public std::enable_shared_from_this<Outflow> {
 public:
    using Done = std::function<void(Result<void>)>;
    Outflow(Loop& loop, Workers& workers, Fd pipe, std::unique_ptr<ByteSource> source, Done done,
            Duration patience)
        : Flow(loop, std::move(pipe), patience),
          workers_(workers),
          source_(std::move(source)),
          done_(std::move(done)) {}

    void start() {
        if (const auto opened = open(O_RDONLY); !opened) return finish(opened);
        auto watch =
            loop_.watch_io(theirs_.get(), 0, [self = shared_from_this()](std::uint32_t) { self->flow(); });
        if (!watch) return finish(fail(watch.error()));
        watch_ = *std::move(watch);
        make();
    }

 private:
    void make() {
        watch_.set_events(0);
        timer_ = Watch();
        workers_.run([source = source_] { return source->next(); },
                     [self = shared_from_this()](Result<std::string> made) { self->take(std::move(made)); });
    }

    void take(Result<std::string> made) {
        if (!done_) return;
        if (!made) return finish(fail(std::move(made).error()));
        text_ = *std::move(made);
        at_ = 0;
        if (text_.empty()) return finish({});
        watch_.set_events(EPOLLOUT);
        flow();
    }

    // As much as goes in now; the rest when the reader has made room.
    void flow() {
        while (at_ < text_.size() || held_ > 0) {
            if (held_ == 0 && !fill())
                return finish(fail(Errc::internal, "fill a pipe: {}", std::strerror(errno)));
            const ssize_t moved =
                splice(out_.get(), nullptr, theirs_.get(), nullptr, held_, SPLICE_F_NONBLOCK);
            if (moved < 0 && errno == EINTR) continue;
            if (moved < 0 && errno == EAGAIN) return wait();
            if (moved <= 0) return finish(fail(Errc::unavailable, "the reader has gone"));
            held_ -= static_cast<std::size_t>(moved);
            timer_ = Watch();
        }
        make();
    }

    bool fill() {
        const ssize_t wrote = ::write(in_.get(), text_.data() + at_, std::min(piece, text_.size() - at_));
        if (wrote <= 0) return false;
        at_ += static_cast<std::size_t>(wrote);
        held_ = static_cast<std::size_t>(wrote);
        return true;
    }

    void wait() {
        if (timer_) return;
        auto timer = loop_.call_after(patience_, [self = shared_from_this()] {
            self->finish(fail(Errc::unavailable, "the reader does not read"));
        });
        if (!timer) return finish(fail(timer.error()));
        timer_ = *std::move(timer);
    }

    void finish(Result<void> result) {
        if (!done_) return;
        const auto done = std::exchange(done_, nullptr);
        const auto self = shared_from_this();  // the watches held this object
        close();
        source_.reset();
        done(std::move(result));
    }

    Workers& workers_;
    std::shared_ptr<ByteSource> source_;  // of the loop or of one job, never both at a time
    Done done_;
    std::string text_;
    std::size_t at_ = 0, held_ = 0;  // of the text; in our own pipe
};

class Inflow : public Flow, public std::enable_shared_from_this<Inflow> {
 public:
    using Done = std::function<void(Result<std::string>)>;
    Inflow(Loop& loop, Fd pipe, std::size_t most, Done done, Duration patience)
        : Flow(loop, std::move(pipe), patience), most_(most), done_(std::move(done)) {}

    void start() {
        if (const auto opened = open(O_WRONLY); !opened) return finish(fail(opened.error()));
        auto watch = loop_.watch_io(theirs_.get(), EPOLLIN,
                                    [self = shared_from_this()](std::uint32_t) { self->flow(); });
        if (!watch) return finish(fail(watch.error()));
        watch_ = *std::move(watch);
        wait();
    }

 private:
    void flow() {
        const ssize_t moved = splice(theirs_.get(), nullptr, in_.get(), nullptr, piece, SPLICE_F_NONBLOCK);
        if (moved < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (moved < 0) return finish(no_pipe("cannot be read"));
        if (moved == 0) return finish(std::move(text_));
        const auto size = static_cast<std::size_t>(moved);
        if (text_.size() + size > most_)
            return finish(fail(Error{Errc::limits, fmt::format("more than {} MiB came", most_ >> 20U),
                                     "several smaller files", "pipe"}));
        const auto before = text_.size();
        text_.resize(before + size);
        if (::read(out_.get(), text_.data() + before, size) != moved)
            return finish(no_pipe("cannot be read"));
        wait();
    }

    void wait() {
        auto timer = loop_.call_after(patience_, [self = shared_from_this()] {
            self->finish(no_pipe("has brought nothing for too long"));
        });
        if (!timer) return finish(fail(timer.error()));
        timer_ = *std::move(timer);
    }

    void finish(Result<std::string> result) {
        if (!done_) return;
        const auto done = std::exchange(done_, nullptr);
        const auto self = shared_from_this();
        close();
        done(std::move(result));
    }

    const std::size_t most_;
    Done done_;
    std::string text_;
};

}  // namespace

void write_pipe(Loop& loop, Workers& workers, Fd pipe, std::unique_ptr<ByteSource> source,
                std::function<void(Result<void>)> done, Duration patience) {
    std::make_shared<Outflow>(loop, workers, std::move(pipe), std::move(source), std::move(done), patience)
        ->start();
}

void read_pipe(Loop& loop, Fd pipe, std::size_t most, std::function<void(Result<std::string>)> done,
               Duration patience) {
    std::make_shared<Inflow>(loop, std::move(pipe), most, std::move(done), patience)->start();
}

}  // namespace userd::bus
