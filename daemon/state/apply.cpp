// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/apply.h"

#include <algorithm>

namespace userd::state {

struct Applier::Run {
    WhoActs who;
    Wanted wanted;
    ApplyOptions options;
    Done done;
    Settle settle;
    PreparedPasswords passwords;
    std::vector<const WantedUser*> to_generate;              // the next is the last
    std::map<ObjectId, std::string> settled;                 // users, and what was done
    std::vector<std::pair<std::string, Error>> not_settled;  // by name
};

namespace {

// The password policy asks for the person's names.
User person_of(const WantedUser& wanted) {
    const auto text = [&](const char* field) {
        const auto at = wanted.fields.find(field);
        const auto* found = at == wanted.fields.end() ? nullptr : std::get_if<std::string>(&at->second);
        return found == nullptr ? std::string() : *found;
    };
    User user;
    user.name = wanted.name;
    user.first_name = text("first_name");
    user.last_name = text("last_name");
    user.display_name = text("display_name");
    user.email = text("email");
    return user;
}

NewPassword request_for(const WantedUser& wanted) {
    NewPassword request;
    request.generate = wanted.password->kind == WantedPassword::Kind::generate;
    if (!request.generate) request.hash = wanted.password->hash.clone();
    const auto at = wanted.fields.find("must_change");
    if (at != wanted.fields.end())
        if (const auto* flag = std::get_if<bool>(&at->second)) request.must_change = *flag;
    return request;
}

}  // namespace

void Applier::apply(WhoActs who, Wanted wanted, const ApplyOptions& options, Done done, Settle settle) {
    go_on(std::make_shared<Run>(
        Run{std::move(who), std::move(wanted), options, std::move(done), std::move(settle), {}, {}, {}, {}}));
}

// Plans afresh whenever time has passed: the directory may have changed meanwhile.
void Applier::go_on(const std::shared_ptr<Run>& run) {
    const auto actor = run->who();
    if (!actor) return run->done(fail(actor.error()));
    Planner planner(parts_, *config_, *actor, run->wanted, run->options);
    const auto finished = [&]() -> Result<bool> {
        TRY(planner.make());
        for (const auto& [name, error] : run->not_settled) planner.add_problem(name, error);
        if (!TRY(prepare(run, planner)) || !TRY(settle(run, planner))) return false;
        TRY(carry_out(*run, planner, run->options.dry_run));
        return true;
    }();
    if (!finished) return run->done(fail(finished.error()));
    if (!*finished) return;
    Applied applied{planner.take_plan(), {}};
    if (applied.plan.problems.empty() && !run->options.dry_run)
        for (auto& [name, password] : run->passwords)
            if (!password.generated.empty())
                applied.passwords.emplace_back(name, std::move(password.generated));
    run->done(std::move(applied));
}

// False: it goes on later, when all passwords are there. A dry run checks given hashes and generates nothing.
Result<bool> Applier::prepare(const std::shared_ptr<Run>& run, Planner& planner) {
    for (const auto* wanted : planner.needs_password()) {
        const bool generates = wanted->password->kind == WantedPassword::Kind::generate;
        if (run->passwords.contains(wanted->name) || !wanted->problem.empty()) continue;
        if (generates) {
            if (!run->options.dry_run) run->to_generate.push_back(wanted);
            continue;
        }
        // A hash is answered at once.
        parts_.credentials.prepare_password(
            person_of(*wanted), request_for(*wanted), [&](Result<PreparedPassword> prepared) {
                if (prepared)
                    run->passwords.emplace(wanted->name, *std::move(prepared));
                else
                    planner.add_problem(wanted->name, std::move(prepared).error().with_field("password"));
            });
    }
    if (!planner.plan().problems.empty()) run->to_generate.clear();
    if (run->to_generate.empty()) return true;
    std::reverse(run->to_generate.begin(), run->to_generate.end());
    generate_next(run);
    return false;
}

// One after the other, so that logins wait for one hash at most; and only then a new plan.
void Applier::generate_next(const std::shared_ptr<Run>& run) {
    if (run->to_generate.empty()) return go_on(run);
    if (const auto actor = run->who(); !actor) return run->done(fail(actor.error()));
    const auto* wanted = run->to_generate.back();
    run->to_generate.pop_back();
    parts_.credentials.prepare_password(person_of(*wanted), request_for(*wanted),
                                        [this, run, wanted](Result<PreparedPassword> prepared) {
                                            if (!prepared) return run->done(fail(prepared.error()));
                                            run->passwords.emplace(wanted->name, *std::move(prepared));
                                            generate_next(run);
                                        });
}

// False: it goes on later. Files are only touched when all else of the plan has been tried and would be done.
Result<bool> Applier::settle(const std::shared_ptr<Run>& run, Planner& planner) {
    if (run->options.dry_run || !run->settle) return true;
    const Departing* next = nullptr;
    for (const auto& departing : planner.departing()) {
        const auto done = run->settled.find(departing.user.id);
        if (done != run->settled.end() && !done->second.empty()) planner.add_note(done->second);
        if (done == run->settled.end() && next == nullptr) next = &departing;
    }
    if (next == nullptr || !planner.plan().problems.empty()) return true;
    TRY(carry_out(*run, planner, true));
    if (!planner.plan().problems.empty()) return true;
    run->settle(*next, [this, run, user = next->user](Result<std::string> settled) {
        if (settled)
            run->settled.emplace(user.id, *std::move(settled));
        else
            run->not_settled.emplace_back(user.name, std::move(settled).error());
        go_on(run);
    });
    return false;
}

Result<void> Applier::carry_out(Run& run, Planner& planner, bool dry_run) {
    ChangeOptions options;
    options.dry_run = dry_run;
    options.allow_lockout = run.options.allow_lockout;
    options.generation = run.options.generation;
    const auto done = parts_.directory.batch(options, [&]() -> Result<void> {
        if (!TRY(planner.run_steps(run.passwords)))
            return fail(Errc::policy_violation, "the plan has problems");
        return {};
    });
    if (!done && planner.plan().problems.empty()) return fail(done.error());
    return {};
}

}  // namespace userd::state
