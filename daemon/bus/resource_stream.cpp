// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/resource_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "common/base/errors.h"
#include "common/base/text.h"

namespace userd::bus {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t high_water = 64 << 10;  // waits in us before userd-homes is asked to rest
constexpr std::size_t piece = 64 << 10;
constexpr unsigned most_searches = 2;  // of one caller

const char* word_of(wire::ItemKind kind) {
    switch (kind) {
        case wire::ItemKind::file:
            return "file";
        case wire::ItemKind::process:
            return "process";
        case wire::ItemKind::cron:
            return "cron";
        case wire::ItemKind::session:
            return "session";
        case wire::ItemKind::group:
            return "group";
        case wire::ItemKind::name:
        case wire::ItemKind::note:
        case wire::ItemKind::account:
        case wire::ItemKind::administrator:
        case wire::ItemKind::text:
            break;
    }
    return "note";
}

// One of the searches that a caller may have under way.
class Turn {
 public:
    static Result<std::shared_ptr<Turn>> take(Core& core, std::uint32_t caller) {
        if (const auto own = core.searches.find(caller);
            own != core.searches.end() && own->second >= most_searches)
            return fail(Error{Errc::busy,
                              fmt::format("{} searches of yours are under way already", own->second),
                              "wait until one ends",
                              {}});
        return std::make_shared<Turn>(core, caller);
    }
    Turn(Core& core, std::uint32_t caller) : core_(core), caller_(caller) { ++core_.searches[caller_]; }
    ~Turn() {
        if (--core_.searches[caller_] == 0) core_.searches.erase(caller_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

 private:
    Core& core_;
    std::uint32_t caller_;
};

// The caller holds the pipe too, and may make it one that blocks: so it is filled from a pipe of our own.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
    Stream(Core& core, std::shared_ptr<Turn> turn, Fd pipe, Duration patience)
        : core_(core), turn_(std::move(turn)), pipe_(std::move(pipe)), patience_(patience) {}

    // It owns itself through the watch on its pipe until everything is written or nobody reads any more.
    Result<void> start(const ErrandRequest& request, const std::vector<ErrandItem>& groups) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
            return fail(Errc::limits, "make a pipe: {}", std::strerror(errno));
        out_.reset(ends[0]);
        in_.reset(ends[1]);
        watch_ = TRY(core_.loop.watch_io(pipe_.get(), 0, [self = shared_from_this()](std::uint32_t events) {
            if ((events & (EPOLLERR | EPOLLHUP)) != 0) return self->close();
            self->write();
        }));
        for (const auto& group : groups) add(group);
        if (request.what == 0) return end(std::nullopt), Result<void>();
        Errands::Listener listener;
        listener.item = [weak = weak_from_this()](const ErrandItem& item) {
            if (const auto self = weak.lock()) self->add(item);
        };
        errand_ = core_.errands->run(
            request,
            [self = shared_from_this()](const Result<ErrandOutcome>& outcome) {
                self->errand_ = 0;
                self->end(outcome ? std::nullopt : std::optional(outcome.error()));
            },
            std::move(listener));
        return {};
    }

 private:
    void add(const ErrandItem& item) {
        ++counts_[word_of(item.kind)];
        bytes_ += item.bytes;
        put({{"kind", word_of(item.kind)},
             {"path", escaped(item.path)},  // names are bytes, which JSON cannot say; each has one such text
             {"what", escaped(item.detail)},
             {"bytes", item.bytes}});
    }

    void end(const std::optional<Error>& error) {
        ended_ = true;
        if (error)
            return put({{"error",
                         {{"name", dbus_error_name(error->code)},
                          {"message", error->message},
                          {"hint", error->hint}}}});
        Json summary = {{"bytes", bytes_}};
        for (const char* kind : {"file", "process", "cron", "session", "group", "note"})
            summary[kind] = counts_[kind];
        put({{"summary", summary}});
    }

    void put(const Json& line) {
        waiting_ += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        write();
    }

    void write() {
        while (held_ > 0 || !waiting_.empty()) {
            if (held_ == 0 && !fill()) return close();
            const ssize_t moved = splice(out_.get(), nullptr, pipe_.get(), nullptr, held_, SPLICE_F_NONBLOCK);
            if (moved < 0 && errno == EINTR) continue;
            if (moved < 0 && errno == EAGAIN) return rest();
            if (moved <= 0) return close();  // nobody reads it
            held_ -= static_cast<std::size_t>(moved);
            timer_ = Watch();
        }
        if (ended_) return close();
        watch_.set_events(0);
        if (errand_ != 0) core_.errands->pause(errand_, false);
    }

    bool fill() {
        const ssize_t wrote = ::write(in_.get(), waiting_.data(), std::min(piece, waiting_.size()));
        if (wrote <= 0) return false;
        held_ = static_cast<std::size_t>(wrote);
        waiting_.erase(0, held_);
        return true;
    }

    void rest() {
        watch_.set_events(EPOLLOUT);
        if (errand_ != 0 && waiting_.size() > high_water) core_.errands->pause(errand_, true);
        if (timer_) return;
        auto timer = core_.loop.call_after(patience_, [self = shared_from_this()] { self->close(); });
        if (!timer) return close();
        timer_ = *std::move(timer);
    }

    void close() {
        if (errand_ != 0) core_.errands->cancel(errand_);
        errand_ = 0;
        turn_.reset();
        core_.loop.call_soon([self = shared_from_this()] {
            self->timer_ = Watch();
            self->watch_ = Watch();
        });
    }

    Core& core_;
    std::shared_ptr<Turn> turn_;
    Fd pipe_, in_, out_;
    Duration patience_;
    Watch watch_, timer_;
    std::size_t held_ = 0;  // in our own pipe
    std::uint64_t errand_ = 0;
    std::string waiting_;
    std::map<std::string, std::uint64_t> counts_;
    std::uint64_t bytes_ = 0;
    bool ended_ = false;
};

}  // namespace

Result<void> stream_resources(Core& core, std::uint32_t caller, Fd pipe, const ErrandRequest& request,
                              const std::vector<ErrandItem>& groups, Duration patience) {
    if (core.errands == nullptr) return fail(Errc::unavailable, "userd-homes is not set up here");
    struct stat status {};
    if (fstat(pipe.get(), &status) != 0 || !S_ISFIFO(status.st_mode))
        return fail(Error{Errc::invalid, "what is found is written to a pipe, and this is none", {}, "to"});
    if ((fcntl(pipe.get(), F_GETFL) & O_ACCMODE) == O_RDONLY)
        return fail(Error{Errc::invalid, "the pipe cannot be written", {}, "to"});
    auto turn = TRY(Turn::take(core, caller));
    return std::make_shared<Stream>(core, std::move(turn), std::move(pipe), patience)->start(request, groups);
}

}  // namespace userd::bus
