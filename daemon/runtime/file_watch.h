// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "common/base/fd.h"
#include "common/base/result.h"
#include "daemon/runtime/loop.h"

namespace userd {

// Tells when one of some files was written, replaced or removed (inotify on their folders: the tools of
// passwd(5) write a new file and rename it). A burst of changes is told once, when it has been quiet for a
// moment.
class FileWatch {
 public:
    // `loop` outlives the watch. A folder that is not there is passed over.
    static Result<std::unique_ptr<FileWatch>> open(Loop& loop, const std::vector<std::string>& paths,
                                                   std::function<void()> changed);

 private:
    FileWatch(Loop& loop, std::function<void()> changed) : loop_(loop), changed_(std::move(changed)) {}
    void read();

    Loop& loop_;
    std::function<void()> changed_;
    std::set<std::string, std::less<>> names_;
    Fd inotify_;
    Watch watch_, quiet_;
};

}  // namespace userd
