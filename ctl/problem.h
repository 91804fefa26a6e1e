// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

#include "common/base/result.h"

namespace userd::ctl {

// What userctl's exit codes mean; they never change (userctl(1), EXIT STATUS).
enum class Exit {
    done = 0,
    failed = 1,
    usage = 2,
    not_found = 3,
    denied = 4,       // or a one-time code is required, or was wrong
    conflict = 5,     // or the object is in the wrong state
    invalid = 6,      // data that does not hold up
    unreachable = 7,  // the daemon, or it did not answer in time
    some_failed = 8,  // of several targets
    cancelled = 9,
    differences = 10,
    interrupted = 130,
};

// Why a command did not do what was asked, for the person at the terminal and, with --json, for a program.
// The message says what and why, the hint what to do. An empty message: all has been said, only the exit code
// counts.
struct Problem {
    Exit exit = Exit::failed;
    std::string name;  // of the D-Bus error
    std::string message, hint, field, target;
    std::string excerpt = {};  // of a file: the line, and a mark under the place

    Problem&& with_hint(std::string text) && {
        hint = std::move(text);
        return std::move(*this);
    }
    Problem&& with_field(std::string text) && {
        field = std::move(text);
        return std::move(*this);
    }
};

template <typename T>
using Answer = tl::expected<T, Problem>;
using Refusal = tl::unexpected<Problem>;

// The exit code that an error name of D-Bus stands for; `failed` for those without one of their own.
Exit exit_for(std::string_view name);

template <typename... Args>
[[nodiscard]] Problem problem(Exit exit, fmt::format_string<Args...> text, Args&&... args) {
    const char* name = exit == Exit::usage || exit == Exit::invalid ? "org.freedesktop.DBus.Error.InvalidArgs"
                       : exit == Exit::unreachable                  ? "org.userd1.Error.Unavailable"
                                                                    : "org.freedesktop.DBus.Error.Failed";
    return Problem{exit, name, fmt::format(text, std::forward<Args>(args)...), {}, {}, {}};
}
[[nodiscard]] inline Refusal refuse(Problem problem) {
    return Refusal(std::move(problem));
}
template <typename... Args>
[[nodiscard]] Refusal refuse(Exit exit, fmt::format_string<Args...> text, Args&&... args) {
    return Refusal(problem(exit, text, std::forward<Args>(args)...));
}

// Refuses everybody else; `noun` stands in the hint.
Answer<void> only_root(std::string_view what, std::string_view noun);

}  // namespace userd::ctl
