// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/result.h"
#include "daemon/model/public.h"

// What the publisher needs from the store: the public facts of the directory, as of a generation. Only what
// may be seen by everybody on the host stands here; withdrawn records (a local account took the name or the
// id) are simply absent. Names and ids have passed the store's edge and are not checked again.
namespace userd {

// The whole directory at one generation, in one consistent read. Used on one worker thread, with a connection
// of its own; memory does not grow with the directory.
class PublicListing {
 public:
    virtual ~PublicListing() = default;
    virtual std::uint64_t generation() const = 0;
    // Fills `user` with the next one, ascending by uid; false after the last. All users come before the
    // groups.
    virtual Result<bool> next_user(PublicUser& user) = 0;
    virtual Result<bool> next_group(PublicGroup& group) = 0;  // ascending by gid
};

class PublicSource {
 public:
    virtual ~PublicSource() = default;
    // A random number that the store got when it was made: a snapshot of another store is not built upon.
    virtual std::uint64_t store_id() const = 0;
    // Main thread. The generation of the last committed change; grows with every change of what is public.
    virtual Result<std::uint64_t> generation() = 0;
    // Main thread. What changed after `generation`. Errc::not_supported when the store no longer knows (the
    // generation is older than its memory of deletions, or above its own): then a whole base is made.
    virtual Result<PublicChanges> changes_since(std::uint64_t generation) = 0;
    // Any thread, also while the main thread writes.
    virtual Result<std::unique_ptr<PublicListing>> open_listing() const = 0;
    // Main thread. Nobody will ask for changes since an older generation again: a base that shows this one is
    // on the disk. What was kept only to tell of departures may go.
    virtual Result<void> forget(std::uint64_t generation) = 0;
};

}  // namespace userd
