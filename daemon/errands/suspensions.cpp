// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/suspensions.h"

#include <algorithm>

#include "daemon/errands/homes.h"
#include "daemon/runtime/journal.h"

namespace userd {
namespace {

constexpr Duration patience = std::chrono::seconds(20);  // of who waits on the bus: 25
using Kind = wire::ErrandKind;

std::string_view deed(const ErrandRequest& request) {
    if (request.kind == Kind::resume_user) return "let go on what was held for";
    return (request.what & wire::Sought::sessions) != 0 ? "end the sessions of" : "hold the jobs of";
}

}  // namespace

void Suspensions::suspend(const User& user, bool keeps_sessions, Done done) {
    auto request = errand_for(user, Kind::suspend_user);
    request.what = keeps_sessions ? wire::Sought::jobs
                                  : wire::Sought::jobs | wire::Sought::sessions | wire::Sought::processes;
    add(std::move(request), std::move(done));
}

void Suspensions::resume(const User& user, Done done) {
    add(errand_for(user, Kind::resume_user), std::move(done));
}

void Suspensions::end_sessions(const User& user) {
    auto request = errand_for(user, Kind::suspend_user);
    request.what = wire::Sought::sessions | wire::Sought::processes;
    add(std::move(request), {});
}

void Suspensions::add(ErrandRequest request, Done done) {
    const auto of_user = [uid = request.uid](const Job& job) { return job.request.uid == uid; };
    const auto last = std::find_if(jobs_.rbegin(), jobs_.rend(), of_user);
    const bool is_asked =
        last != jobs_.rend() && last->request.kind == request.kind && last->request.what == request.what;
    if (!is_asked) jobs_.push_back({std::move(request), {}});
    const auto job = is_asked ? std::prev(last.base()) : std::prev(jobs_.end());
    if (done) {
        job->waiting.push_back(std::move(done));
        const auto first_of_user = std::find_if(jobs_.begin(), jobs_.end(), of_user);
        if (first_of_user == job) jobs_.splice(jobs_.begin(), jobs_, job);
    }
    start_next();
}

bool Suspensions::is_busy(std::uint32_t uid) const {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [uid](const Job& job) { return job.runs && job.request.uid == uid; });
}

void Suspensions::start_next() {
    auto running = std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.runs; });
    for (auto job = jobs_.begin(); job != jobs_.end() && running < most_at_once; ++job) {
        if (job->runs || is_busy(job->request.uid)) continue;
        job->runs = true;
        ++running;
        errands_.run(
            job->request, [this, job](const Result<ErrandOutcome>& outcome) { finish(job, outcome); }, {},
            patience);
    }
}

void Suspensions::finish(std::list<Job>::iterator job, const Result<ErrandOutcome>& outcome) {
    std::list<Job> ended;
    ended.splice(ended.begin(), jobs_, job);
    const auto& request = ended.front().request;
    if (!outcome)
        journal::warning("{} {}, uid {}: {}", deed(request), request.name, request.uid,
                         outcome.error().message);
    start_next();
    for (const auto& tell : ended.front().waiting) tell(outcome);
}

}  // namespace userd
