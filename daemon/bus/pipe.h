// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/runtime/byte_source.h"
#include "daemon/runtime/loop.h"
#include "daemon/runtime/workers.h"

// Bulk goes through a caller's pipe, never as messages. Neither way ever blocks the loop, whatever the other
// end does with its descriptor: bytes are spliced by way of a pipe of our own. Main thread only; `done` is
// called exactly once, perhaps before the call returns.
namespace userd::bus {

inline constexpr Duration pipe_patience = std::chrono::seconds(30);

// Writes what `source` gives out, made on `workers` one piece ahead of the reader at most. A reader who
// closes or lets `patience` go by without taking a byte ends it (unavailable): source and memory are given
// back.
void write_pipe(Loop& loop, Workers& workers, Fd pipe, std::unique_ptr<ByteSource> source,
                std::function<void(Result<void>)> done, Duration patience = pipe_patience);

// Reads to the end. Errors: invalid (no pipe; no byte came for `patience`), limits (more than `most` bytes).
void read_pipe(Loop& loop, Fd pipe, std::size_t most, std::function<void(Result<std::string>)> done,
               Duration patience = pipe_patience);

}  // namespace userd::bus
