// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/file_watch.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr std::uint32_t events =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr Duration quiet_time = std::chrono::milliseconds(50);

}  // namespace

Result<std::unique_ptr<FileWatch>> FileWatch::open(Loop& loop, const std::vector<std::string>& paths,
                                                   std::function<void()> changed) {
    std::unique_ptr<FileWatch> self(new FileWatch(loop, std::move(changed)));
    self->inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (!self->inotify_) return fail(Errc::internal, "watch files: {}", std::strerror(errno));
    std::set<std::string> folders;
    for (const auto& path : paths) {
        const auto slash = path.rfind('/');
        folders.insert(path.substr(0, slash));
        self->names_.insert(path.substr(slash + 1));
    }
    for (const auto& folder : folders)
        if (inotify_add_watch(self->inotify_.get(), folder.c_str(), events) < 0 && errno != ENOENT)
            return fail(Errc::internal, "watch {}: {}", folder, std::strerror(errno));
    self->watch_ =
        TRY(loop.watch_io(self->inotify_.get(), EPOLLIN, [raw = self.get()](auto) { raw->read(); }));
    return self;
}

void FileWatch::read() {
    alignas(inotify_event) char buffer[4096];
    bool ours = false;
    for (ssize_t size = 0; (size = ::read(inotify_.get(), buffer, sizeof buffer)) > 0;) {
        for (ssize_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            const std::string_view name = event->len > 0 ? event->name : "";
            ours = ours || (event->mask & IN_Q_OVERFLOW) != 0 || names_.count(name) > 0;
            at += static_cast<ssize_t>(sizeof *event + event->len);
        }
    }
    if (!ours) return;
    auto timer = loop_.call_after(quiet_time, changed_);
    if (!timer) return journal::error("{}", timer.error().message);
    quiet_ = *std::move(timer);
}

}  // namespace userd
