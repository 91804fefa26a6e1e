// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <stdexcept>
#include <string>

#include "common/base/fd.h"
#include "tests/unit/store/support.h"

namespace userd::test {

inline void check(const char* what, bool holds) {
    if (!holds) throw std::runtime_error(what);
}

// Runs `story` in a child, on a file system of its own of 12 MiB. It throws where something does not hold.
inline void on_a_small_disk(const std::function<void(const std::string& folder)>& story) {
    const TemporaryFolder folder;
    int ends[2];
    BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const Fd out(ends[0]);
    Fd in(ends[1]);
    const pid_t child = fork();
    if (child == 0) {
        std::string said = "skip";
        if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
            mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
            mount("small", folder.path().c_str(), "tmpfs", 0, "size=12m,mode=700") == 0)
            try {
                story(folder.path());
                said = "done";
            } catch (const std::exception& error) {
                said = error.what();
            } catch (...) {
                said = "ended early";  // Boost's own, which has told why
            }
        _exit(write(in.get(), said.data(), said.size()) > 0 ? 0 : 1);
    }
    in.reset();
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(std::max<ssize_t>(read(out.get(), said.data(), said.size()), 0)));
    BOOST_TEST(waitpid(child, nullptr, 0) == child);
    if (said == "skip") {
        BOOST_TEST_MESSAGE("no file system of its own here: not tested");
        return;
    }
    BOOST_TEST(said == "done");
}

// Takes all that is left.
inline void fill_disk(const std::string& folder) {
    const Fd fd(open((folder + "/filler").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    const std::string block(4096, 'x');
    while (write(fd.get(), block.data(), block.size()) > 0) continue;
}

}  // namespace userd::test
