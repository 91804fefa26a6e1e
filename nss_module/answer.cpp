// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nss_module/answer.h"

namespace userd::nss {

// Paths are fixed at build time: a setuid program must not be led elsewhere by its environment.
constinit snapshot::Reader reader(NSS_DIR, LOCAL_GROUPS_FILE, NSS_TRUSTED_UID);

}  // namespace userd::nss
