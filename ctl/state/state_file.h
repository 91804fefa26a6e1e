// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/problem.h"
#include "ctl/state/keys.h"
#include "daemon/config/config.h"

namespace userd::ctl {

// Where something was written: the index of the file, line and column from 1.
struct StatePlace {
    std::uint32_t file = 0, line = 0, column = 0;
};

// Whether two keys govern the same thing: equal, or role and roles.
bool is_same_matter(std::string_view one, std::string_view other);

// One managed key of an object. `json` is the value in the form that the daemon takes (state stream,
// org.userd1(5)); null clears. Secrets are still only named by it.
struct StateEntry {
    const StateKey* key;
    std::string json;
    StatePlace place;
    std::vector<std::string> names;  // Form::members: those for this host, each in `json` too
};

struct StateObject {
    bool is_group = false;
    std::string name;
    StatePlace place;  // of its name
    std::vector<StateEntry> entries;

    const StateEntry* find(std::string_view key) const;
};

// What files ask for, for one host: later files have won, defaults are filled in, what is for other hosts is
// left out.
struct StateFiles {
    struct File {
        std::string name;  // for people: escaped
        std::string text;
        std::string path = {};  // from whose folder relative names are taken
    };
    std::vector<File> files;
    std::string set;
    std::vector<StateEntry> options;
    std::vector<StateObject> objects;                           // groups and users, each name once
    std::map<std::pair<bool, std::string>, std::size_t> index;  // of them, by is_group and name
    bool any_for_this_host = false;                             // some file is for this host
    std::vector<ConfigProblem> problems;  // at most `most_state_problems`; then nothing else counts

    const StateObject* find(bool is_group, std::string_view name) const;
    std::string where(const StatePlace& place) const;  // "team.yaml:14"
    // A problem at a place, with the line and a mark under it.
    ConfigProblem problem_at(const StatePlace& place, std::string message, std::size_t length = 1) const;
};

inline constexpr std::size_t most_state_problems = 50;

// Reads files; of a folder its *.yaml and *.yml, sorted by name; "-" is standard input.
Answer<StateFiles> read_state_files(const std::vector<std::string>& paths, const std::string& host);
// The same for texts: tests and the fuzzer.
StateFiles read_state_texts(std::vector<StateFiles::File> files, const std::string& host);

std::string this_host();  // its name, as the kernel has it
// One of the globs fits the host's name, or the part of it before the first dot. No globs: every host.
bool is_for_host(const std::vector<std::string>& globs, const std::string& host);

}  // namespace userd::ctl
