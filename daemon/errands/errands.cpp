// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/errands.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

#include "common/base/errors.h"
#include "common/base/fd.h"

namespace userd {
namespace {

constexpr int most_at_once = 64;  // words read in one turn of the loop

Failure unavailable(std::string_view why) {
    return fail(Error{Errc::unavailable,
                      fmt::format("userd-homes: {}", why),
                      "look at: systemctl status userd-homes.socket userd-homes.service",
                      {}});
}

Result<Fd> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return fail(Errc::internal, "the socket's path is too long");
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return unavailable(std::strerror(errno));
    return fd;
}

wire::Errand to_wire(const ErrandRequest& request, std::string& paths) {
    for (const auto& path : request.paths) paths.append(path).push_back('\0');
    wire::Errand errand;
    errand.kind = request.kind;
    errand.uid = request.uid;
    errand.gid = request.gid;
    errand.to_uid = request.to_uid;
    errand.to_gid = request.to_gid;
    errand.mode = request.mode;
    errand.what = request.what;
    errand.most = request.most;
    errand.tasks_max = request.tasks_max;
    errand.memory_max = request.memory_max;
    errand.sftp = request.sftp;
    errand.name = request.name;
    errand.to_name = request.to_name;
    errand.home = request.home;
    errand.to_home = request.to_home;
    errand.skeleton = request.skeleton;
    errand.paths = paths;
    return errand;
}

}  // namespace

struct Errands::Running {
    Fd fd;
    Watch watch, timer;
    Done done;
    Listener listener;
    ErrandOutcome outcome;
    bool is_scan = false, is_heard = false, is_resting = false;
    std::optional<ErrandRequest> waits;  // to be launched
};

Errands::Errands(Loop& loop, std::string socket, Duration silence)
    : loop_(loop), socket_(std::move(socket)), silence_(silence) {}
Errands::~Errands() = default;

std::uint64_t Errands::run(const ErrandRequest& request, Done done, Listener listener,
                           std::optional<Duration> patience) {
    const std::uint64_t number = next_number_++;
    auto running = std::make_unique<Running>();
    running->done = std::move(done);
    running->listener = std::move(listener);
    running->is_scan = request.kind == wire::ErrandKind::scan;
    if (auto timer = set_timer(number, patience)) running->timer = std::move(*timer);
    const bool launches = !running->is_scan;
    if (!launches) running->waits = request;
    running_.emplace(number, std::move(running));
    if (launches)
        launch(number, request);
    else
        launch_next();
    return number;
}

Result<Watch> Errands::set_timer(std::uint64_t number, std::optional<Duration> patience) {
    if (patience)
        return loop_.call_after(*patience,
                                [this, number] { finish(number, unavailable("no answer in time")); });
    return loop_.call_every(silence_, [this, number] {
        Running& running = *running_.at(number);
        if (!std::exchange(running.is_heard, false) && !running.is_resting)
            finish(number, unavailable("nothing was heard of the errand for too long"));
    });
}

void Errands::launch_next() {
    std::size_t under_way = 0;
    for (const auto& [number, running] : running_) under_way += running->is_scan && !running->waits ? 1 : 0;
    for (const auto& [number, running] : running_)
        if (running->waits && under_way < most_scans) {
            ++under_way;
            launch(number, *std::exchange(running->waits, std::nullopt));
        }
}

void Errands::launch(std::uint64_t number, const ErrandRequest& request) {
    if (const auto started = start(number, request); !started)
        loop_.call_soon([this, number, problem = started.error(), guard = std::weak_ptr(alive_)] {
            if (!guard.expired()) finish(number, Failure(problem));
        });
}

Result<void> Errands::start(std::uint64_t number, const ErrandRequest& request) {
    Running& running = *running_.at(number);
    running.is_heard = true;
    running.fd = TRY(connect_to(socket_));
    std::string paths;
    wire::FrameBuffer buffer;
    const std::size_t size = wire::encode(buffer.span(), to_wire(request, paths));
    if (size == 0) return fail(Errc::invalid, "what is asked of userd-homes does not fit a frame");
    if (::send(running.fd.get(), buffer.bytes, size, MSG_NOSIGNAL) != static_cast<ssize_t>(size))
        return unavailable(std::strerror(errno));
    running.watch =
        TRY(loop_.watch_io(running.fd.get(), EPOLLIN, [this, number](std::uint32_t) { read(number); }));
    return {};
}

void Errands::pause(std::uint64_t errand, bool resting) {
    const auto entry = running_.find(errand);
    if (entry == running_.end()) return;
    entry->second->is_resting = resting;
    if (!entry->second->waits) entry->second->watch.set_events(resting ? 0U : std::uint32_t{EPOLLIN});
}

void Errands::cancel(std::uint64_t errand) {
    running_.erase(errand);
    launch_next();
}

void Errands::read(std::uint64_t number) {
    for (int i = 0; i < most_at_once; ++i) {
        const auto entry = running_.find(number);  // a listener may have cancelled it
        if (entry == running_.end()) return;
        wire::FrameBuffer buffer;
        const ssize_t size =
            recv(entry->second->fd.get(), buffer.bytes, sizeof buffer.bytes, MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0)
            return finish(number, unavailable("it ended before the errand did; its journal says why"));
        const auto word = size > static_cast<ssize_t>(sizeof buffer.bytes)
                              ? std::nullopt
                              : wire::decode_word({buffer.bytes, static_cast<std::size_t>(size)});
        if (!word) return finish(number, unavailable("its answer cannot be read"));
        entry->second->is_heard = true;
        const bool goes_on = take(*entry->second, *word);
        if (word->item == wire::ItemKind::account || word->item == wire::ItemKind::text)
            explicit_bzero(buffer.bytes, sizeof buffer.bytes);  // a hash, a key
        if (goes_on) continue;
        if (!word->error.empty()) return finish(number, Failure(error_from_wire(word->error, word->message)));
        return finish(number, std::move(entry->second->outcome));
    }
}

bool Errands::take(Running& running, const wire::Word& word) {
    switch (word.kind) {
        case wire::WordKind::progress:
            if (running.listener.progress) running.listener.progress(word.count, word.bytes);
            return true;
        case wire::WordKind::item: {
            ErrandItem item{word.item, std::string(word.path), std::string(word.detail), word.bytes};
            const auto listener = running.listener.item;  // a copy: it may cancel the errand
            if (listener)
                listener(std::move(item));
            else if (running.outcome.items.size() < most_kept)
                running.outcome.items.push_back(std::move(item));
            return true;
        }
        case wire::WordKind::done:
            break;
    }
    running.outcome.count = word.count;
    running.outcome.bytes = word.bytes;
    running.outcome.archive = word.path;
    return false;
}

void Errands::finish(std::uint64_t number, Result<ErrandOutcome> outcome) {
    const auto entry = running_.extract(number);
    launch_next();
    if (entry && entry.mapped()->done) entry.mapped()->done(std::move(outcome));
}

}  // namespace userd
