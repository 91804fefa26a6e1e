// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/doctor/diagnosis.h"

namespace userd::ctl {

std::string mark_of(Diagnosis::State state, bool colour) {
    if (state == Diagnosis::State::right) return "✓";
    if (state == Diagnosis::State::unknown) return "–";
    return colour ? "\x1b[31m✗\x1b[0m" : "✗";
}

std::string shell_word(std::string_view word) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.,:=@%+-";
    if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) return std::string(word);
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace userd::ctl
