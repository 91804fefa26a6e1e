// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>

namespace userd::pam::test {

// False under a sanitizer, which has an allocator of its own.
extern const bool malloc_can_fail;

// The n-th allocation of this thread fails (1: the next), and all after it or it alone; 0 ends it.
void fail_malloc_from(int n);
void fail_malloc_at(int n);

// From now on the allocations of all threads count `left` down while it is positive; the one that meets 1
// fails. It may lie in memory that another process sets. For the rest of the process's life.
void count_mallocs_down(std::atomic<long>& left);

}  // namespace userd::pam::test
