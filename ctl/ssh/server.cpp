// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/ssh/server.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "ctl/whole_file.h"

extern char** environ;

namespace userd::ctl {
namespace {

constexpr const char* program = "/usr/sbin/sshd";

std::string read_from_start(const Fd& fd) {
    std::string text;
    char part[4096];
    off_t at = 0;
    for (ssize_t size; (size = pread(fd.get(), part, sizeof part, at)) > 0; at += size)
        text.append(part, static_cast<std::size_t>(size));
    return text;
}

// "line 3: Bad configuration option", the last of what it said, on one line.
std::string last_line(std::string_view output) {
    while (!output.empty() && output.back() <= ' ') output.remove_suffix(1);
    const std::size_t start = output.find_last_of("\r\n");
    return without_controls(start == std::string_view::npos ? output : output.substr(start + 1));
}

std::vector<std::string> words_of(std::initializer_list<std::string> words, const std::string& file) {
    std::vector<std::string> list(words);
    list.insert(list.end(), {"-f", file});
    return list;
}

// Debian's name and everybody else's.
const char* running_unit() {
    for (const char* unit : {"ssh.service", "sshd.service"})
        if (run_program({"/usr/bin/systemctl", "is-active", "--quiet", unit}).status == 0) return unit;
    return nullptr;
}

bool is_sshd(pid_t pid) {
    char target[256];
    const ssize_t size = readlink(fmt::format("/proc/{}/exe", pid).c_str(), target, sizeof target);
    return size > 0 && std::string_view(target, static_cast<std::size_t>(size)).starts_with(program);
}

}  // namespace

Ran run_program(const std::vector<std::string>& words) {
    const Fd output(memfd_create("userctl-output", MFD_CLOEXEC));
    if (!output) return {};
    std::vector<char*> argv;
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, output.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.get(), STDERR_FILENO);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) return {-1, std::strerror(error)};
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_from_start(output)};
}

// As sd_booted(3).
bool systemd_runs() {
    struct stat status {};
    return lstat("/run/systemd/system", &status) == 0 && S_ISDIR(status.st_mode);
}

SshSettings parse_ssh_settings(std::string_view output) {
    SshSettings settings;
    for (const std::string_view line : split(output, '\n'))
        if (const std::size_t space = line.find(' '); space != std::string_view::npos) {
            std::string& value = settings[std::string(line.substr(0, space))];
            value += (value.empty() ? "" : "\n") + std::string(line.substr(space + 1));
        }
    return settings;
}

Answer<SshServer> SshServer::find(const std::string& root) {
    SshServer server(root + "/etc/ssh/sshd_config");
    if (access(program, X_OK) == 0 && access(server.main_file_.c_str(), R_OK) == 0) return server;
    return refuse(
        problem(Exit::conflict, "there is no sshd here: it takes {} and {}", program, server.main_file_)
            .with_hint("apt install openssh-server"));
}

Answer<void> SshServer::test(const std::string& file) const {
    const Ran ran = run_program(words_of({program, "-t"}, file.empty() ? main_file_ : file));
    if (ran.status == 0) return {};
    return refuse(Exit::failed, "sshd refuses its configuration: {}", last_line(ran.output));
}

Answer<SshSettings> SshServer::settings(std::string_view user, std::string_view address,
                                        const std::string& file) const {
    const std::string who =
        fmt::format("user={},host=localhost,addr={},laddr=127.0.0.1,lport=22", user, address);
    const Ran ran = run_program(words_of({program, "-T", "-C", who}, file.empty() ? main_file_ : file));
    if (ran.status != 0)
        return refuse(Exit::failed, "sshd does not say what holds for {}: {}", user, last_line(ran.output));
    return parse_ssh_settings(ran.output);
}

Answer<bool> SshServer::reload() const {
    if (systemd_runs()) {
        const char* unit = running_unit();
        if (!unit) return false;  // with ssh.socket each connection reads it anyway
        const Ran ran = run_program({"/usr/bin/systemctl", "reload", unit});
        if (ran.status == 0) return true;
        return refuse(Exit::failed, "{} was not reloaded: {}", unit, last_line(ran.output));
    }
    const auto settings = TRY(this->settings("root", "127.0.0.1"));
    const auto file = settings.find("pidfile");
    const auto text = TRY(read_whole_file(file == settings.end() ? "/run/sshd.pid" : file->second));
    const auto pid = text ? parse_number(split(*text, '\n')[0]) : std::nullopt;
    if (!pid || *pid < 2 || *pid > 0x7FFFFFFF || !is_sshd(static_cast<pid_t>(*pid))) return false;
    if (kill(static_cast<pid_t>(*pid), SIGHUP) == 0) return true;
    return refuse(Exit::failed, "sshd was not reloaded: {}", std::strerror(errno));
}

}  // namespace userd::ctl
