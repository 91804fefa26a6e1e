// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>
#include <syslog.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

// The daemon's log: journald's native protocol when standard error is the journal, else lines on standard
// error. Never a secret, never a name that somebody merely typed (escape and hide: LOGIN rules).
namespace userd::journal {

using Field = std::pair<std::string_view, std::string>;  // {"USERD_REASON", "bad-code"}

void set_level(int level);  // LOG_ERR … LOG_DEBUG; more verbose lines are dropped
int level();
void write(int priority, std::string_view message, std::initializer_list<Field> fields = {});

template <typename... Args>
void error(fmt::format_string<Args...> text, Args&&... args) {
    write(LOG_ERR, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> text, Args&&... args) {
    write(LOG_WARNING, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void notice(fmt::format_string<Args...> text, Args&&... args) {
    write(LOG_NOTICE, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> text, Args&&... args) {
    write(LOG_INFO, fmt::format(text, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> text, Args&&... args) {
    if (level() >= LOG_DEBUG) write(LOG_DEBUG, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace userd::journal
