// SPDX-License-Identifier: LGPL-2.1-or-later
// From what is stored to users, groups and members. What fits into one slice of time is one transaction, with
// its cookie; what does not is done slice after slice, each a transaction of its own, with the cookie in the
// last, which alone waits for the disk. A slice that fails leaves the rest where it was: nothing of it is
// half there, and the server is asked again from the old cookie.
#include <fmt/ranges.h>
#include <sodium.h>

#include <algorithm>

#include "daemon/mirror/impl.h"
#include "daemon/runtime/journal.h"
#include "daemon/runtime/memory.h"

namespace userd {

namespace {

constexpr auto slice_time = std::chrono::milliseconds(15);
constexpr std::uint64_t ends_at_once = 256;
// Between two comparisons of all there is: so long, and a part of the spread by chance.
constexpr Duration compare_every = std::chrono::hours(20), compare_spread = std::chrono::hours(8);

// Of the configuration, what decides about entries.
std::string judgement(const LdapSource& source, const Config& config) {
    std::string text;
    for (const auto& range : source.id_ranges) text += fmt::format("{}-{},", range.first, range.last);
    const auto& ours = source.overrides;
    text += fmt::format("|{}|{}|{}|{}|{}|{}|{}", ours.shell, ours.shell_missing, ours.home,
                        ours.home_prefix_strip, config.users.shell, config.users.home,
                        fmt::join(config.local_groups, ","));
    for (const auto& one : config.ldap)
        for (const auto& [theirs, mapped] : one.groups_map)
            text += fmt::format("|{}:{}>{}", one.name, theirs, mapped);
    return text;
}

}  // namespace

Result<std::vector<std::int64_t>> Mirror::Impl::gone_by(Source& source, wire::LdapPointKind kind) {
    if (kind != wire::LdapPointKind::refreshed_rest) return source.intake.gone().all();
    auto ids = TRY(store.remote().ids(source.row.id));
    std::erase_if(ids, [&](std::int64_t id) { return source.intake.seen().contains(id); });
    return ids;
}

// Who is gone already, or was never here, does not count. An answer that leaves nobody is no answer, however
// few they were.
Result<bool> Mirror::Impl::must_hold(const Source& source, const std::vector<std::int64_t>& gone,
                                     wire::LdapPointKind kind) {
    constexpr std::uint64_t always = 5;
    const bool is_rest = kind == wire::LdapPointKind::refreshed_rest;
    if (gone.empty() || (gone.size() <= always && !is_rest)) return false;
    std::uint64_t users = 0, groups = 0;
    for (const auto id : gone) {
        const auto entry = TRY(store.remote().find(id));
        if (!entry || entry->vanished_at) continue;
        users += entry->user ? 1 : 0;
        groups += entry->group ? 1 : 0;
    }
    const auto here = TRY(store.remote().counts(source.row.id));
    const auto* rules = config->find_ldap(source.row.name);
    const auto most = [&](std::uint64_t of) {
        return std::max(always, of * (rules != nullptr ? rules->guard : 0) / 100);
    };
    if (is_rest && users != 0 && users == TRY(store.remote().count_here(source.row.id))) return true;
    return users > most(here.users) || groups > most(here.groups);
}

Result<void> Mirror::Impl::start(Job fresh) {
    job = std::move(fresh);
    if (job->is_large) store.expect_much(true);
    const auto done = slice();
    if (!done) {
        const auto error = done.error();
        end_job();
        return fail(error);
    }
    if (*done)
        end_job();
    else
        loop.call_soon([this, known = std::weak_ptr(alive)] {
            if (!known.expired()) go_on();
        });
    return {};
}

void Mirror::Impl::go_on() {
    if (!job) return;  // it was ended meanwhile
    const auto done = slice();
    if (done && !*done) {
        loop.call_soon([this, known = std::weak_ptr(alive)] {
            if (!known.expired()) go_on();
        });
        return;
    }
    if (!done && job->is_point) broken = done.error();
    end_job();
}

Result<void> Mirror::Impl::finish_now() {
    while (job) {
        const auto done = slice();
        if (done && !*done) continue;
        if (!done && job->is_point) broken = done.error();
        end_job();
    }
    return {};
}

void Mirror::Impl::end_job() {
    job.reset();
    store.expect_much(false);
    if (settled) settled();
}

// Removals that an admin's last way in hangs on are held, and so are suspensions; when it hangs on something
// else the server says, nothing of it is done.
Result<bool> Mirror::Impl::slice() {
    auto& source = *TRY(open_source(job->source));
    const Job before = *job;
    auto done = attempt(false);
    if (!done && done.error().code == Errc::last_admin) {
        job = before;
        journal::warning("ldap {}: {}", source.row.name, done.error().message);
        done = attempt(true);
    }
    if (done) {
        if (*done) source.trouble.clear();
        return done;
    }
    job = before;
    note_trouble(source, done.error());
    if (done.error().code != Errc::last_admin) return done;
    source.is_cookie_void = true;  // what is gone would not be told again
    auto change = TRY(store.begin());
    TRY(store.remote().set_cookie(source.row.id, {}, {}, std::nullopt));
    TRY(store.remote().end_staging(source.row.id));  // all of it came: it is tried again each minute
    TRY(change.commit());
    source.row.cookie.clear();
    return true;
}

Result<bool> Mirror::Impl::attempt(bool gently) {
    auto& source = *TRY(open_source(job->source));
    const auto* rules = config->find_ldap(job->source);
    if (rules == nullptr) return true;  // the configuration has it no more
    const auto row_before = source.row;
    const auto generation_before = store.generation();
    bool is_done = false;
    ChangeOptions options;
    const bool is_last = job->is_settled || !job->is_large;
    options.told_again = !is_last;
    const auto changed = directory.batch(options, [&]() -> Result<void> {
        auto part = TRY(store.begin(store::Purpose::mirror));
        Settler settler({store, directory, *config, *rules, source.row, clock.now(), job->ids, job->tally,
                         !job->is_large, gently});
        job->is_settled = TRY(work(settler, std::chrono::steady_clock::now() + slice_time));
        is_done = job->is_settled && is_last;
        if (is_done) TRY(finish(source, settler));
        TRY(settler.end_part());
        options.keep_back = !is_done;
        return part.commit();
    });
    if (!changed && store.generation() == generation_before) {
        source.row = row_before;
        return fail(changed.error());
    }
    if (!changed) journal::error("{}", changed.error().message);  // stored, and not yet visible
    if (!job->is_settled && !job->is_large) {
        job->is_large = true;
        store.expect_much(true);
    } else if (job->is_settled && !is_done) {
        // What is left of a large one is to show it to readers, which takes memory of its own.
        store.give_back_cache();
        give_back_memory();
    }
    return is_done;
}

Result<bool> Mirror::Impl::work(Settler& settler, Settler::Deadline deadline) {
    const auto is_over = [&] { return std::chrono::steady_clock::now() >= deadline; };
    const auto& source = *TRY(open_source(job->source));
    if (job->is_point) TRY(store.remote().end_staging(source.row.id));
    while (job->next_gone < job->gone.size()) {
        TRY(settler.take_away(job->gone[job->next_gone++], job->hold));
        if (is_over()) return false;
    }
    const auto grace = config->find_ldap(job->source)->grace;
    for (;;) {
        const auto ended =
            TRY(store.remote().vanished_users(source.row.id, clock.now() - grace, ends_at_once));
        for (const auto& entry : ended) {
            TRY(settler.end(entry));
            if (is_over()) return false;
        }
        if (ended.size() < ends_at_once) break;
    }
    for (const auto& entry : TRY(store.remote().vanished_but_active(source.row.id)))
        TRY(settler.keep_out(entry));
    if (TRY(store.remote().is_staging(source.row.id))) return true;
    return settler.settle_pending(deadline);
}

Result<void> Mirror::Impl::finish(Source& source, Settler& settler) {
    TRY(settler.tidy());
    const Time now = clock.now();
    if (job->is_point) {
        if (source.is_cookie_void) job->cookie.clear();
        if (job->cookie != source.row.cookie || source.tie != source.row.tie || !job->tally.empty() ||
            !source.row.synced_at || now - *source.row.synced_at > std::chrono::minutes(1))
            TRY(store.remote().set_cookie(source.row.id, job->cookie, source.tie, now));
        source.row.cookie = job->cookie;
        source.row.tie = source.tie;
        source.row.synced_at = now;
        if (job->is_whole) {
            TRY(store.remote().set_compared(source.row.id, now));
            source.row.compared_at = now;
            source.compare_at.reset();
        }
    }
    if (job->tally.empty()) return {};
    return audit(job->actor, job->action, source.row.tag, {}, job->tally.json());
}

// Another configuration may let in, or leave out, anybody.
Result<void> Mirror::Impl::judge_anew(Source& source, const LdapSource& rules) {
    const auto by = judgement(rules, *config);
    if (source.row.judged_by == by && source.row.enumerate == rules.enumerate) return {};
    auto change = TRY(store.begin());
    if (source.row.judged_by != by) TRY(store.remote().requeue_all(source.row.id));
    if (source.row.enumerate != rules.enumerate) {
        const auto now = TRY(store.raise_generation());
        TRY(store.remote().touch_source(source.row.tag, now));
    }
    TRY(store.remote().set_judged(source.row.id, by, rules.enumerate));
    TRY(change.commit());
    source.row.judged_by = by;
    source.row.enumerate = rules.enumerate;
    return {};
}

Result<bool> Mirror::Impl::has_work(const Source& source, const LdapSource& rules) {
    auto& remote = store.remote();
    return (TRY(remote.count_pending(source.row.id, 1)) != 0 && !TRY(remote.is_staging(source.row.id))) ||
           !TRY(remote.vanished_users(source.row.id, clock.now() - rules.grace, 1)).empty() ||
           !TRY(remote.vanished_but_active(source.row.id)).empty();
}

// A server that was restored from an older copy does not know what it told since. The hosts of a fleet do not
// all ask at once.
void Mirror::Impl::compare_now_and_then() {
    if (!is_connected || !wanted || !store.writable()) return;
    const Time now = clock.now();
    for (const auto& [name, source] : sources) {
        if (source->phase != wire::LdapPhase::following || source->wants_whole || source->is_refreshing)
            continue;
        if (!source->compare_at) {
            const auto last = std::min(source->row.compared_at.value_or(now - compare_every), now);
            const auto spread = std::chrono::duration_cast<std::chrono::seconds>(compare_spread).count();
            source->compare_at =
                last + compare_every +
                std::chrono::seconds(randombytes_uniform(static_cast<std::uint32_t>(spread)));
        }
        if (now < *source->compare_at) continue;
        source->compare_at.reset();
        source->wants_whole = true;
        wanted(begin_of(source->row, true));
    }
}

void Mirror::Impl::tend() {
    if (job || !store.writable() || config->ldap.empty()) return;
    const auto& host = directory.host();
    const auto look = [&]() -> Result<void> {
        // What stood in somebody's way may be gone.
        if (host.version() != host_version || store.generation() != looked_at) {
            auto change = TRY(store.begin());
            TRY(store.remote().requeue_quarantined());
            TRY(change.commit());
        }
        for (const auto& rules : config->ldap) {
            auto& source = *TRY(open_source(rules.name));
            TRY(judge_anew(source, rules));
            if (job || !TRY(has_work(source, rules))) continue;
            Job fresh;
            fresh.source = rules.name;
            fresh.actor = Actor{0, "userd", "ldap", {}};
            TRY(start(std::move(fresh)));
            if (job) return {};  // the rest another time
        }
        host_version = host.version();
        looked_at = store.generation();
        return {};
    };
    if (const auto looked = look(); !looked) journal::error("ldap: {}", looked.error().message);
}

}  // namespace userd
