// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

#include "daemon/bus/rights_page.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/recovery.h"

namespace userd::startup {
namespace {

constexpr const char* help =
    "userd: the user directory of this host. Started by its unit: see userd(8).\n\n"
    "  --help       this text\n"
    "  --rights     who may call what, as in docs/reference/rights.md\n"
    "  --version    the version\n"
    "  --recover    copies what can be read of a damaged store into a new one beside it\n";

struct CharArrayFreer {
    void operator()(char** list) const {
        for (char** item = list; item != nullptr && *item != nullptr; ++item) ::free(*item);
        ::free(list);
    }
};

// Root gives up what it has: the files belong to whom the folder belongs to.
Result<void> become_owner_of(const std::string& folder) {
    struct stat about {};
    if (::stat(folder.c_str(), &about) != 0)
        return fail(Errc::io, "look at {}: {}", folder, std::strerror(errno));
    if (geteuid() != 0 || about.st_uid == 0) return {};
    if (setgroups(0, nullptr) != 0 || setgid(about.st_gid) != 0 || setuid(about.st_uid) != 0)
        return fail(Errc::internal, "become the owner of {}: {}", folder, std::strerror(errno));
    return {};
}

Result<store::Recovered> recover_store(const std::string& folder) {
    umask(077);
    TRY(become_owner_of(folder));
    return store::recover(folder + "/userd.db", SystemClock().now());
}

bool exists(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

// For a shell: the files that there are go into a folder that there is not, the recovered store takes their
// place.
std::string exchange_commands(const std::string& folder) {
    std::string aside = "damaged";
    for (int i = 2; exists(folder + "/" + aside); ++i) aside = fmt::format("damaged-{}", i);
    std::string old = "userd.db";
    for (const char* file : {"userd.db-wal", "userd.db-shm"})
        if (exists(fmt::format("{}/{}", folder, file))) old += fmt::format(" {}", file);
    return fmt::format("cd {} && mkdir {} && mv {} {}/ && mv userd.db.recovered userd.db", folder, aside, old,
                       aside);
}

int recover() {
    const std::string folder = root() + "/var/lib/userd";
    const auto recovered = recover_store(folder);
    if (!recovered) {
        fmt::print(stderr, "userd: {}\n", recovered.error().message);
        return EXIT_FAILURE;
    }
    for (const auto& table : recovered->tables)
        fmt::print(
            "{:<20} {:>8} rows{}{}\n", table.name, table.rows,
            table.orphans > 0 ? fmt::format(", {} left out: what they belong to is lost", table.orphans) : "",
            table.is_whole ? "" : "; some could not be read");
    fmt::print(
        "\nThe old store was not changed. To go on with the new one, {}:\n"
        "  systemctl stop userd\n"
        "  {} && systemctl start userd\n",
        recovered->path, exchange_commands(folder));
    return EXIT_SUCCESS;
}

}  // namespace

std::optional<int> answer_options(int argc, char** argv) {
    if (argc == 1) return std::nullopt;
    const std::string_view option = argv[1];
    if (argc == 2 && option == "--help") return std::fputs(help, stdout), 0;
    if (argc == 2 && option == "--rights") return std::fputs(bus::rights_page().c_str(), stdout), 0;
    if (argc == 2 && option == "--version") return std::puts("userd " USERD_VERSION), 0;
    if (argc == 2 && option == "--recover") return recover();
    std::fputs("userd: unknown option; see userd --help\n", stderr);
    return 2;
}

std::string root() {
    const char* given = ::getenv("USERD_ROOT");
    return given != nullptr ? given : "";
}

Result<void> confine(const std::string& root) {
    if ((getuid() == 0 || geteuid() == 0) && root.empty())
        return fail(Error{
            Errc::denied, "userd does not run as root", "start it by its unit: systemctl start userd", {}});
    umask(077);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return fail(Errc::internal, "forbid core dumps: {}", std::strerror(errno));
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fail(Errc::internal, "ignore SIGPIPE: {}", std::strerror(errno));
    return {};
}

Result<Sockets> take_sockets() {
    char** raw = nullptr;
    const int count = sd_listen_fds_with_names(1, &raw);
    const std::unique_ptr<char*, CharArrayFreer> names(raw);
    if (count < 0) return fail(Errc::internal, "take the sockets of systemd: {}", std::strerror(-count));
    Sockets sockets;
    for (int i = 0; i < count; ++i) {
        Fd fd(SD_LISTEN_FDS_START + i);
        const std::string_view name = names.get()[i];
        if (fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK) != 0)
            return fail(Errc::internal, "set up the socket {}: {}", name, std::strerror(errno));
        if (name == "login")
            sockets.login = std::move(fd);
        else if (name == "keys")
            sockets.keys = std::move(fd);
        else if (name == "admin")
            sockets.admin = std::move(fd);
        else if (name == "ldap")
            sockets.ldap = std::move(fd);
        else
            journal::warning("a socket of the name {} is not known here", name);
    }
    return sockets;
}

Result<Config> read_config(const std::string& root) {
    auto loaded = load_config(root);
    if (loaded.config) return *std::move(loaded.config);
    const auto line = [](const ConfigProblem& problem) {
        return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
    };
    for (const auto& problem : loaded.problems) journal::error("{}", line(problem));
    return fail(Error{Errc::invalid,
                      fmt::format("the configuration has {} error(s), the first: {}", loaded.problems.size(),
                                  line(loaded.problems.front())),
                      "userctl validate shows them all",
                      {}});
}

int log_level(const std::string& word) {
    if (word == "error") return LOG_ERR;
    if (word == "warning") return LOG_WARNING;
    if (word == "notice") return LOG_NOTICE;
    return word == "debug" ? LOG_DEBUG : LOG_INFO;
}

std::string system_bus_address(const std::string& root) {
    const char* given = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
    return given != nullptr ? given : fmt::format("unix:path={}/run/dbus/system_bus_socket", root);
}

}  // namespace userd::startup
