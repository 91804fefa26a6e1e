// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/repair.h"

#include <optional>
#include <utility>

#include "daemon/check/rule.h"

namespace userd {

namespace {

using Mend = Result<void> (*)(const Mending& tools, const Finding& finding);

template <Directory::Remains what>
Result<void> remove_remains(const Mending& tools, const Finding&) {
    TRY(tools.directory.remove_remains(tools.actor, what, tools.options));
    return {};
}

Result<void> renumber_local_group(const Mending& tools, const Finding& finding) {
    TRY(tools.directory.renumber_local_group(tools.actor, finding.detail, tools.options));
    return {};
}

Result<void> mend_role(const Mending& tools, const Finding& finding) {
    TRY(tools.directory.remove_dead_names(tools.actor, finding.detail, tools.options));
    return {};
}

// Who was given a new end meanwhile is left alone.
Result<void> suspend_expired(const Mending& tools, const Finding& finding) {
    const auto user = TRY(tools.directory.find_user(finding.id));
    if (!user || user->state != UserState::active || !user->expires ||
        std::to_string(to_unix(*user->expires)) != finding.detail)
        return {};
    TRY(tools.directory.suspend_user(tools.actor, finding.id, "expired", std::nullopt, tools.options));
    return {};
}

Result<void> remove_key(const Mending& tools, const Finding& finding) {
    TRY(tools.credentials.remove_ssh_key(tools.actor, finding.id, finding.detail));
    return {};
}

constexpr std::pair<std::string_view, Mend> mends[] = {
    {"member-missing", remove_remains<Directory::Remains::memberships>},
    {"orphaned-credential", remove_remains<Directory::Remains::credentials>},
    {"dead-nested-group", remove_remains<Directory::Remains::nestings>},
    {"role-scope-stale", mend_role},
    {"local-group-missing", renumber_local_group},
    {"expired-active", suspend_expired},
    {"key-expired", remove_key},
};
constexpr std::string_view snapshot_rule = "snapshot-differs";

Mend find_mend(const Finding& finding) {
    for (const auto& [rule, mend] : mends)
        if (finding.rule->name == rule) return mend;
    return nullptr;
}

Deed mend(const Mending& tools, const Finding& finding) {
    if (!finding.repairable) return {false, finding.advice};
    const auto how = find_mend(finding);
    if (how == nullptr) return {true, {}};  // the snapshot, at the end
    const auto done = how(tools, finding);
    return done ? Deed{true, {}} : Deed{false, done.error().message};
}

}  // namespace

Result<std::vector<Deed>> repair(const Mending& tools, const std::vector<Finding>& findings) {
    std::vector<Deed> deeds;
    TRY(tools.directory.batch(tools.options, [&]() -> Result<void> {
        for (const auto& finding : findings) deeds.push_back(mend(tools, finding));
        return {};
    }));
    std::optional<Result<void>> rebuilt;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (findings[i].rule->name != snapshot_rule || tools.options.dry_run) continue;
        if (!rebuilt) rebuilt = tools.rebuild_snapshot();
        if (!*rebuilt) deeds[i] = {false, rebuilt->error().message};
    }
    return deeds;
}

}  // namespace userd
