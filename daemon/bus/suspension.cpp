// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/suspension.h"

#include "daemon/bus/errand_chain.h"
#include "daemon/bus/record.h"

namespace userd::bus {
namespace {

// `deeds`: the record's field of what was done.
Suspensions::Done answer(const Call& call, const User& user, Outcome outcome, std::string deeds,
                         std::string warning) {
    return [call = call, sees_private = call.may_see(user), outcome = std::move(outcome),
            deeds = std::move(deeds),
            warning = std::move(warning)](const Result<ErrandOutcome>& errand) mutable {
        std::vector<std::string> done, left;
        if (errand)
            for (const auto& item : errand->items)
                (item.kind == wire::ItemKind::note ? left : done).push_back(told(item));
        else
            outcome.record["warning"] = fmt::format("{}: {}", warning, errand.error().message);
        outcome.record[deeds] = std::move(done);
        outcome.record["left"] = std::move(left);
        call.finish(reply_change(call, outcome, sees_private));
    };
}

}  // namespace

Result<void> finish_suspension(Core& core, const Call& call, const User& user, Outcome outcome,
                               const ChangeOptions& options) {
    Call answered = call;
    if (options.dry_run || core.suspensions == nullptr)
        return reply_change(answered, outcome, call.may_see(user));
    core.suspensions->suspend(
        user, options.keep_sessions,
        answer(call, user, std::move(outcome), "stopped",
               options.keep_sessions
                   ? fmt::format("the at jobs of {} were not held", user.name)
                   : fmt::format("open sessions of {0} may go on (loginctl terminate-user {0} ends them)",
                                 user.name)));
    return {};
}

Result<void> finish_resumption(Core& core, const Call& call, const User& user, Outcome outcome,
                               const ChangeOptions& options) {
    Call answered = call;
    if (options.dry_run || core.suspensions == nullptr || !outcome.changed)
        return reply_change(answered, outcome, call.may_see(user));
    core.suspensions->resume(user, answer(call, user, std::move(outcome), "released",
                                          fmt::format("at jobs of {} may still be held (userctl suspend and "
                                                      "resume once more)",
                                                      user.name)));
    return {};
}

}  // namespace userd::bus
