// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace userd::ctl {

// Whether root has a way in of its own: a password in /etc/shadow, or a key in its authorized_keys. For
// userctl run by root, who may read both; the daemon may not, and takes care of the last admin without
// knowing. `prefix` goes before both paths.
bool root_can_log_in(const std::string& prefix);

}  // namespace userd::ctl
