// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/remote.h"

#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

// One word for a POSIX shell.
std::string quoted(std::string_view word) {
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

struct Place {
    std::string host, port;  // host may be USER@HOST
};

Answer<Place> parse_place(const std::string& text) {
    const std::size_t at = text.find('@') == std::string::npos ? 0 : text.find('@') + 1;
    Place place{text, {}};
    const std::size_t colon = text.rfind(':');
    const bool bare_ipv6 = colon != std::string::npos && text.find(':', at) != colon && text[at] != '[';
    if (colon != std::string::npos && !bare_ipv6 && text.back() != ']') {
        place.host = text.substr(0, colon);
        place.port = text.substr(colon + 1);
        const auto number = parse_number(place.port);
        if (!number || *number == 0 || *number > 65535)
            return refuse(Exit::usage, "\"{}\" is not a port", escaped(place.port));
    }
    std::erase_if(place.host, [](char c) { return c == '[' || c == ']'; });
    if (place.host.empty() || place.host.size() <= at || place.host[0] == '-')
        return refuse(
            problem(Exit::usage, "\"{}\" is not a host", escaped(text)).with_hint("-H [USER@]HOST[:PORT]"));
    return place;
}

std::string name_of_uid(uid_t uid) {
    const passwd* entry = getpwuid(uid);
    return entry ? entry->pw_name : std::to_string(uid);
}

}  // namespace

Answer<std::vector<std::string>> ssh_words(const std::string& place, std::span<const std::string> words,
                                           bool terminal) {
    const Place parsed = TRY(parse_place(place));
    std::vector<std::string> list = {"ssh"};
    if (terminal) list.emplace_back("-t");  // so that it can ask for passwords without echo
    if (!parsed.port.empty()) list.insert(list.end(), {"-p", parsed.port});
    list.insert(list.end(), {"--", parsed.host, "userctl"});
    for (const std::string& word : words) list.push_back(quoted(word));
    return list;
}

Answer<int> run_remotely(const std::string& place, std::span<const std::string> words) {
    std::vector<std::string> list =
        TRY(ssh_words(place, words, isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1));
    std::vector<char*> raw;
    for (std::string& word : list) raw.push_back(word.data());
    raw.push_back(nullptr);
    pid_t child = -1;
    if (const int error = posix_spawnp(&child, "ssh", nullptr, nullptr, raw.data(), environ); error != 0)
        return refuse(Exit::unreachable, "cannot start ssh: {}", std::strerror(error));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (!WIFEXITED(status)) return 128 + WTERMSIG(status);
    if (WEXITSTATUS(status) == 255) return static_cast<int>(Exit::unreachable);  // ssh itself has said why
    return WEXITSTATUS(status);
}

std::string banner(const std::string& place) {
    const char* sudo = std::getenv("SUDO_USER");
    if (place.empty() && (!sudo || geteuid() != 0)) return {};
    const std::string person = sudo && geteuid() == 0 ? sudo : name_of_uid(geteuid());
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    std::string there = place.empty() ? host : place;
    std::string as = name_of_uid(geteuid());
    if (const std::size_t at = there.find('@'); at != std::string::npos) {
        as = there.substr(0, at);
        there.erase(0, at + 1);
    }
    return fmt::format("[{} @ {} as {}]", escaped(person), escaped(there), escaped(as));
}

}  // namespace userd::ctl
