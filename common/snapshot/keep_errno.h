// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <errno.h>

namespace userd::snapshot {

// A guest leaves errno as it was. Only around what calls the system: the hot path does not even look at it.
class KeepErrno {
 public:
    KeepErrno() : saved_(errno) {}
    ~KeepErrno() { errno = saved_; }
    KeepErrno(const KeepErrno&) = delete;
    KeepErrno& operator=(const KeepErrno&) = delete;

 private:
    int saved_;
};

}  // namespace userd::snapshot
