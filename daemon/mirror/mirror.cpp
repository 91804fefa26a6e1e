// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/mirror/mirror.h"

#include <algorithm>

#include "common/base/text.h"
#include "daemon/mirror/impl.h"
#include "daemon/runtime/journal.h"

namespace userd {

namespace {

constexpr Duration tend_interval = std::chrono::minutes(1);

std::string_view word_of(const std::optional<wire::LdapPhase>& phase) {
    switch (phase.value_or(wire::LdapPhase{})) {
        case wire::LdapPhase::connecting:
            return "connecting";
        case wire::LdapPhase::refreshing:
            return "refreshing";
        case wire::LdapPhase::following:
            return "following";
        case wire::LdapPhase::polling:
            return "polling";
        case wire::LdapPhase::failed:
            return "failed";
    }
    return "away";
}

bool is_good(const std::optional<wire::LdapPhase>& phase) {
    return phase == wire::LdapPhase::following || phase == wire::LdapPhase::polling;
}

std::string_view kind_word(store::RemoteKind kind) {
    return kind == store::RemoteKind::user ? "user" : kind == store::RemoteKind::group ? "group" : "unknown";
}

}  // namespace

Mirror::Mirror(store::Store& store, Directory& directory, Loop& loop, const Clock& clock,
               const Config& config)
    : impl_(std::make_unique<Impl>(store, directory, loop, clock, config)) {
    auto timer = loop.call_every(tend_interval, [this] { tend(); });
    if (timer) impl_->timer = *std::move(timer);
    loop.call_soon([this, alive = std::weak_ptr(impl_->alive)] {
        if (!alive.expired()) tend();
    });
}

Mirror::~Mirror() = default;

void Mirror::use_config(const Config& config) {
    impl_->config = &config;
    tend();
}

void Mirror::forget() {
    hung_up();
    impl_->sources.clear();
    impl_->broken.reset();
    impl_->host_version = impl_->looked_at = 0;
    if (impl_->job) impl_->end_job();
}

void Mirror::tend() {
    impl_->tend();
    impl_->compare_now_and_then();
}

Result<Mirror::Impl::Source*> Mirror::Impl::source(std::string_view name) {
    if (config->find_ldap(name) == nullptr)
        return fail(Errc::not_supported, "the configuration has no directory server {}",
                    escaped(name.substr(0, 64)));
    return open_source(name);
}

Result<Mirror::Impl::Source*> Mirror::Impl::open_source(std::string_view name) {
    if (const auto found = sources.find(name); found != sources.end()) return found->second.get();
    auto fresh = std::make_unique<Source>(store);
    auto row = TRY(store.remote().find_source(name));
    if (!row) {
        auto change = TRY(store.begin());
        row = TRY(store.remote().make_source(name));
        TRY(change.commit());
    }
    fresh->row = *std::move(row);
    fresh->stale_since = fresh->row.synced_at;
    return sources.emplace(name, std::move(fresh)).first->second.get();
}

void Mirror::Impl::note_trouble(Source& source, const Error& error) {
    source.trouble = error.message;
    journal::error("ldap {}: {}", source.row.name, error.message);
}

std::vector<wire::LdapBegin> Mirror::begin() {
    hung_up();
    impl_->is_connected = true;
    impl_->broken.reset();
    std::vector<wire::LdapBegin> all;
    for (const auto& configured : impl_->config->ldap) {
        const auto source = impl_->open_source(configured.name);
        if (!source) {
            journal::error("ldap {}: {}", configured.name, source.error().message);
            continue;
        }
        all.push_back(begin_of((*source)->row, (*source)->wants_whole));
    }
    return all;
}

void Mirror::on_wanted(std::function<void(const wire::LdapBegin&)> wanted) {
    impl_->wanted = std::move(wanted);
}

void Mirror::on_settled(std::function<void()> settled) {
    impl_->settled = std::move(settled);
}

bool Mirror::is_settling() const {
    return impl_->job.has_value();
}

void Mirror::hear(const wire::LdapStatus& status) {
    const auto found = impl_->source(status.source);
    if (!found) return;
    auto& source = **found;
    source.phase = status.phase;
    source.server = status.server;
    source.problem = status.problem;
    source.hint = status.hint;
    if (is_good(status.phase))
        source.stale_since.reset();
    else if (status.phase == wire::LdapPhase::failed && !source.stale_since)
        source.stale_since = impl_->clock.now();
}

Result<void> Mirror::hear(const wire::LdapRefresh& refresh) {
    auto& source = *TRY(impl_->source(refresh.source));
    source.intake.begin();
    source.is_refreshing = true;
    source.is_whole = refresh.whole;
    source.tie = refresh.tie;
    return {};
}

Result<void> Mirror::hear(const wire::LdapBatch& batch) {
    if (impl_->broken) return fail(*impl_->broken);
    auto& source = *TRY(impl_->source(batch.source));
    return source.intake.take(source.row.id, batch.items.bytes(), impl_->clock.now());
}

Result<void> Mirror::hear(const wire::LdapPoint& point) {
    auto& impl = *impl_;
    if (impl.job) TRY(impl.finish_now());
    if (impl.broken) return fail(*impl.broken);
    auto& source = *TRY(impl.source(point.source));
    if (point.kind != wire::LdapPointKind::change && !source.is_refreshing)
        return fail(Errc::not_supported, "userd-ldap ends a refresh that did not begin");
    if (point.kind == wire::LdapPointKind::change && source.is_refreshing)
        return fail(Errc::not_supported, "userd-ldap tells of a change in the middle of a refresh");
    TRY(source.intake.store_all(source.row.id, impl.clock.now()));
    Impl::Job job;
    job.source = point.source;
    job.gone = TRY(impl.gone_by(source, point.kind));
    job.hold = TRY(impl.must_hold(source, job.gone, point.kind));
    job.is_point = true;
    job.is_whole = source.is_whole && point.kind == wire::LdapPointKind::refreshed_rest;
    job.cookie = point.cookie;
    job.actor = Actor{0, "userd-ldap", "ldap", {}};
    job.is_large = source.intake.is_large();
    if (point.kind != wire::LdapPointKind::change) {
        source.is_refreshing = false;
        source.wants_whole = false;
        if (source.is_whole) source.is_cookie_void = false;
    }
    source.intake.begin();
    return impl.start(std::move(job));
}

void Mirror::hung_up() {
    impl_->is_connected = false;
    for (const auto& [name, source] : impl_->sources) {
        source->intake.begin();
        source->is_refreshing = false;
        if (source->phase && !source->stale_since) source->stale_since = impl_->clock.now();
        source->phase.reset();
    }
    if (!impl_->job) impl_->store.expect_much(false);
}

std::vector<Fields> Mirror::status() const {
    std::vector<Fields> all;
    for (const auto& configured : impl_->config->ldap) {
        Fields row{{"name", configured.name}};
        const auto opened = impl_->open_source(configured.name);
        const auto counts = opened ? impl_->store.remote().counts((*opened)->row.id) : fail(opened.error());
        if (!counts) {
            row["state"] = std::string("failed");
            row["problem"] = counts.error().message;
            all.push_back(std::move(row));
            continue;
        }
        const auto& source = **opened;
        row["state"] = std::string(word_of(impl_->is_connected ? source.phase : std::nullopt));
        if (!source.server.empty()) row["server"] = escaped(source.server);
        if (!source.trouble.empty())
            row["problem"] = source.trouble;
        else if (!source.problem.empty())
            row["problem"] = escaped(source.problem);
        if (!source.hint.empty()) row["hint"] = escaped(source.hint);
        const auto number = [&](std::string_view name, std::uint64_t value) {
            row[std::string(name)] = static_cast<std::int64_t>(value);
        };
        number("user_count", counts->users);
        number("group_count", counts->groups);
        number("quarantined", counts->quarantined);
        number("vanished", counts->vanished);
        if (counts->missing != 0) number("held", counts->missing);
        if (source.row.synced_at) row["synced_at"] = to_unix(*source.row.synced_at);
        if (source.stale_since) row["stale_since"] = to_unix(*source.stale_since);
        all.push_back(std::move(row));
    }
    return all;
}

std::optional<Time> Mirror::stale_since(std::string_view name) const {
    const auto source = impl_->source(name);
    return source ? (*source)->stale_since : std::nullopt;
}

Result<Page> Mirror::quarantine(std::string_view name, std::uint64_t offset, std::uint64_t limit) const {
    const auto& source = *TRY(impl_->source(name));
    auto found = TRY(impl_->store.remote().quarantine(source.row.id, offset, limit));
    Page page;
    page.total = found.total;
    for (const auto& entry : found.entries) {
        Fields row{{"dn", escaped(entry.dn)},
                   {"kind", std::string(kind_word(entry.kind))},
                   {"reason", entry.problem},
                   {"message", escaped(entry.detail)}};
        if (!entry.name.empty()) row["name"] = escaped(entry.name);
        if (entry.problem_at) row["since"] = to_unix(*entry.problem_at);
        page.rows.push_back(std::move(row));
    }
    return page;
}

Result<Outcome> Mirror::confirm(const Actor& actor, std::string_view name, std::uint64_t removals,
                                const ChangeOptions& options) {
    auto& impl = *impl_;
    if (impl.job) TRY(impl.finish_now());
    const auto& source = *TRY(impl.source(name));
    auto missing = TRY(impl.store.remote().missing(source.row.id));
    if (missing.empty()) return fail(Errc::policy_violation, "nothing of {} waits to be removed", name);
    if (missing.size() != removals)
        return fail(
            Error{Errc::policy_violation,
                  fmt::format("{} removals of {} wait, not {}: what was seen is not what would be done",
                              missing.size(), name, removals),
                  fmt::format("userctl ldap confirm {} --removals {}", name, missing.size()), "removals"});
    Outcome outcome{true, {{"name", std::string(name)}, {"removals", static_cast<std::int64_t>(removals)}}};
    if (options.dry_run) return outcome;
    Impl::Job job;
    job.source = name;
    job.gone = std::move(missing);
    job.actor = actor;
    job.action = "ldap.confirm";
    TRY(impl.start(std::move(job)));
    return outcome;
}

Result<void> Mirror::want_sync(std::string_view name, bool whole) {
    auto& source = *TRY(impl_->source(name));
    source.wants_whole = source.wants_whole || whole;
    if (!impl_->is_connected || !impl_->wanted)
        return fail(Error{Errc::unavailable, fmt::format("synchronise {}: userd-ldap is not there", name),
                          "systemctl status userd-ldap", ""});
    impl_->wanted(begin_of(source.row, source.wants_whole));
    return {};
}

Result<std::string> Mirror::dn_of(ObjectId user) const {
    const auto entry = TRY(impl_->store.remote().find_by_user(user));
    return entry ? entry->dn : std::string();
}

}  // namespace userd
