// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/base/result.h"
#include "daemon/model/user.h"

// The rules that look at one user after the other.
namespace userd {

class Scene;

namespace rules {

Result<void> id_foreign(Scene& scene, const User& user);
Result<void> id_taken(Scene& scene, const User& user);
Result<void> subid_overlap(Scene& scene, const User& user);
Result<void> home_missing(Scene& scene, const User& user);
Result<void> home_owner(Scene& scene, const User& user);
Result<void> shell_unlisted(Scene& scene, const User& user);
Result<void> expired_active(Scene& scene, const User& user);
Result<void> stale_account(Scene& scene, const User& user);
Result<void> mfa_missing(Scene& scene, const User& user);

}  // namespace rules
}  // namespace userd
