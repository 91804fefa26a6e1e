// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <thread>

namespace userd::store {

// Brings what a great change leaves in the write-ahead log into the database, on a thread and a connection of
// its own, so that the writer finds little left to do and nobody waits for the disk meanwhile. Passive: it
// keeps nobody out, and what it cannot do (a full disk, a lock) the writer's own checkpoints meet again.
// https://www.sqlite.org/wal.html
class Checkpointer {
 public:
    explicit Checkpointer(std::string path);
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;
    ~Checkpointer() = default;               // waits for the round under way
    void stop() { thread_.request_stop(); }  // does not wait

 private:
    std::jthread thread_;
};

}  // namespace userd::store
