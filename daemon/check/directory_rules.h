// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/base/result.h"

// The rules that look at the directory as a whole.
namespace userd {

class Scene;

namespace rules {

Result<void> member_missing(Scene& scene);
Result<void> orphaned_credential(Scene& scene);
Result<void> id_duplicate(Scene& scene);
Result<void> group_id_foreign(Scene& scene);
Result<void> group_id_taken(Scene& scene);
Result<void> group_subid_overlap(Scene& scene);
Result<void> subid_range(Scene& scene);
Result<void> dead_nested_group(Scene& scene);
Result<void> local_group_missing(Scene& scene);
Result<void> role_scope_stale(Scene& scene);
Result<void> stale_name(Scene& scene);
Result<void> key_expired(Scene& scene);
Result<void> weak_totp_key(Scene& scene);
Result<void> code_ahead(Scene& scene);
Result<void> snapshot_differs(Scene& scene);

}  // namespace rules
}  // namespace userd
