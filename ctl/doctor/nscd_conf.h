// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace userd::ctl {

// Whether nscd, by this text of nscd.conf(5), keeps users or groups. Any text at all can be read; what it
// does not name is kept.
bool caches_accounts(std::string_view text);

}  // namespace userd::ctl
