// SPDX-License-Identifier: LGPL-2.1-or-later
// Accounts of this host that a directory server has too become the server's. The entry is bound to the row
// that is there and settled like any other: what hangs on the row (codes, roles, tags, memberships …) stays
// where it is, and lookups see one delta in which nobody is missing.
#include <fmt/core.h>

#include "daemon/mirror/adoption_plan.h"
#include "daemon/mirror/impl.h"
#include "daemon/model/origin.h"
#include "daemon/runtime/pulse.h"

namespace userd {

namespace {

constexpr std::size_t most_rows = 1000;

}  // namespace

Result<void> Mirror::Impl::audit(const Actor& actor, std::string_view action, std::string_view subject,
                                 ObjectId id, std::string detail) {
    auto entry = store::entry_by(actor, clock.now(), action, subject);
    entry.subject_id = id;
    entry.txn = TRY(store.raise_generation());
    entry.detail = std::move(detail);
    TRY(store.audit().append(entry));
    return {};
}

// Inside the batch: all of it, or an Error that undoes it.
Result<void> Mirror::Impl::hand_over(const Actor& actor, Source& source, const LdapSource& rules,
                                     AdoptionPlan& plan) {
    Pulse pulse;
    auto part = TRY(store.begin());
    const auto generation = TRY(store.raise_generation());
    TRY(plan.carry_out(generation, [&] { pulse.beat(); }));
    IdRun ids;
    Tally tally;
    Settler settler({store, directory, *config, rules, source.row, clock.now(), ids, tally});
    while (!TRY(settler.settle_pending(std::chrono::steady_clock::now() + std::chrono::seconds(1))))
        pulse.beat();
    TRY(settler.tidy());
    TRY(settler.end_part());
    TRY(plan.check_settled());
    const auto detail = fmt::format(R"({{"after":{{"source":"{}"}},"before":{{"source":"{}"}}}})",
                                    source.row.tag, local_origin);
    for (const auto& one : plan.taken()) {
        TRY(audit(actor, "ldap.adopt", one.subject, one.id, detail));
        directory.note({one.is_group, one.number, "updated"});
        pulse.beat();
    }
    if (!tally.empty()) TRY(audit(actor, "ldap.sync", source.row.tag, {}, tally.json()));
    return part.commit();
}

Result<Mirror::Adopted> Mirror::adopt(const Actor& actor, std::string_view name,
                                      const std::vector<std::string>& users, const ChangeOptions& options) {
    auto& impl = *impl_;
    if (impl.job) TRY(impl.finish_now());
    auto& source = *TRY(impl.source(name));
    const auto* rules = impl.config->find_ldap(name);
    if (source.is_refreshing || !source.row.synced_at || TRY(impl.store.remote().is_staging(source.row.id)))
        return fail(Error{Errc::busy,
                          fmt::format("what {} has is not all here yet", name),
                          fmt::format("userctl ldap status {}, and again when it has been refreshed", name),
                          {}});
    Adopted adopted;
    const auto hand_over = [&]() -> Result<void> {
        AdoptionPlan plan({impl.store, impl.directory, *impl.config, *rules, source.row, impl.clock.now()});
        TRY(plan.choose(users));
        if (!users.empty() && !options.dry_run && plan.first_refusal()) return fail(*plan.first_refusal());
        if (!plan.empty()) TRY(impl.hand_over(actor, source, *rules, plan));
        adopted.page.rows = plan.rows();
        return {};
    };
    adopted.changed = TRY(impl.directory.batch(options, hand_over));
    adopted.page.total = adopted.page.rows.size();
    if (adopted.page.rows.size() > most_rows) adopted.page.rows.resize(most_rows);
    return adopted;
}

}  // namespace userd
