// SPDX-License-Identifier: LGPL-2.1-or-later
// The core daemon: wires the rooms of the house together, and nothing else.
#include <signal.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/bus/core.h"
#include "daemon/bus/ldap.h"
#include "daemon/bus/service.h"
#include "daemon/directory/archive.h"
#include "daemon/directory/directory.h"
#include "daemon/directory/source.h"
#include "daemon/errands/errands.h"
#include "daemon/errands/homes.h"
#include "daemon/errands/slices.h"
#include "daemon/errands/suspensions.h"
#include "daemon/login/blocklist.h"
#include "daemon/login/credentials.h"
#include "daemon/login/hash_queue.h"
#include "daemon/login/login.h"
#include "daemon/login/metrics.h"
#include "daemon/mirror/mirror.h"
#include "daemon/publish/publisher.h"
#include "daemon/runtime/file_watch.h"
#include "daemon/runtime/journal.h"
#include "daemon/sockets/keys_socket.h"
#include "daemon/sockets/ldap_socket.h"
#include "daemon/sockets/login_socket.h"
#include "daemon/startup.h"
#include "daemon/state/apply.h"
#include "daemon/store/audit.h"
#include "daemon/store/ballast.h"
#include "daemon/store/credentials.h"
#include "daemon/store/groups.h"
#include "daemon/store/store.h"
#include "daemon/store/tickets.h"
#include "daemon/store/users.h"

namespace userd {
namespace {

constexpr Duration sweep_interval = std::chrono::minutes(1);
constexpr Duration prune_interval = std::chrono::hours(24);
constexpr Duration check_interval = std::chrono::hours(24 * 7);

template <typename Page>
std::uint64_t count_of(const Result<Page>& page) {
    return page ? page->total : 0;
}

std::int64_t number_in(const Fields& row, std::string_view name) {
    const auto found = row.find(name);
    return found == row.end() ? 0 : std::get<std::int64_t>(found->second);
}

// Of a row of Mirror::status.
Measurements::Server measure_server(const Fields& row, Time now) {
    const auto count = [&](std::string_view name) {
        return static_cast<std::uint64_t>(number_in(row, name));
    };
    Measurements::Server server;
    server.name = std::get<std::string>(row.at("name"));
    server.users = count("user_count");
    server.groups = count("group_count");
    server.quarantined = count("quarantined");
    server.held = count("held");
    if (row.contains("synced_at")) server.synced_at = from_unix(number_in(row, "synced_at"));
    if (row.contains("stale_since"))
        server.stale = std::max(Duration(), now - from_unix(number_in(row, "stale_since")));
    const auto state = std::get<std::string>(row.at("state"));
    server.is_up = state == "following" || state == "polling";
    return server;
}

// Members stand in the order in which they need each other: who is below goes first.
class Daemon {
 public:
    static Result<std::unique_ptr<Daemon>> open(std::string root);
    Result<void> run();

 private:
    Result<void> open_parts();
    Result<void> watch();
    Result<void> serve();
    Result<void> reload(const ChangeOptions& options);
    Result<std::shared_ptr<const Blocklist>> open_blocklist(const Config& config) const;
    void use_blocklist(Result<std::shared_ptr<const Blocklist>> list);
    void apply_log_level() const;
    void sweep();
    void open_key();
    Result<void> open_restored();
    void tend_audit();
    void follow(const ChangeEvent& event);
    void end_sessions_of_expired();
    void follow_host_files();
    void check_store();
    void keep_ballast();
    bus::Servers servers();
    Measurements measure() const;
    void write_metrics_file();
    Fields status() const;
    std::string snapshot_folder() const { return root_ + "/var/lib/userd/nss"; }

    std::string root_;
    SystemClock clock_;
    std::unique_ptr<Config> config_;
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<store::Store> store_;
    std::map<std::string, std::string> problems_;  // what Status tells of them
    std::unique_ptr<StoreSource> source_;          // jobs read it
    std::unique_ptr<Workers> long_jobs_;
    std::unique_ptr<Publisher> publisher_;
    std::unique_ptr<Errands> errands_;
    std::unique_ptr<Homes> homes_;
    std::unique_ptr<Slices> slices_;
    std::unique_ptr<Suspensions> suspensions_;
    std::unique_ptr<Directory> directory_;
    std::unique_ptr<Archive> archive_;
    std::unique_ptr<Mirror> mirror_;
    std::unique_ptr<LdapSocket> ldap_socket_;
    std::unique_ptr<HashQueue> hashes_;
    std::unique_ptr<Credentials> credentials_;
    std::unique_ptr<state::Applier> applier_;
    std::unique_ptr<Login> login_;
    std::unique_ptr<LoginSocket> login_socket_;
    std::unique_ptr<KeysSocket> keys_socket_;
    std::unique_ptr<bus::Service> bus_;
    std::unique_ptr<FileWatch> host_files_;
    std::vector<Watch> watches_;
    Watch audit_timer_, metrics_timer_;
    bool metrics_failed_ = false;
    bool damaged_ = false;
    Time started_at_ = clock_.now();
};

Result<std::unique_ptr<Daemon>> Daemon::open(std::string root) {
    auto self = std::make_unique<Daemon>();
    self->root_ = std::move(root);
    self->config_ = std::make_unique<Config>(TRY(startup::read_config(self->root_)));
    self->apply_log_level();
    self->loop_ = TRY(Loop::open());
    TRY(self->open_parts());
    TRY(self->watch());
    TRY(self->serve());
    return self;
}

Result<void> Daemon::open_parts() {
    const auto folder = root_ + "/var/lib/userd";
    store_ = TRY(store::Store::open(folder + "/userd.db"));
    open_key();
    long_jobs_ = std::make_unique<Workers>(*loop_, 1);
    source_ = std::make_unique<StoreSource>(*store_);
    publisher_ = std::make_unique<Publisher>(snapshot_folder(), *source_, *long_jobs_);
    directory_ = std::make_unique<Directory>(
        *store_, [this] { return publisher_->publish(); }, *config_, clock_, root_);
    if (const auto started = publisher_->start(); !started) {
        problems_["snapshot_problem"] = started.error().message;  // lookups see the last good one
        journal::error("{}", started.error().message);
    }
    TRY(directory_->refresh_host_files());
    hashes_ = std::make_unique<HashQueue>(*loop_, HashQueue::threads_for(*config_));
    hashes_->cost = {config_->password.hash_memory, config_->password.hash_passes};
    credentials_ = std::make_unique<Credentials>(*store_, *hashes_, *config_, clock_);
    use_blocklist(open_blocklist(*config_));
    applier_ =
        std::make_unique<state::Applier>(state::Parts{*store_, *directory_, *credentials_, clock_}, *config_);
    directory_->guard([this] { return credentials_->admin_can_log_in(); });
    mirror_ = std::make_unique<Mirror>(*store_, *directory_, *loop_, clock_, *config_);
    login_ = std::make_unique<Login>(*store_, *hashes_, *credentials_, *config_, clock_, *loop_);
    archive_ =
        std::make_unique<Archive>(*store_, *long_jobs_, clock_, root_, [this] { return open_restored(); });
    errands_ = std::make_unique<Errands>(*loop_, root_ + "/run/userd/homes.sock");
    homes_ = std::make_unique<Homes>(*errands_, *config_);
    slices_ = std::make_unique<Slices>(*errands_, *config_);
    suspensions_ = std::make_unique<Suspensions>(*errands_);
    login_->use_homes([this](const User& user, Homes::Done done) {
        slices_->limit(user, [this, user, done = std::move(done)] { homes_->ensure(user, done); });
    });
    login_->use_host(root_);
    directory_->on_change([this](const ChangeEvent& event) { follow(event); });
    return login_->recover();
}

void Daemon::open_key() {
    problems_.erase("key_problem");
    const auto key = store_->credentials().open_key(root_);
    if (key) return;
    problems_["key_problem"] = key.error().message;  // codes are refused; lookups and passwords go on
    journal::error("{}", key.error().message);
}

// Another store is in the place of the one that all the rest knew.
Result<void> Daemon::open_restored() {
    open_key();
    credentials_->forget_all_codes();
    mirror_->forget();
    ldap_socket_->start_afresh("another store is in place");
    TRY(directory_->refresh_host_files());
    return publisher_->rebuild();
}

Result<void> Daemon::watch() {
    for (const int signal : {SIGTERM, SIGINT})
        watches_.push_back(TRY(loop_->on_signal(signal, [this] { loop_->stop(); })));
    watches_.push_back(TRY(loop_->on_signal(SIGHUP, [this] {
        if (const auto done = reload({}); !done) journal::error("{}", done.error().message);
    })));
    watches_.push_back(TRY(loop_->call_every(sweep_interval, [this] { sweep(); })));
    loop_->call_soon([this] { homes_->prune(); });  // some hosts are off every night
    watches_.push_back(TRY(loop_->call_every(prune_interval, [this] { homes_->prune(); })));
    watches_.push_back(TRY(loop_->call_every(check_interval, [this] { check_store(); })));
    host_files_ = TRY(FileWatch::open(*loop_, directory_->host_files(), [this] { follow_host_files(); }));
    if (store_->stopped_uncleanly()) check_store();
    keep_ballast();
    return {};
}

Result<void> Daemon::serve() {
    auto handed = TRY(startup::take_sockets());
    ldap_socket_ = TRY(LdapSocket::open(*loop_, std::move(handed.ldap), *mirror_, *config_, root_));
    login_->use_remote_passwords(ldap_socket_.get());
    bus_ = std::make_unique<bus::Service>(bus::Core{
        *loop_, *directory_, *credentials_, [this]() -> const Config& { return *config_; },
        [this](const ChangeOptions& options) { return reload(options); }, [this] { return status(); },
        *long_jobs_, root_, store_->path(), snapshot_folder(), [this] { return publisher_->rebuild(); },
        *applier_, archive_.get(), [this] { return open_metrics(measure()); }, nullptr, errands_.get(),
        suspensions_.get(), servers()});
    store_->audit().on_append([this] { bus_->audit_grew(); });
    if (handed.login) login_socket_ = TRY(LoginSocket::open(*loop_, std::move(handed.login), *login_));
    if (handed.keys) keys_socket_ = TRY(KeysSocket::open(*loop_, std::move(handed.keys), *login_));
    if (handed.admin) TRY(bus_->serve_admin(std::move(handed.admin)));
    write_metrics_file();
    bus_->serve_system_bus(startup::system_bus_address(root_));
    return {};
}

bus::Servers Daemon::servers() {
    bus::Servers all;
    all.status = [this] { return mirror_->status(); };
    all.sync = [this](std::string_view source, bool whole) { return mirror_->want_sync(source, whole); };
    all.quarantine = [this](std::string_view source, std::uint64_t offset, std::uint64_t limit) {
        return mirror_->quarantine(source, offset, limit);
    };
    all.confirm = [this](const Actor& actor, std::string_view source, std::uint64_t removals,
                         const ChangeOptions& options) {
        return mirror_->confirm(actor, source, removals, options);
    };
    all.adopt = [this](const Actor& actor, std::string_view source, const std::vector<std::string>& users,
                       const ChangeOptions& options) {
        return mirror_->adopt(actor, source, users, options);
    };
    all.test = [this](const std::string& source, const std::string& user, bus::Servers::Tested tested) {
        ldap_socket_->test(source, user, std::move(tested));
    };
    return all;
}

Result<void> Daemon::run() {
    sd_event_set_watchdog(loop_->event(), 1);
    sd_notify(0, "READY=1");
    journal::info("userd {} is ready, generation {}", USERD_VERSION, directory_->generation());
    TRY(loop_->run());
    if (damaged_) return fail(Errc::io, "stopped: the store is damaged");
    sd_notify(0, "STOPPING=1");
    return {};
}

Result<void> Daemon::reload(const ChangeOptions& options) {
    auto fresh = std::make_unique<Config>(TRY(startup::read_config(root_)));
    if (!options.allow_lockout) TRY(credentials_->check_way_in(*fresh));
    auto blocklist = TRY(open_blocklist(*fresh));
    if (options.dry_run) return {};
    directory_->use_config(*fresh);
    credentials_->use_config(*fresh);
    login_->use_config(*fresh);
    applier_->use_config(*fresh);
    homes_->use_config(*fresh);
    slices_->use_config(*fresh);
    mirror_->use_config(*fresh);
    ldap_socket_->use_config(*fresh);  // userd-ldap starts again, and reads it too
    hashes_->cost = {fresh->password.hash_memory, fresh->password.hash_passes};
    config_ = std::move(fresh);
    use_blocklist(std::move(blocklist));
    apply_log_level();
    write_metrics_file();
    journal::notice("the configuration was read again");
    return {};
}

Result<std::shared_ptr<const Blocklist>> Daemon::open_blocklist(const Config& config) const {
    if (config.password.blocklist.empty()) return nullptr;
    // In a folder of tests, files are those of whoever runs them.
    return Blocklist::open(root_ + config.password.blocklist, root_.empty() ? 0 : geteuid());
}

// Without its list the daemon goes on with logins, and takes no new passwords.
void Daemon::use_blocklist(Result<std::shared_ptr<const Blocklist>> list) {
    credentials_->use_blocklist(list);
    const auto tell = [this](const Result<void>& read) {
        problems_.erase("blocklist_problem");
        if (read) return;
        problems_["blocklist_problem"] = read.error().message;
        journal::error("no new password is taken: {}", read.error().message);
    };
    if (!list || !*list) return tell(list ? Result<void>() : fail(list.error()));
    long_jobs_->run([list = *list] { return list->read(); },
                    [tell](const Result<void>& read) { tell(read); });
}

void Daemon::apply_log_level() const {
    journal::set_level(startup::log_level(config_->log_level));
}

void Daemon::sweep() {
    if (const auto done = directory_->end_what_is_over(); !done) journal::error("{}", done.error().message);
    end_sessions_of_expired();
    login_->tend();
    tend_audit();
    keep_ballast();
}

// What is too old or too much goes some thousand rows at a time: nobody waits for it.
void Daemon::tend_audit() {
    const store::AuditLimits limits{config_->audit.keep, config_->audit.max_size};
    const auto more = store::tend_audit(*store_, limits, clock_.now());
    if (!more) return journal::error("{}", more.error().message);
    if (!*more) return;
    auto soon = loop_->call_after(std::chrono::milliseconds(50), [this] { tend_audit(); });
    if (soon) audit_timer_ = *std::move(soon);
}

// Made again when space returned.
void Daemon::keep_ballast() {
    const store::Ballast ballast(store_->path());
    if (!store_->writable() || ballast.is_held()) return;
    long_jobs_->run([ballast] { return ballast.make(); },
                    [this](const Result<void>& made) {
                        if (made)
                            problems_.erase("disk_problem");
                        else if (problems_.emplace("disk_problem", made.error().message).second)
                            journal::warning("no space is kept for logins on a full disk: {}",
                                             made.error().message);
                    });
}

// What a change of a user asks of the host.
void Daemon::follow(const ChangeEvent& event) {
    const bool is_new = event.change == "created" && homes_->welcomes();
    const bool is_suspended = event.change == "suspended", is_resumed = event.change == "resumed";
    const bool is_over = event.is_over && config_->expire.end_sessions && !is_suspended;
    const bool has_new_codes = event.change == "credentials";  // of a directory server
    if (event.is_group || !(is_new || is_suspended || is_resumed || is_over || has_new_codes)) return;
    const auto user = directory_->find_user_by_uid(event.number);
    if (!user || !*user) return;
    if (is_new) homes_->welcome(**user);
    if (is_suspended || has_new_codes) credentials_->forget_codes((*user)->id);
    if (is_suspended) suspensions_->suspend(**user, event.keeps_sessions);
    if (is_resumed) suspensions_->resume(**user);
    if (is_over) suspensions_->end_sessions(**user);
}

// Those whose end was set in the past are followed as changes.
void Daemon::end_sessions_of_expired() {
    const auto expired = directory_->take_expired();
    if (!expired) return journal::error("{}", expired.error().message);
    if (!config_->expire.end_sessions) return;
    for (const User& user : *expired) suspensions_->end_sessions(user);
}

void Daemon::follow_host_files() {
    if (const auto done = directory_->refresh_host_files(); !done) journal::error("{}", done.error().message);
}

// A damaged store is named loudly and fails the unit; lookups go on from the snapshot.
void Daemon::check_store() {
    long_jobs_->run([path = store_->path()] { return store::Store::check(path); },
                    [this](const Result<void>& checked) {
                        if (checked) return;
                        journal::write(LOG_CRIT, checked.error().message);
                        damaged_ = true;
                        loop_->stop();
                    });
}

Measurements Daemon::measure() const {
    Measurements now;
    now.version = USERD_VERSION;
    now.started_at = started_at_;
    now.users = count_of(store_->users().list({}, 0, 0));
    now.groups = count_of(store_->groups().list({}, 0, 0));
    now.generation = store_->generation();
    now.published = publisher_->generation();
    now.store_bytes = store_->size_on_disk();
    now.audit_bytes = store_->audit().bytes().value_or(0);
    now.audit_rows = static_cast<std::uint64_t>(store_->audit().head_seq().value_or(0));
    const auto hashes = hashes_->figures();
    now.hashes_waiting = hashes.waiting;
    now.hash_workers = hashes.workers;
    now.hashes_done = hashes.done;
    now.hashes_refused = hashes.refused;
    now.hash_time = hashes.time;
    now.writable = store_->writable();
    now.on_bus = bus_->has_name();
    now.has_key_problem = problems_.contains("key_problem");
    now.has_snapshot_problem = problems_.contains("snapshot_problem");
    const auto locked = store_->tickets().count_locked(clock_.now()).value_or(store::Tickets::Locked{});
    now.locked_accounts = locked.accounts;
    now.stopped_accounts = locked.stopped;
    now.last_backup = store_->last_backup().value_or(std::nullopt);
    now.attempts = login_->log().counts();
    for (const Fields& server : mirror_->status())
        now.servers.push_back(measure_server(server, clock_.now()));
    return now;
}

// Written again and again, at once after a reload.
void Daemon::write_metrics_file() {
    metrics_timer_ = Watch();
    if (config_->metrics.textfile.empty()) return;
    const auto written = write_metrics(root_ + config_->metrics.textfile, open_metrics(measure()));
    if (!written && !std::exchange(metrics_failed_, true))
        journal::error("metrics.textfile: {}", written.error().message);
    if (written) metrics_failed_ = false;
    auto timer = loop_->call_after(config_->metrics.interval, [this] { write_metrics_file(); });
    if (timer) metrics_timer_ = *std::move(timer);
}

Fields Daemon::status() const {
    const auto locked = store_->tickets().count_locked(clock_.now()).value_or(store::Tickets::Locked{});
    Fields fields{{"started_at", to_unix(started_at_)},
                  {"writable", store_->writable()},
                  {"on_bus", bus_->has_name()},
                  {"published", static_cast<std::int64_t>(publisher_->generation())},
                  {"store_bytes", static_cast<std::int64_t>(store_->size_on_disk())},
                  {"audit_bytes", static_cast<std::int64_t>(store_->audit().bytes().value_or(0))},
                  {"hashes_waiting", static_cast<std::int64_t>(hashes_->figures().waiting)},
                  {"locked_accounts", static_cast<std::int64_t>(locked.accounts)},
                  {"stopped_accounts", static_cast<std::int64_t>(locked.stopped)}};
    if (const auto backup = store_->last_backup().value_or(std::nullopt))
        fields["last_backup"] = to_unix(*backup);
    for (const auto& [name, problem] : problems_) fields[name] = problem;
    if (auto problem = bus::ldap_problem(mirror_->status()); !problem.empty())
        fields["ldap_problem"] = std::move(problem);
    return fields;
}

int run(const std::string& root) {
    const auto refuse = [](const Error& error) {
        journal::error("{}", error.message);
        if (!error.hint.empty()) journal::info("{}", error.hint);
        return EXIT_FAILURE;
    };
    if (const auto confined = startup::confine(root); !confined) return refuse(confined.error());
    auto daemon = Daemon::open(root);
    if (!daemon) return refuse(daemon.error());
    if (const auto done = (*daemon)->run(); !done) return refuse(done.error());
    return EXIT_SUCCESS;
}

}  // namespace
}  // namespace userd

int main(int argc, char** argv) {
    if (const auto code = userd::startup::answer_options(argc, argv)) return *code;
    return userd::run(userd::startup::root());
}
