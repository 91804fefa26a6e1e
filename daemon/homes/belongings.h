// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/homes/homes_yaml.h"
#include "daemon/homes/report.h"

// What a user has on the host besides files: processes, crontabs, at jobs, user timers, sessions.
namespace userd::homes {

Result<void> find_processes(const wire::Errand& errand, Report& report);
Result<void> find_jobs(const Limits& limits, const wire::Errand& errand, Report& report);
Result<void> find_sessions(const wire::Errand& errand, Report& report);

// With Sought::jobs in errand.what: the crontab is put aside, at jobs are held, user timers disabled, the
// user manager lingers no more. With Sought::processes: processes are asked to end, then made to. An item for
// each.
Result<void> stop_jobs(const Limits& limits, const wire::Errand& errand, Report& report);

// What a suspension does, by errand.what: at jobs are held and lingering is put aside; sessions, the user
// manager and all processes end. The crontab stays: cron asks at each job whether the account is open.
Result<void> suspend_user(const wire::Errand& errand, Report& report);
// At jobs that were held run when they are due, or soon when they would have been; a user manager that
// lingered starts again.
Result<void> resume_user(const wire::Errand& errand, Report& report);

Result<void> end_sessions(const wire::Errand& errand, Report& report);
Result<void> start_lingering(std::uint32_t uid);

}  // namespace userd::homes
