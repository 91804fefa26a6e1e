// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/resource_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "common/base/errors.h"
#include "common/base/text.h"

namespace userd::bus {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t high_water = 64 << 10;  // waits in us before userd-homes is asked to rest

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

// JSON can say every text; what is no text is said in \xNN.
std::string readable(const std::string& bytes) {
    return is_utf8(bytes) ? bytes : escaped(bytes);
}

class Stream : public std::enable_shared_from_this<Stream> {
 public:
    Stream(Core& core, Fd pipe) : core_(core), pipe_(std::move(pipe)) {}

    // It owns itself through the watch on its pipe until everything is written or nobody reads any more.
    Result<void> start(const ErrandRequest& request, const std::vector<ErrandItem>& groups) {
        watch_ = TRY(core_.loop.watch_io(pipe_.get(), 0,
                                         [self = shared_from_this()](std::uint32_t) { self->write(); }));
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
             {"path", readable(item.path)},
             {"what", readable(item.detail)},
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
        while (!waiting_.empty()) {
            const ssize_t n = ::write(pipe_.get(), waiting_.data(), waiting_.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && errno == EAGAIN) return rest(true);
            if (n <= 0) return close();  // nobody reads it
            waiting_.erase(0, static_cast<std::size_t>(n));
        }
        if (ended_) return close();
        rest(false);
    }

    void rest(bool full) {
        watch_.set_events(full ? std::uint32_t{EPOLLOUT} : 0U);
        if (errand_ != 0 && (!full || waiting_.size() > high_water)) core_.errands->pause(errand_, full);
    }

    void close() {
        if (errand_ != 0) core_.errands->cancel(errand_);
        errand_ = 0;
        core_.loop.call_soon([self = shared_from_this()] { self->watch_ = Watch(); });
    }

    Core& core_;
    Fd pipe_;
    Watch watch_;
    std::uint64_t errand_ = 0;
    std::string waiting_;
    std::map<std::string, std::uint64_t> counts_;
    std::uint64_t bytes_ = 0;
    bool ended_ = false;
};

}  // namespace

Result<void> stream_resources(Core& core, Fd pipe, const ErrandRequest& request,
                              std::vector<ErrandItem> groups) {
    if (core.errands == nullptr) return fail(Errc::unavailable, "userd-homes is not set up here");
    struct stat status {};
    if (fstat(pipe.get(), &status) != 0 || !S_ISFIFO(status.st_mode))
        return fail(Error{Errc::invalid, "what is found is written to a pipe, and this is none", {}, "to"});
    const int flags = fcntl(pipe.get(), F_GETFL);
    if ((flags & O_ACCMODE) == O_RDONLY || fcntl(pipe.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        return fail(Error{Errc::invalid, "the pipe cannot be written", {}, "to"});
    return std::make_shared<Stream>(core, std::move(pipe))->start(request, groups);
}

}  // namespace userd::bus
