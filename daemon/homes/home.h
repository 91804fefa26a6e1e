// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "daemon/homes/homes_yaml.h"
#include "daemon/homes/report.h"

// The homes themselves. All functions: ids have been checked by the caller, paths have not.
namespace userd::homes {

// Made beside its place from the skeleton and moved there whole, so nobody sees half a home. One that is
// there already, and the user's, is left as it is.
Result<void> create_home(const Limits& limits, const wire::Errand& errand, Report& report);

// Does nothing that the user could not do: in the user's folders everything goes that is no folder; a folder
// of somebody else stays, with a note, unless it is empty. An error when something stayed.
Result<void> remove_home(const Limits& limits, const wire::Errand& errand, Report& report);

// Writes NAME-UID-TIME.tar in `archives`, then removes the home. The archive's path.
Result<std::string> archive_home(const Limits& limits, const wire::Errand& errand,
                                 const std::string& archives, Report& report);

Result<void> move_home(const Limits& limits, const wire::Errand& errand, Report& report);

// Archives older than errand.most seconds go.
Result<void> prune_archives(const wire::Errand& errand, const std::string& archives, Report& report);

}  // namespace userd::homes
