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

}  // namespace userd::homes
