// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/mman.h>

#include <atomic>
#include <new>

namespace userd::pam::test {

// What is to fail in a process. It lies in memory that the process shares with the test.
struct Faults {
    std::atomic<long> allocations{0};  // up to the one that fails; 0: none, or it did
    std::atomic<long> calls{0};        // the same of system calls
    std::atomic<int> error{0};         // which the call fails with
    std::atomic<int> failed_call{-1};  // the number of the last one that did

    void fail_allocation(long n) { allocations = n; }
    void fail_call(long n, int with) {
        error = with;
        calls = n;
    }
    // Nothing fails any more. Whether something did that was to.
    bool disarm() {
        const long allocations_left = allocations.exchange(0), calls_left = calls.exchange(0);
        return allocations_left <= 0 && calls_left <= 0;
    }
};

// An object that a process shares with the children that it forks.
template <typename T>
class Shared {
 public:
    Shared() {
        void* memory = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        object_ = new (memory) T;
    }
    ~Shared() { munmap(object_, sizeof(T)); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    T* operator->() const { return object_; }
    T& operator*() const { return *object_; }

 private:
    T* object_;
};

// False under a sanitizer, whose runtime does not expect it, and where the kernel does not let us.
bool calls_can_fail();

// From now on the allocations and the system calls of this thread, and of those that it starts, obey
// `faults`, to the end of the process. Spared are calls that cannot fail in life, and those without which the
// C library does not go on (brk, futex and the like).
void obey(Faults& faults);

}  // namespace userd::pam::test
