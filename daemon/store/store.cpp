// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/store.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "common/base/fd.h"
#include "daemon/runtime/journal.h"
#include "daemon/store/adoptions.h"
#include "daemon/store/audit.h"
#include "daemon/store/ballast.h"
#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/faults.h"
#include "daemon/store/groups.h"
#include "daemon/store/migrations.h"
#include "daemon/store/random_id.h"
#include "daemon/store/remote.h"
#include "daemon/store/retired.h"
#include "daemon/store/roles.h"
#include "daemon/store/tickets.h"
#include "daemon/store/users.h"

namespace userd::store {

namespace {

constexpr std::string_view leave_it =
    "nothing was changed, and lookups go on from the last snapshot; restore a backup of the store";

bool is_there(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

std::string folder_of(const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

bool on_read_only_medium(const std::string& path) {
    struct statvfs about {};
    return ::statvfs(folder_of(path).c_str(), &about) == 0 && (about.f_flag & ST_RDONLY) != 0;
}

// A new store is made only where none was: what a store leaves beside itself says that there was one.
Result<void> refuse_if_lost(const std::string& path, off_t size_of_trace) {
    for (const auto& trace : {path + "-wal", folder_of(path) + "/nss/control"}) {
        struct stat about {};
        if (::lstat(trace.c_str(), &about) == 0 && about.st_size >= size_of_trace)
            return fail(
                Error{Errc::io,
                      fmt::format("the store {} is gone, though {} shows that there was one", path, trace),
                      std::string(leave_it), ""});
    }
    return {};
}

Result<void> check_header(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) return fail(Errc::io, "open the store {}: {}", path, std::strerror(errno));
    std::array<char, 16> header{};
    const ssize_t size = ::read(fd.get(), header.data(), header.size());
    if (size == 0) return refuse_if_lost(path, 1);  // made, never written: a first start that was cut short
    if (size != 16 || std::memcmp(header.data(), "SQLite format 3", 16) != 0)
        return fail(Error{Errc::io,
                          fmt::format("the store {} is damaged: its header is not a database's", path),
                          std::string(leave_it), ""});
    return {};
}

Result<std::unique_ptr<Database>> open_database(const std::string& path) {
    if (path == ":memory:") return Database::open(path, Database::Mode::create);
    const bool read_only = on_read_only_medium(path);
    if (is_there(path))
        TRY(check_header(path));
    else if (read_only)
        return fail(Errc::unavailable, "there is no store {}, and its file system is read-only", path);
    else
        TRY(refuse_if_lost(path, 0));
    return read_only ? open_reader(path) : Database::open(path, Database::Mode::create);
}

// New users come to rest all over the tables, since their ids are random: with SQLite's usual 2 MiB the pages
// of a great change are written out and read again, over and over. Beyond 16 MiB it buys no time that can be
// measured, and the pages that ten thousand new users touch are the more the larger the directory is.
constexpr const char* large_cache = "PRAGMA cache_size=-16384";
constexpr const char* usual_cache = "PRAGMA cache_size=-2000; PRAGMA shrink_memory";

Result<std::optional<std::int64_t>> read_meta(Database& database, std::string_view key) {
    auto query = TRY(database.query("SELECT value FROM meta WHERE key = ?"));
    query.bind(key);
    if (!TRY(query.step())) return std::nullopt;
    return query.integer(0);
}

Result<void> write_meta(Database& database, std::string_view key, std::int64_t value) {
    auto query = TRY(database.query("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"));
    return query.bind(key).bind(value).run();
}

}  // namespace

struct Store::Impl {
    explicit Impl(std::unique_ptr<Database> opened)
        : database(std::move(opened)),
          users(*database),
          groups(*database),
          roles(*database),
          credentials(*database),
          tickets(*database),
          audit(*database),
          retired(*database),
          adoptions(*database),
          faults(*database),
          remote(*database),
          ballast(database->path()) {}

    Result<void> start(bool may_write);
    Result<void> mark_opened();
    Result<void> recover();

    std::unique_ptr<Database> database;
    Users users;
    Groups groups;
    Roles roles;
    Credentials credentials;
    Tickets tickets;
    Audit audit;
    Retired retired;
    Adoptions adoptions;
    Faults faults;
    Remote remote;
    Ballast ballast;
    bool ballast_given_up = false;
    bool writable = false;
    bool stopped_uncleanly = false;
    Result<Transaction> begin(Purpose purpose);
    Result<void> keep_room_for_logins();

    bool changing = false;  // a change, or a part of a joint one, is open
    bool expects_much = false;
    bool joint = false;
    bool has_parts = false;  // some part of the joint change was committed
    std::vector<std::function<void()>> notices;
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    std::uint64_t raised = 0;  // the generation of the change under way; 0: not raised yet
    std::uint64_t version = 0;
};

struct Change::Impl {
    enum class Kind { single, joint, part };
    Impl(Store::Impl& owner, Transaction begun, Kind which, bool writes_much = false)
        : store(owner),
          kind(which),
          has_much_to_write(writes_much && !owner.expects_much),
          raised_before(owner.raised),
          notices_before(owner.notices.size()),
          transaction(std::move(begun)) {
        if (kind == Kind::joint)
            store.joint = true;
        else
            store.changing = true;
        if (has_much_to_write) (void)store.database->execute(large_cache);
    }
    ~Impl() {
        { const auto ended = std::move(transaction); }
        ++store.version;
        if (has_much_to_write) (void)store.database->execute(usual_cache);
        if (kind == Kind::joint) {
            store.joint = store.has_parts = false;
        } else {
            store.changing = false;
        }
        if (kind != Kind::part) {
            store.raised = 0;
            store.audit.end_of_change(committed);
        }
        if (committed) return;
        store.raised = raised_before;
        store.notices.resize(notices_before);
    }
    Store::Impl& store;
    const Kind kind;
    const bool has_much_to_write;
    const std::uint64_t raised_before;
    const std::size_t notices_before;
    bool committed = false;
    Transaction transaction;
};

Change::Change(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Change::Change(Change&&) noexcept = default;
Change::~Change() = default;

Result<void> Change::commit() {
    TRY(impl_->transaction.commit());
    impl_->committed = true;
    auto& store = impl_->store;
    if (impl_->kind == Impl::Kind::part)
        store.has_parts = true;
    else if (store.raised != 0)
        store.generation = store.raised;
    impl_.reset();
    return {};
}

bool Change::has_parts() const {
    return impl_->store.has_parts;
}

Result<void> Store::Impl::start(bool may_write) {
    writable = may_write;
    if (!may_write) {
        TRY(check_version(*database));
    } else {
        TRY(migrate(*database));
        // On a full disk too the host has to start: then passwords get in and lookups go on.
        if (const auto marked = mark_opened(); !marked && marked.error().code != Errc::no_space)
            return fail(marked.error());
    }
    const auto known_id = TRY(read_meta(*database, "store_id"));
    const auto known_generation = TRY(read_meta(*database, "generation"));
    if (!known_id || !known_generation)
        return fail(Error{Errc::io,
                          fmt::format("the store {} is damaged: its generation is missing", database->path()),
                          std::string(leave_it), ""});
    id = static_cast<std::uint64_t>(*known_id);
    generation = static_cast<std::uint64_t>(*known_generation);
    return {};
}

Result<void> Store::Impl::mark_opened() {
    auto transaction = TRY(database->begin());
    stopped_uncleanly = TRY(read_meta(*database, "opened")).value_or(0) != 0;
    if (!TRY(read_meta(*database, "store_id"))) {
        TRY(write_meta(*database, "store_id", random_id()));
        TRY(write_meta(*database, "generation", 0));
    }
    TRY(write_meta(*database, "opened", 1));
    return transaction.commit();
}

// After a write that failed half-way: what the disk holds is read afresh, and must be what we told.
Result<void> Store::Impl::recover() {
    ++version;
    TRY(database->reopen());
    TRY(check_version(*database));
    const auto found = TRY(read_meta(*database, "generation")).value_or(-1);
    if (found < static_cast<std::int64_t>(generation))
        return fail(Errc::io, "the store {} came back older than it was: generation {}, known {}",
                    database->path(), found, generation);
    generation = static_cast<std::uint64_t>(found);
    return {};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
    if (impl_->writable && !impl_->database->failed()) (void)write_meta(*impl_->database, "opened", 0);
}

// Never immutable beside a -wal: the last commits stand in it alone.
Result<std::unique_ptr<Database>> open_reader(const std::string& path) {
    const bool is_still = on_read_only_medium(path) && !is_there(path + "-wal");
    return Database::open(path, is_still ? Database::Mode::immutable : Database::Mode::read);
}

Result<std::unique_ptr<Store>> Store::open(const std::string& path) {
    if (sodium_init() < 0) return fail(Errc::internal, "start libsodium");
    auto impl = std::make_unique<Impl>(TRY(open_database(path)));
    TRY(impl->start(path == ":memory:" || !on_read_only_medium(path)));
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<void> Store::check(const std::string& path) {
    auto database = TRY(open_reader(path));
    auto query = TRY(database->query("PRAGMA quick_check(1)"));
    if (!TRY(query.step())) return fail(Errc::io, "the store {} is damaged: it cannot be checked", path);
    const auto verdict = query.text(0);
    if (verdict == "ok") return {};
    return fail(Error{Errc::io, fmt::format("the store {} is damaged: {}", path, verdict),
                      std::string(leave_it), ""});
}

// The space that the ballast left is for logins: a change waits until it can be made again.
Result<void> Store::Impl::keep_room_for_logins() {
    if (!ballast_given_up) return {};
    if (const auto made = ballast.make(); !made)
        return fail(Error{Errc::no_space,
                          fmt::format("change the directory: the disk of {} is full", database->path()),
                          "free some space there", ""});
    ballast_given_up = false;
    return {};
}

Result<Transaction> Store::Impl::begin(Purpose purpose) {
    if (!writable)
        return fail(Errc::unavailable, "change the directory: the store {} is on a read-only file system",
                    database->path());
    if (changing) return fail(Errc::internal, "begin a change inside a change");
    if (joint) return purpose == Purpose::mirror ? database->join_transaction() : database->begin_part();
    if (purpose != Purpose::login) TRY(keep_room_for_logins());
    if (database->failed()) TRY(recover());
    return database->begin(purpose != Purpose::mirror);
}

Result<Change> Store::begin(Purpose purpose) {
    const auto kind = impl_->joint ? Change::Impl::Kind::part : Change::Impl::Kind::single;
    return Change(std::make_unique<Change::Impl>(*impl_, TRY(impl_->begin(purpose)), kind));
}

Result<Change> Store::begin_joint(Purpose purpose) {
    if (impl_->joint) return fail(Errc::internal, "begin a joint change inside another");
    return Change(std::make_unique<Change::Impl>(*impl_, TRY(impl_->begin(purpose)),
                                                 Change::Impl::Kind::joint, purpose != Purpose::login));
}

void Store::when_durable(std::function<void()> notice) {
    if (impl_->joint)
        impl_->notices.push_back(std::move(notice));
    else
        notice();
}

void Store::tell() {
    for (const auto& notice : std::exchange(impl_->notices, {})) notice();
}

Result<std::uint64_t> Store::raise_generation() {
    if (!impl_->changing) return fail(Errc::internal, "raise the generation outside a change");
    if (impl_->raised != 0) return impl_->raised;
    const auto next = impl_->generation + 1;
    TRY(write_meta(*impl_->database, "generation", static_cast<std::int64_t>(next)));
    impl_->raised = next;
    return next;
}

void Store::expect_much(bool much) {
    if (impl_->expects_much == much) return;
    impl_->expects_much = much;
    (void)impl_->database->execute(much ? "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=8000"
                                        : "PRAGMA cache_size=-2000; PRAGMA wal_autocheckpoint=1000; PRAGMA "
                                          "shrink_memory; PRAGMA wal_checkpoint(PASSIVE)");
}

void Store::give_back_cache() {
    (void)impl_->database->execute(usual_cache);
}

void Store::give_up_ballast() {
    if (!impl_->ballast.give_up()) return;
    impl_->ballast_given_up = true;
    journal::warning("the disk of {} is full: what was kept there for logins is in use now", path());
}

Result<void> Store::replace(const std::string& successor, const std::string& aside) {
    if (!impl_->writable || impl_->changing || impl_->joint)
        return fail(Errc::busy, "the store {} cannot be replaced now", path());
    ++impl_->version;
    TRY(impl_->database->replace(successor, aside));
    return impl_->start(true);
}

Result<std::optional<Time>> Store::last_backup() {
    const auto seconds = TRY(read_meta(*impl_->database, "last_backup"));
    return seconds ? std::optional(from_unix(*seconds)) : std::nullopt;
}

Result<void> Store::note_backup(Time when) {
    return write_meta(*impl_->database, "last_backup", to_unix(when));
}

Result<std::optional<Time>> Store::expiries_seen() {
    const auto seconds = TRY(read_meta(*impl_->database, "expiries_seen"));
    return seconds ? std::optional(from_unix(*seconds)) : std::nullopt;
}

Result<void> Store::note_expiries(Time until) {
    return write_meta(*impl_->database, "expiries_seen", to_unix(until));
}

std::uint64_t Store::size_on_disk() const {
    std::uint64_t bytes = 0;
    for (const char* end : {"", "-wal"}) {
        struct stat about {};
        if (::stat((path() + end).c_str(), &about) == 0) bytes += static_cast<std::uint64_t>(about.st_size);
    }
    return bytes;
}

bool Store::is_joint() const {
    return impl_->joint;
}
bool Store::writable() const {
    return impl_->writable;
}
bool Store::stopped_uncleanly() const {
    return impl_->stopped_uncleanly;
}
std::uint64_t Store::id() const {
    return impl_->id;
}
const std::string& Store::path() const {
    return impl_->database->path();
}
std::uint64_t Store::version() const {
    return impl_->version;
}
std::uint64_t Store::generation() const {
    return impl_->generation;
}
Users& Store::users() {
    return impl_->users;
}
Groups& Store::groups() {
    return impl_->groups;
}
Roles& Store::roles() {
    return impl_->roles;
}
Credentials& Store::credentials() {
    return impl_->credentials;
}
Tickets& Store::tickets() {
    return impl_->tickets;
}
Audit& Store::audit() {
    return impl_->audit;
}
Retired& Store::retired() {
    return impl_->retired;
}
Adoptions& Store::adoptions() {
    return impl_->adoptions;
}
Faults& Store::faults() {
    return impl_->faults;
}
Remote& Store::remote() {
    return impl_->remote;
}
Database& Store::database() {
    return *impl_->database;
}

}  // namespace userd::store
