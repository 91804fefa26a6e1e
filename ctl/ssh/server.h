// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ctl/problem.h"

namespace userd::ctl {

struct Ran {
    int status = -1;     // exit status; 128 + the signal's number; −1: it could not be started
    std::string output;  // both streams
};
// A program by its absolute path, without a shell; waits for it.
Ran run_program(const std::vector<std::string>& words);

bool systemd_runs();

// What "sshd -T" says: keywords in lower case; the values of one that is there several times are lines.
using SshSettings = std::map<std::string, std::string, std::less<>>;
SshSettings parse_ssh_settings(std::string_view output);

// The sshd of this host: its configuration tested, shown and read again.
class SshServer {
 public:
    // Refused: there is none. `root` goes before the paths of its files.
    static Answer<SshServer> find(const std::string& root);

    // sshd -t, of another main file than the host's where one is given. The problem says what sshd said.
    Answer<void> test(const std::string& file = {}) const;
    // sshd -T -C: what is in force for this user from this address.
    Answer<SshSettings> settings(std::string_view user, std::string_view address,
                                 const std::string& file = {}) const;
    const std::string& main_file() const { return main_file_; }

    // It reads its configuration again; false: it does not run.
    Answer<bool> reload() const;

 private:
    explicit SshServer(std::string main_file) : main_file_(std::move(main_file)) {}

    std::string main_file_;
};

}  // namespace userd::ctl
