// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace userd::ctl {

// What a check of the doctor came to, about one thing.
struct Diagnosis {
    enum class State { right, wrong, unknown } state = State::unknown;
    std::string
        text;  // what was found, in one sentence without a full stop; unknown: why it was not looked at
    std::string remedy;  // wrong: the one thing to do, a command line wherever one does
};

inline Diagnosis right(std::string text) {
    return {Diagnosis::State::right, std::move(text), {}};
}
inline Diagnosis wrong(std::string text, std::string remedy) {
    return {Diagnosis::State::wrong, std::move(text), std::move(remedy)};
}
inline Diagnosis not_checked(std::string why) {
    return {Diagnosis::State::unknown, "not checked (" + std::move(why) + ")", {}};
}

// One check may find the same fault in several users; without any diagnosis there was nothing to look at.
using Diagnoses = std::vector<Diagnosis>;

// ✓, ✗ or –.
std::string mark_of(Diagnosis::State state, bool colour);

// A word of a command line as the shell takes it.
std::string shell_word(std::string_view word);

}  // namespace userd::ctl
