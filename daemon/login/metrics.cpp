// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/metrics.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/fd.h"

namespace userd {

namespace {

class Page {
 public:
    Page& family(std::string_view name, std::string_view type, std::string_view help) {
        name_ = name;
        text_ += fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name, type, help);
        return *this;
    }
    template <typename Number>
    Page& sample(Number value, std::string_view end = "", std::string_view labels = "") {
        text_ += fmt::format("{}{}{} {}\n", name_, end, labels, value);
        return *this;
    }
    template <typename Number>
    void gauge(std::string_view name, std::string_view help, Number value) {
        family(name, "gauge", help).sample(value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value) {
        family(name, "counter", help).sample(value, "_total");
    }
    std::string finish() { return std::move(text_) + "# EOF\n"; }

 private:
    std::string text_, name_;
};

double seconds(Duration duration) {
    return std::chrono::duration<double>(duration).count();
}

using Server = Measurements::Server;

// Each with a sample for each server; none: there is nothing to tell.
const struct {
    const char *name, *help;
    std::optional<std::uint64_t> (*value)(const Server& server);
} server_gauges[] = {
    {"userd_ldap_up", "1 where a directory server is followed.",
     [](const Server& server) { return std::optional<std::uint64_t>(server.is_up ? 1 : 0); }},
    {"userd_ldap_stale_seconds", "For how long its changes have not come here.",
     [](const Server& server) {
         return std::optional<std::uint64_t>(static_cast<std::uint64_t>(seconds(server.stale)));
     }},
    {"userd_ldap_sync_time_seconds", "When all that it had was here last, since 1970.",
     [](const Server& server) {
         return server.synced_at ? std::optional<std::uint64_t>(to_unix(*server.synced_at)) : std::nullopt;
     }},
    {"userd_ldap_users", "Users of it.", [](const Server& server) { return std::optional(server.users); }},
    {"userd_ldap_groups", "Groups of it.", [](const Server& server) { return std::optional(server.groups); }},
    {"userd_ldap_quarantined", "Entries of it that were left out.",
     [](const Server& server) { return std::optional(server.quarantined); }},
    {"userd_ldap_held_removals", "Removals that wait for an admin.",
     [](const Server& server) { return std::optional(server.held); }},
};

void tell_servers(Page& page, const std::vector<Server>& servers) {
    if (servers.empty()) return;
    for (const auto& [name, help, value] : server_gauges) {
        page.family(name, "gauge", help);
        for (const Server& server : servers)
            if (const auto number = value(server))
                page.sample(*number, "", fmt::format("{{source=\"{}\"}}", server.name));
    }
}

}  // namespace

std::string open_metrics(const Measurements& now) {
    Page page;
    page.family("userd_build_info", "gauge", "The version that runs.")
        .sample(1, "", fmt::format("{{version=\"{}\"}}", now.version));
    page.gauge("userd_start_time_seconds", "When it was started, since 1970.", to_unix(now.started_at));
    page.gauge("userd_users", "Users in the directory.", now.users);
    page.gauge("userd_groups", "Groups in the directory.", now.groups);
    page.counter("userd_changes", "Changes of the directory, by its generation.", now.generation);
    page.gauge("userd_snapshot_generation", "Generation that lookups see.", now.published);
    page.gauge("userd_store_bytes", "Size of the store on the disk.", now.store_bytes);
    page.gauge("userd_audit_bytes", "Size of the audit trail, about.", now.audit_bytes);
    page.counter("userd_audit_rows", "Rows ever written to the audit trail.", now.audit_rows);
    page.family("userd_problem", "gauge", "1 where something is wrong.")
        .sample(now.writable ? 0 : 1, "", "{what=\"store-read-only\"}")
        .sample(now.has_key_problem ? 1 : 0, "", "{what=\"sealing-key\"}")
        .sample(now.has_snapshot_problem ? 1 : 0, "", "{what=\"snapshot\"}")
        .sample(now.on_bus ? 0 : 1, "", "{what=\"bus\"}");
    page.gauge("userd_hash_queue_length", "Password hashes that wait for a worker.", now.hashes_waiting);
    page.gauge("userd_hash_workers", "Password hashes that can run at once.", now.hash_workers);
    page.counter("userd_hashes_refused", "Password hashes that waited too long or found no place.",
                 now.hashes_refused);
    page.family("userd_hash_seconds", "summary",
                "Time of password hashes, from the worker's start to its end.")
        .sample(now.hashes_done, "_count")
        .sample(seconds(now.hash_time), "_sum");
    page.gauge("userd_locked_accounts", "Accounts that wrong tries have locked, from somewhere at least.",
               now.locked_accounts);
    page.gauge("userd_stopped_accounts", "Of them, those locked for unknown networks until an admin unlocks.",
               now.stopped_accounts);
    page.family("userd_login_attempts", "counter", "Login attempts by what they came to.");
    for (const auto& [what, count] : now.attempts)
        page.sample(count, "_total",
                    fmt::format("{{action=\"{}\",reason=\"{}\"}}", what.first,
                                what.second == Reason::none ? "ok" : to_text(what.second)));
    tell_servers(page, now.servers);
    if (now.last_backup)
        page.gauge("userd_last_backup_time_seconds", "When the last backup was made, since 1970.",
                   to_unix(*now.last_backup));
    return page.finish();
}

Result<void> write_metrics(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".new";
    const auto failed = [&](const char* what) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return fail(Errc::io, "{} {}: {}", what, temporary, std::strerror(error));
    };
    const Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd) return failed("make");
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fchmod(fd.get(), 0644) != 0)
        return failed("write");
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename");
    return {};
}

}  // namespace userd
