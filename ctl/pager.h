// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace userd::ctl {

// Shows text that is longer than the terminal in a pager: $USERCTL_PAGER, $PAGER, else less. False when it
// fits, or when there is no pager; then nothing was shown. Returns when the person has left the pager.
bool page(const std::string& text);

}  // namespace userd::ctl
