// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/homes/homes_yaml.h"
#include "daemon/homes/report.h"

namespace userd::homes {

// Files below the errand's paths, or below all that homes.yaml lets scan: an item for each that is the
// user's, or that has an ACL entry for the user. Ends early after errand.most items.
Result<void> find_files(const Limits& limits, const wire::Errand& errand, Report& report);

// Gives the user's files there to errand.to_uid, and from the group errand.gid to errand.to_gid. What was
// set-id or had capabilities has them no more. Left alone, with a note: devices, and files with several
// names.
Result<void> change_owner(const Limits& limits, const wire::Errand& errand, Report& report);

}  // namespace userd::homes
