// SPDX-License-Identifier: LGPL-2.1-or-later
// glibc lets a program replace malloc and still offers its own under another name.
#include "tests/unit/pam_module/failing_malloc.h"

#include <errno.h>

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

namespace userd::pam::test {
namespace {

thread_local int countdown = 0;
thread_local bool all_after = false;
std::atomic<long>* left_of_all = nullptr;

bool is_turn_of_one_of_all() {
    return left_of_all != nullptr && left_of_all->load(std::memory_order_relaxed) > 0 &&
           left_of_all->fetch_sub(1) == 1;
}

}  // namespace

#ifdef HAS_SANITIZER
const bool malloc_can_fail = false;
#else
const bool malloc_can_fail = true;
#endif

void fail_malloc_from(int n) {
    countdown = n;
    all_after = true;
}

void fail_malloc_at(int n) {
    countdown = n;
    all_after = false;
}

void count_mallocs_down(std::atomic<long>& left) {
    left_of_all = &left;
}

bool must_fail() {
    if (is_turn_of_one_of_all()) {
        errno = ENOMEM;
        return true;
    }
    if (countdown == 0) return false;
    if (countdown > 1) {
        --countdown;
        return false;
    }
    if (!all_after) countdown = 0;
    errno = ENOMEM;
    return true;
}

}  // namespace userd::pam::test

#ifndef HAS_SANITIZER
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);

void* malloc(std::size_t size) {
    return userd::pam::test::must_fail() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    return userd::pam::test::must_fail() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    return userd::pam::test::must_fail() ? nullptr : __libc_realloc(old, size);
}

}  // extern "C"
#endif
