// SPDX-License-Identifier: LGPL-2.1-or-later
// userd-ldap: the only program of userd that speaks LDAP. It remembers nothing: when the core hangs up, or
// libldap does not come back, it ends, and systemd starts it again.
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/ldap/connection.h"
#include "daemon/ldap/core_link.h"
#include "daemon/ldap/desk.h"
#include "daemon/ldap/overseer.h"
#include "daemon/runtime/journal.h"
#include "daemon/runtime/loop.h"

namespace userd::ldap {
namespace {

Result<std::vector<LdapSource>> read_sources(const std::string& root) {
    auto loaded = load_config(root);
    if (loaded.config) return std::move(loaded.config->ldap);
    for (const auto& problem : loaded.problems) journal::error("{}", to_text(problem));
    return fail(Errc::invalid, "the configuration has {} error(s)", loaded.problems.size());
}

Result<void> confine(const std::string& root) {
    if ((getuid() == 0 || geteuid() == 0) && root.empty())
        return fail(Errc::denied, "userd-ldap does not run as root: systemctl start userd-ldap");
    umask(077);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return fail(Errc::internal, "forbid core dumps: {}", std::strerror(errno));
    signal(SIGPIPE, SIG_IGN);
    return {};
}

class Program {
 public:
    Program(std::vector<LdapSource> sources, CoreLink core, Loop& loop)
        : sources_(std::move(sources)),
          core_(std::move(core)),
          loop_(loop),
          desk_(sources_, core_, overseer_, loop) {}

    Result<void> run() {
        TRY(desk_.open());
        TRY(core_.send(wire::LdapHello{USERD_VERSION}));
        const auto frames = TRY(loop_.watch_io(core_.fd(), EPOLLIN, [this](std::uint32_t) { hear(); }));
        const auto look = TRY(loop_.call_every(std::chrono::seconds(1), [this] { oversee(); }));
        sd_event_set_watchdog(loop_.event(),
                              1);  // this thread's life; the others' is what `oversee` looks at
        sd_notify(0, "READY=1");
        return loop_.run();
    }
    int exit_code() const { return exit_code_; }

 private:
    void hear() {
        for (;;) {
            const auto frame = core_.receive();
            if (!frame) return end(frame.error());
            if (frame->empty()) return;
            const auto heard = desk_.hear(*frame);
            core_.forget();
            if (!heard) return end(heard.error());
        }
    }
    void end(const Error& why) {
        journal::notice("{}: ending", why.message);
        exit_code_ = why.code == Errc::unavailable ? EXIT_SUCCESS : EXIT_FAILURE;
        loop_.stop();
    }
    void oversee() {
        const auto late = overseer_.late(std::chrono::steady_clock::now());
        if (late.empty()) return;
        journal::error("libldap does not come back from {}: ending", late);
        _exit(EXIT_FAILURE);
    }

    std::vector<LdapSource> sources_;
    CoreLink core_;
    Loop& loop_;
    Overseer overseer_;
    Desk desk_;
    int exit_code_ = EXIT_SUCCESS;
};

Result<int> run(const std::string& root) {
    TRY(confine(root));
    keep_libldap_to_ourselves();
    auto sources = TRY(read_sources(root));
    const auto loop = TRY(Loop::open());
    // Before any thread: all of them are to leave these signals to the loop.
    const auto stop = [&loop] { loop->stop(); };
    const auto on_term = TRY(loop->on_signal(SIGTERM, stop));
    const auto on_int = TRY(loop->on_signal(SIGINT, stop));
    auto* program = new Program(std::move(sources), TRY(CoreLink::open(root + "/run/userd/ldap")), *loop);
    TRY(program->run());
    sd_notify(0, "STOPPING=1");
    // Threads may wait for the core or in libldap, and nothing here needs an orderly end.
    fflush(nullptr);
    _exit(program->exit_code());
}

}  // namespace
}  // namespace userd::ldap

int main(int argc, char** argv) {
    const std::string_view option = argc == 2 ? argv[1] : "";
    if (option == "--version") return std::puts("userd-ldap " USERD_VERSION), 0;
    if (argc != 1)
        return std::fputs("userd-ldap: started by userd-ldap.service; see userd-ldap(8)\n", stderr), 2;
    const char* root = secure_getenv("USERD_ROOT");
    const auto ended = userd::ldap::run(root != nullptr ? root : "");
    if (ended) return *ended;
    userd::journal::error("{}", ended.error().message);
    _exit(EXIT_FAILURE);
}
