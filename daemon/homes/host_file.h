// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

// The host's own files of accounts: read whole, replaced whole, under the lock that useradd and passwd take.
namespace userd::homes {

struct HostFile {
    std::string text;
    struct stat status {};
};

// None: it is not there. Refused: a link, what is no regular file, more than 16 MiB.
Result<std::optional<HostFile>> read_host_file(const std::string& path);

// A new file with the owner and the mode of `like`, on the disk when this returns.
Result<void> write_new_file(const std::string& path, std::string_view text, const struct stat& like);

// `like` of a file that is root's alone.
struct stat roots_alone();

// The name beside `path` under which its successor is written: sudo, cron and run-parts pass over it.
std::string successor_of(const std::string& path);

// Puts the text in the place of what is there; on the disk when this returns.
Result<void> replace_host_file(const std::string& path, std::string_view text, const struct stat& like);

// lckpwdf(3), for as long as it lives; it waits up to 15 s for its turn.
class PasswdLock {
 public:
    PasswdLock();
    ~PasswdLock();
    PasswdLock(const PasswdLock&) = delete;
    PasswdLock& operator=(const PasswdLock&) = delete;
    Result<void> check() const;  // busy: somebody else has it

 private:
    bool held_;
};

}  // namespace userd::homes
