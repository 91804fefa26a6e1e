// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace userd::pam::test {

// False under a sanitizer, which has an allocator of its own.
extern const bool malloc_can_fail;

// The n-th allocation of this thread fails (1: the next), and all after it or it alone; 0 ends it.
void fail_malloc_from(int n);
void fail_malloc_at(int n);

}  // namespace userd::pam::test
