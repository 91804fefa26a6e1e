// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "common/base/result.h"

namespace userd {

// Bytes that are made piece by piece, on a worker: at most about a mebibyte at a time, so that memory does
// not grow with what is told.
class ByteSource {
 public:
    virtual ~ByteSource() = default;
    virtual Result<std::string> next() = 0;  // empty: that was all
};

}  // namespace userd
