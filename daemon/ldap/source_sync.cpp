// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/source_sync.h"

#include <poll.h>
#include <sodium.h>

#include "daemon/ldap/follower.h"
#include "daemon/ldap/poller.h"
#include "daemon/runtime/journal.h"

namespace userd::ldap {
namespace {

constexpr std::chrono::milliseconds for_ever{-1};

std::chrono::milliseconds milliseconds(Duration duration) {
    return std::chrono::ceil<std::chrono::milliseconds>(duration);
}

}  // namespace

SourceSync::SourceSync(const LdapSource& source, Servers& servers, CoreLink& core, Overseer& overseer)
    : context_(source, servers, core, overseer) {
    thread_ = std::thread([this] { run(); });
}

SourceSync::~SourceSync() {
    {
        const std::lock_guard lock(mutex_);
        is_over_ = true;
    }
    context_.bell.ring();
    thread_.join();
}

void SourceSync::begin(const wire::LdapBegin& begin) {
    {
        const std::lock_guard lock(mutex_);
        const bool is_ours = begin.tie == context_.tie;
        start_ = Start{is_ours ? std::string(begin.cookie) : std::string(), begin.whole};
    }
    context_.bell.ring();
}

bool SourceSync::is_wanted() {
    const std::lock_guard lock(mutex_);
    return start_ || is_over_;
}

void SourceSync::wait(std::chrono::milliseconds at_most) {
    pollfd waiting{context_.bell.fd(), POLLIN, 0};
    poll(&waiting, 1, static_cast<int>(at_most.count()));
}

bool SourceSync::wait_for_start() {
    for (;; wait(for_ever)) {
        context_.bell.silence();
        const std::lock_guard lock(mutex_);
        if (is_over_) return false;
        if (!start_) continue;
        context_.cookie = start_->is_whole ? "" : start_->cookie;
        start_.reset();
        return true;
    }
}

void SourceSync::run() {
    Backoff backoff(randombytes_random());
    if (!wait_for_start()) return;
    for (;;) {
        context_.has_point = false;
        if (auto done = work(); !done) {
            journal::warning("{}: {}", name(), done.error().message);
            if (!context_.tell(wire::LdapPhase::failed, {}, &done.error()))
                return;                               // the core is gone, so are we
            if (context_.has_point) backoff.reset();  // no repetition of the failure before
            wait(backoff.next());
        }
        if (is_wanted() && !wait_for_start()) return;
    }
}

// Until something ends it. No Error: the core wants something else.
Result<void> SourceSync::work() {
    TRY(context_.tell(wire::LdapPhase::connecting, {}));
    const auto patience = milliseconds(context_.source.timeout);
    auto connected = [&] {
        const InLibldap timed(*context_.post, (2 * patience + std::chrono::seconds(30)) *
                                                  static_cast<int>(context_.servers.size()));
        return context_.servers.connect(context_.source, patience);
    }();
    if (!connected) return fail(std::move(connected.error()));
    journal::info("{}: connected to {}", name(), connected->connection.uri());
    return synchronise(*connected);
}

template <typename Method>
Result<SyncEnding> SourceSync::synchronise_by(Servers::Connected& connected) {
    Method method(context_, connected.connection, connected.index == 0);
    auto ending = method.run();
    if (!ending && ending.error().code == Errc::unavailable)
        context_.servers.failed(connected.index, std::chrono::steady_clock::now());
    if (auto first = method.take_first(); first && ending) connected = {std::move(*first), 0};
    return ending;
}

Result<void> SourceSync::synchronise(Servers::Connected& connected) {
    polls_ = context_.reader.is_ad();
    const std::string mark = Mark::parse(context_.cookie) ? context_.cookie : std::string();
    for (;;) {
        // A mark of ours is nothing for a server that is followed, nor its cookie for one that is polled.
        if (polls_ != Mark::parse(context_.cookie).has_value()) context_.cookie.clear();
        switch (polls_ ? TRY(synchronise_by<Poller>(connected)) : TRY(synchronise_by<Follower>(connected))) {
            case SyncEnding::bell:
                return {};
            case SyncEnding::not_offered:
                journal::notice("{}: {} does not offer RFC 4533: it is polled", name(),
                                connected.connection.uri());
                polls_ = true;
                context_.cookie = mark;
                break;
            case SyncEnding::start_over:
                journal::notice("{}: {} wants a full refresh", name(), connected.connection.uri());
                context_.cookie.clear();
                break;
            case SyncEnding::first_again:
                journal::notice("{}: back to {}", name(), connected.connection.uri());
                polls_ = context_.reader.is_ad();
                break;
        }
    }
}

}  // namespace userd::ldap
