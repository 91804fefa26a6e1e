// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include "ctl/problem.h"

namespace userd::ctl {

// -H [USER@]HOST[:PORT]: runs `userctl WORDS…` there over ssh, with our standard input, output and error, and
// hands back its exit code. `words` is the command line without -H.
Answer<int> run_remotely(const std::string& place, std::span<const std::string> words);
// The arguments of ssh, for the test: the words quoted for the shell on the other side.
Answer<std::vector<std::string>> ssh_words(const std::string& place, std::span<const std::string> words,
                                           bool terminal);

// "[alice @ web1 as root]" when another identity acts than the person at the terminal: under sudo, or over
// ssh to `place`; else empty.
std::string banner(const std::string& place);

}  // namespace userd::ctl
