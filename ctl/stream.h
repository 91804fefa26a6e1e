// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "common/base/fd.h"
#include "ctl/problem.h"

namespace userd::ctl {

// Bulk goes through a pipe while a call is under way: one end is handed to the daemon, a thread of ours
// serves the other. `end_of_daemon` is closed by `finish`, which waits for the thread: after the call's
// answer.
class Stream {
 public:
    // What the daemon writes, as it comes; on the thread. False: no more is wanted.
    using Take = std::function<bool(std::string_view)>;
    // The next bytes for the daemon; empty: the end. On the thread.
    using Give = std::function<std::string_view()>;

    static Answer<Stream> from_daemon(Take take);
    static Answer<Stream> to_daemon(Give give);
    Stream(Stream&&) = default;
    Stream& operator=(Stream&&) = delete;
    ~Stream();

    const Fd& end_of_daemon() const { return theirs_; }
    void finish();

 private:
    Stream(Fd theirs, std::thread thread) : theirs_(std::move(theirs)), thread_(std::move(thread)) {}
    Fd theirs_;
    std::thread thread_;
};

}  // namespace userd::ctl
