// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "daemon/runtime/loop.h"

// Secrets as descriptors: never in a message, which brokers copy and monitors see.
namespace userd::bus {

inline constexpr std::size_t max_secret = 4096;
inline constexpr Duration secret_patience = std::chrono::seconds(30);

using Secrets = std::map<std::string, Secret, std::less<>>;

// Reads what was handed in, each to its end, at most `max_secret` bytes, without ever blocking: a FIFO as it
// gets readable, a memfd at once if it is sealed against writing, growing and shrinking. All else is
// `invalid`, and so is a secret that is empty, too long, or not whole when `patience` is over; `field` is its
// name. `done` runs on the loop's thread, exactly once, perhaps before this returns.
void read_secrets(Loop& loop, std::map<std::string, Fd, std::less<>> fds,
                  std::function<void(Result<Secrets>)> done, Duration patience = secret_patience);

// A sealed memfd that holds the secret, for its receiver to read from the start.
Result<Fd> to_memfd(const Secret& secret);
// The same in two steps, for what is known only after a change that cannot be taken back: a memfd with room
// for so many bytes, and what fills and seals it.
Result<Fd> make_memfd(std::size_t room);
Result<Fd> to_memfd(const Secret& secret, Fd into);

// Somebody else's memfd: that `size` bytes can be written into it is made sure now. `name` is the field of
// errors.
Result<void> make_room(const Fd& fd, std::size_t size, const std::string& name);

}  // namespace userd::bus
