// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the table of the state file's keys as scdoc.
#include <cstdio>

#include "ctl/state/schema.h"

int main() {
    std::fputs(userd::ctl::state_page().c_str(), stdout);
}
