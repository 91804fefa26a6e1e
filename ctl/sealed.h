// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "common/base/fd.h"
#include "common/base/secret.h"

namespace userd::ctl {

// A memfd with these bytes, sealed against write, grow and shrink, as the daemon takes secrets; none on
// failure, with errno set.
Fd sealed_memfd(const Secret& secret);
// All of a memfd that the daemon handed over, at most `most` bytes; false with errno set on failure.
bool read_memfd(int fd, Secret& secret, std::size_t most = std::size_t{64} << 10U);

}  // namespace userd::ctl
