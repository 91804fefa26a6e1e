// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/secret_input.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/input_file.h"
#include "ctl/terminal.h"

namespace userd::ctl {
namespace {

constexpr std::size_t most_bytes = 4096;  // what the daemon takes

Answer<Secret> read_all(int fd, std::string_view place) {
    Secret secret = Secret::with_size(most_bytes + 2);  // and a line end
    std::size_t size = 0;
    while (size < secret.size()) {
        const ssize_t got = read(fd, secret.data() + size, secret.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return refuse(Exit::failed, "cannot read {}: {}", place, std::strerror(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    secret.shrink(size);
    if (secret.text().ends_with('\n')) secret.shrink(secret.size() - 1);
    if (secret.text().ends_with('\r')) secret.shrink(secret.size() - 1);
    if (secret.size() > most_bytes)
        return refuse(Exit::invalid, "{} is longer than {} bytes", place, most_bytes);
    if (secret.empty()) return refuse(Exit::invalid, "{} is empty", place);
    return secret;
}

// Only what is a regular file is checked for its mode; pipes (process substitution) belong to their creator
// alone.
Answer<Fd> open_private(const std::string& path, std::string_view what) {
    auto opened = open_input(path);
    if (!opened) return refuse(std::move(opened).error().with_field(std::string(what)));
    Fd fd = *std::move(opened);
    struct stat status {};
    if (fstat(fd.get(), &status) < 0)
        return refuse(problem(Exit::failed, "cannot read {}: {}", escaped(path), std::strerror(errno))
                          .with_field(std::string(what)));
    if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
        return refuse(
            problem(Exit::usage, "others can read {} (mode {:04o})", escaped(path), status.st_mode & 07777)
                .with_hint(fmt::format("chmod 600 {}", escaped(path)))
                .with_field(std::string(what)));
    return fd;
}

Refusal nobody_to_ask(std::string_view for_what, std::string_view instead) {
    return refuse(
        problem(Exit::usage, "{} is needed, and standard input is not a terminal to ask on", for_what)
            .with_hint(std::string(instead)));
}

// A line of standard input that is not a terminal.
Answer<Secret> read_input_line() {
    Secret line = Secret::with_size(most_bytes);
    std::size_t size = 0;
    for (char c = 0; size < line.size();) {
        const ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 && size == 0) return refuse(Exit::cancelled, "no code on standard input");
        if (got <= 0 || c == '\n') break;
        line.data()[size++] = static_cast<std::uint8_t>(c);
    }
    line.shrink(size);
    return line;
}

}  // namespace

Answer<Secret> read_secret_file(std::string_view place, std::string_view what) {
    if (place == "-") return read_all(STDIN_FILENO, "standard input");
    if (place.starts_with("fd:")) {
        const auto number = parse_number(place.substr(3));
        if (!number || *number > 1'000'000)
            return refuse(problem(Exit::usage, "\"{}\" is not a descriptor", escaped(place))
                              .with_hint("fd:3, opened by the shell: 3<file")
                              .with_field(std::string(what)));
        return read_all(static_cast<int>(*number), place);
    }
    const Fd fd = TRY(open_private(std::string(place), what));
    return read_all(fd.get(), place);
}

Answer<Secret> ask_new_password(std::string_view prompt, std::string_view instead) {
    if (!may_ask()) return nobody_to_ask("a password", instead);
    Secret first = TRY(ask_hidden(fmt::format("{}: ", prompt)));
    if (first.empty()) return refuse(Exit::cancelled, "cancelled: an empty password");
    const Secret second = TRY(ask_hidden("The same again: "));
    if (!equal(first, second)) return refuse(Exit::failed, "the two are not the same; nothing was changed");
    return first;
}

Answer<Secret> ask_password(std::string_view prompt, std::string_view instead, std::string_view what) {
    if (!may_ask()) return nobody_to_ask(what, instead);
    return ask_hidden(fmt::format("{}: ", prompt));
}

Answer<Secret> ask_code(std::string_view prompt) {
    const Secret typed = TRY(may_ask() ? ask_visible(fmt::format("{}: ", prompt)) : read_input_line());
    const std::string_view text = trimmed(typed.text());
    return Secret(text);
}

}  // namespace userd::ctl
