// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/service.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <list>

#include "daemon/bus/audit.h"
#include "daemon/bus/connection.h"
#include "daemon/runtime/journal.h"

namespace userd::bus {
namespace {

constexpr Duration first_retry = std::chrono::milliseconds(100), last_retry = std::chrono::seconds(5);
constexpr Duration accept_pause = std::chrono::seconds(1);
constexpr std::size_t max_peers = 32;

}  // namespace

struct Service::Impl {
    explicit Impl(Core c) : core(std::move(c)), followers(core.loop) { core.followers = &followers; }

    void connect();
    void retry();
    void accept();
    void accept_later();  // until it is so: nobody else would
    Result<void> add_peer(Fd socket, std::uint32_t uid);
    void tell(const ChangeEvent& event);

    Core core;
    AuditFollowers followers;
    InFlight in_flight;
    std::string address;
    std::unique_ptr<Connection> system;
    bool named = false;
    bool complained = false;  // one line in the log for one outage
    Duration retry_after = first_retry;
    Watch retry_timer;
    Fd listening;
    Watch listening_watch, pause_timer;
    std::list<std::unique_ptr<Connection>> peers;
    std::shared_ptr<Impl*> alive = std::make_shared<Impl*>(this);  // listeners cannot be taken off again
};

void Service::Impl::connect() {
    auto opened = Connection::open_system(
        core, in_flight, address,
        [this] {
            named = true;
            complained = false;
            retry_after = first_retry;
            journal::info("serving {} on the system bus", bus_name);
        },
        [this] { retry(); });
    if (opened) {
        system = *std::move(opened);
        return;
    }
    if (!std::exchange(complained, true)) journal::warning("{}; trying again", opened.error().message);
    retry();
}

void Service::Impl::retry() {
    if (std::exchange(named, false)) journal::warning("the system bus is gone; trying again");
    system.reset();
    auto timer = core.loop.call_after(retry_after, [this] { connect(); });
    if (!timer) return journal::error("{}", timer.error().message);
    retry_timer = *std::move(timer);
    retry_after = std::min(retry_after * 2, last_retry);
}

void Service::Impl::accept_later() {
    auto timer = core.loop.call_after(accept_pause, [this] {
        if (!listening_watch.set_events(EPOLLIN)) accept_later();
    });
    if (timer)
        pause_timer = *std::move(timer);
    else
        listening_watch.set_events(EPOLLIN);
}

void Service::Impl::accept() {
    Fd socket(accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket) {
        if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return;
        journal::warning("no descriptor is left for the admin socket");  // it stays readable: do not spin
        if (listening_watch.set_events(0)) accept_later();
        return;
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return;
    if (peer.uid != 0) return journal::warning("refused uid {} on the admin socket", peer.uid);
    if (peers.size() >= max_peers) return journal::warning("too many connections to the admin socket");
    if (auto added = add_peer(std::move(socket), peer.uid); !added)
        journal::error("{}", added.error().message);
}

Result<void> Service::Impl::add_peer(Fd socket, std::uint32_t uid) {
    const auto place = peers.emplace(peers.end());
    auto opened = Connection::open_peer(core, in_flight, std::move(socket), Caller{uid, {}, true},
                                        [this, place] { peers.erase(place); });
    if (!opened) {
        peers.erase(place);
        return fail(std::move(opened).error());
    }
    *place = *std::move(opened);
    return {};
}

void Service::Impl::tell(const ChangeEvent& event) {
    if (named) system->tell(event);
    for (const auto& peer : peers) peer->tell(event);
}

Service::Service(Core core) : impl_(std::make_unique<Impl>(std::move(core))) {
    const std::weak_ptr<Impl*> impl = impl_->alive;
    impl_->core.directory.on_change([impl](const ChangeEvent& event) {
        if (const auto alive = impl.lock()) (*alive)->tell(event);
    });
    impl_->core.credentials.on_change([impl](ObjectId id) {
        const auto alive = impl.lock();
        if (!alive) return;
        const auto user = (*alive)->core.directory.find_user(id);
        if (user && *user) (*alive)->tell({false, (*user)->uid, "credentials"});
    });
}
Service::~Service() = default;

void Service::serve_system_bus(std::string address) {
    impl_->address = std::move(address);
    impl_->connect();
}

Result<void> Service::serve_admin(Fd listening) {
    impl_->listening = std::move(listening);
    impl_->listening_watch = TRY(impl_->core.loop.watch_io(impl_->listening.get(), EPOLLIN,
                                                           [impl = impl_.get()](auto) { impl->accept(); }));
    return {};
}

Result<void> Service::serve_peer(Fd socket, std::uint32_t uid) {
    return impl_->add_peer(std::move(socket), uid);
}

void Service::audit_grew() {
    impl_->followers.grew();
}

bool Service::has_name() const {
    return impl_->named;
}

}  // namespace userd::bus
