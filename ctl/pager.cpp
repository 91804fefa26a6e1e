// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/pager.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "common/base/fd.h"
#include "ctl/terminal.h"

namespace userd::ctl {
namespace {

// Root never runs what the environment names: sudo may have kept a PAGER that its caller chose.
std::string pager_command() {
    if (geteuid() != 0)
        for (const char* name : {"USERCTL_PAGER", "PAGER"})
            if (const char* value = std::getenv(name)) return value;
    return "less";
}

// The environment with less told to leave short texts, pass colours, and (LESSSECURE) run no commands.
std::vector<char*> environment() {
    static char flags[] = "LESS=FRSXMK", secure[] = "LESSSECURE=1", charset[] = "LESSCHARSET=utf-8";
    std::vector<char*> list;
    for (char** entry = environ; *entry; ++entry)
        if (!std::string_view(*entry).starts_with("LESS")) list.push_back(*entry);
    list.insert(list.end(), {flags, secure, charset, nullptr});
    return list;
}

pid_t start(const std::string& command, int input) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    std::string shell = "sh", option = "-c", text = command;
    char* words[] = {shell.data(), option.data(), text.data(), nullptr};
    auto variables = environment();
    pid_t child = -1;
    if (posix_spawnp(&child, "/bin/sh", &actions, nullptr, words, variables.data()) != 0) child = -1;
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

}  // namespace

bool page(const std::string& text) {
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n'));
    const std::string command = pager_command();
    if (lines < terminal_rows(STDOUT_FILENO) || command.empty() || command == "cat") return false;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return false;
    Fd reading(ends[0]), writing(ends[1]);
    const pid_t child = start(command, reading.get());
    if (child < 0) return false;
    reading.reset();
    const auto before = signal(SIGPIPE, SIG_IGN);  // the person may leave before the end
    const auto interrupt = signal(SIGINT, SIG_IGN);
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t wrote = write(writing.get(), text.data() + done, text.size() - done);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        done += static_cast<std::size_t>(wrote);
    }
    writing.reset();
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    signal(SIGPIPE, before);
    signal(SIGINT, interrupt);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

}  // namespace userd::ctl
