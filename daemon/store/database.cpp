// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_map>
#include <utility>

#include "common/base/fd.h"
#include "daemon/store/text_search.h"

// One connection never shares its handle between threads (SQLITE_OPEN_NOMUTEX). The journal is a WAL that
// stays when the last connection closes: a host that comes up with a read-only file system finds all that was
// committed.
namespace userd::store {

namespace {

constexpr int busy_timeout_ms = 5000;
// What a great change made of the write-ahead log is given back; the ordinary one is written over in place.
constexpr const char* log_stays = "PRAGMA journal_size_limit=16777216";
constexpr const char* wait_for_disk = "PRAGMA synchronous=FULL";

// SQLite makes its files with 0644 less the umask; -wal and -shm take the mode of the store.
Result<void> make_private_file(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_CREAT | O_EXCL | O_CLOEXEC | O_WRONLY, 0600));
    if (!fd && errno != EEXIST) {
        const int error = errno;
        if (error == ENOSPC || error == EDQUOT)
            return fail(Errc::no_space, "make the store {}: {}", path, std::strerror(error));
        return fail(Errc::io, "make the store {}: {}", path, std::strerror(error));
    }
    return {};
}

// A path as SQLite's URI: everything but the plainest characters escaped.
std::string uri(const std::string& path, std::string_view query) {
    std::string text = "file:";
    for (const char c : path) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '/' || c == '.' || c == '-' || c == '_';
        if (plain)
            text += c;
        else
            text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text.append(query);
}

}  // namespace

// By literal; none: lent to a Query.
struct Database::Cache {
    std::unordered_map<const char*, Handle<sqlite3_stmt, sqlite3_finalize>> idle;
};

Query::Query(Database& database, const char* key, Handle<sqlite3_stmt, sqlite3_finalize> statement)
    : database_(&database), key_(key), statement_(std::move(statement)) {}

Query::Query(Query&&) noexcept = default;

Query::~Query() {
    if (!statement_ || key_ == nullptr) return;
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    if (auto& idle = database_->cache_->idle[key_]; !idle) idle = std::move(statement_);
}

void Query::note(int code) {
    if (code != SQLITE_OK && bind_error_ == SQLITE_OK) bind_error_ = code;
}

Query& Query::bind(std::int64_t value) {
    note(sqlite3_bind_int64(statement_.get(), next_++, value));
    return *this;
}

Query& Query::bind_text(std::string_view text, void (*copied)(void*)) {
    note(sqlite3_bind_text64(statement_.get(), next_++, text.data() != nullptr ? text.data() : "",
                             text.size(), copied, SQLITE_UTF8));
    return *this;
}

Query& Query::bind_bytes(std::span<const std::uint8_t> bytes, void (*copied)(void*)) {
    if (bytes.empty())
        note(sqlite3_bind_zeroblob(statement_.get(), next_++, 0));
    else
        note(sqlite3_bind_blob64(statement_.get(), next_++, bytes.data(), bytes.size(), copied));
    return *this;
}

Query& Query::bind(std::string_view text) {
    return bind_text(text, SQLITE_TRANSIENT);
}

Query& Query::bind_blob(std::span<const std::uint8_t> bytes) {
    return bind_bytes(bytes, SQLITE_TRANSIENT);
}

Query& Query::bind_view(std::string_view text) {
    return bind_text(text, SQLITE_STATIC);
}

Query& Query::bind_blob_view(std::span<const std::uint8_t> bytes) {
    return bind_bytes(bytes, SQLITE_STATIC);
}

Query& Query::bind_value(const Query& row, int column) {
    note(sqlite3_bind_value(statement_.get(), next_++, sqlite3_column_value(row.statement_.get(), column)));
    return *this;
}

Query& Query::bind_null() {
    note(sqlite3_bind_null(statement_.get(), next_++));
    return *this;
}

Query& Query::bind(const std::optional<std::int64_t>& value) {
    return value ? bind(*value) : bind_null();
}

Result<bool> Query::step() {
    if (bind_error_ != SQLITE_OK) return database_->failure(sqlite3_sql(statement_.get()), bind_error_);
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return database_->failure(sqlite3_sql(statement_.get()), code);
}

Result<void> Query::run() {
    TRY(step());
    sqlite3_reset(statement_.get());
    return {};
}

std::int64_t Query::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Query::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(bytes), size);
}

std::span<const std::uint8_t> Query::blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return bytes == nullptr ? std::span<const std::uint8_t>() : std::span(bytes, size);
}

bool Query::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Query::optional_integer(int column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)), is_part_(other.is_part_), waits_(other.waits_) {}

Transaction::~Transaction() {
    // SQLite rolls back by itself after some errors (a full disk): then there is nothing left to do.
    if (database_ == nullptr) return;
    if (database_->in_transaction())
        sqlite3_exec(database_->handle_.get(), is_part_ ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK",
                     nullptr, nullptr, nullptr);
    if (!waits_) (void)database_->execute(wait_for_disk);
}

Result<void> Transaction::commit() {
    if (database_ == nullptr) return {};
    auto query = TRY(database_->query(is_part_ ? "RELEASE part" : "COMMIT"));
    TRY(query.run());
    auto* database = std::exchange(database_, nullptr);
    return waits_ ? Result<void>() : database->execute(wait_for_disk);
}

Database::Database(std::string path, Mode mode)
    : path_(std::move(path)), mode_(mode), cache_(std::make_unique<Cache>()) {}

Database::~Database() {
    cache_.reset();
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Mode mode) {
    if (mode == Mode::create && path != ":memory:") TRY(make_private_file(path));
    std::unique_ptr<Database> database(new Database(path, mode));
    TRY(database->connect());
    return database;
}

Result<void> Database::connect() {
    // Statistics that nobody reads cost a lock at each allocation. Before the first connection, or not at
    // all.
    [[maybe_unused]] static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    const bool reads_only = mode_ == Mode::read || mode_ == Mode::immutable;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_URI |
                      (reads_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    const std::string name = path_ == ":memory:"        ? path_
                             : mode_ == Mode::immutable ? uri(path_, "?immutable=1")
                                                        : uri(path_, "");
    const int code = sqlite3_open_v2(name.c_str(), out(handle_), flags, nullptr);
    if (code != SQLITE_OK) return failure("open", code);
    sqlite3_busy_timeout(handle_.get(), busy_timeout_ms);
    TRY(add_text_search(handle_.get()));
    TRY(execute("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY"));
    if (reads_only) return {};
    TRY(execute("PRAGMA journal_mode=WAL"));
    TRY(execute(log_stays));
    TRY(execute(wait_for_disk));
    int persist = 1;
    sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    return {};
}

Result<void> Database::reopen() {
    cache_->idle.clear();
    handle_.reset();
    TRY(connect());
    failed_ = false;
    return {};
}

Result<void> Database::replace(const std::string& successor, const std::string& aside) {
    {
        auto checkpoint = TRY(prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
        if (!TRY(checkpoint.step()) || checkpoint.integer(0) != 0)
            return fail(Errc::busy, "the store {} is being read: try again", path_);
    }
    cache_->idle.clear();
    handle_.reset();
    // The write-ahead log is empty and goes first: beside another database it would be taken for its own.
    for (const char* end : {"-wal", "-shm"}) ::unlink((path_ + end).c_str());
    Result<void> done;
    if (::link(path_.c_str(), aside.c_str()) != 0)
        done = fail(Errc::io, "keep the store as {}: {}", aside, std::strerror(errno));
    else if (::rename(successor.c_str(), path_.c_str()) != 0)
        done = fail(Errc::io, "rename {} to {}: {}", successor, path_, std::strerror(errno));
    const auto slash = path_.rfind('/');
    const Fd folder(::open(slash == std::string::npos ? "." : path_.substr(0, slash + 1).c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (done && (!folder || ::fsync(folder.get()) != 0))
        done = fail(Errc::io, "sync the folder of {}: {}", path_, std::strerror(errno));
    TRY(connect());
    return done;
}

Result<Query> Database::query(const char* literal) {
    if (const auto found = cache_->idle.find(literal); found != cache_->idle.end() && found->second)
        return Query(*this, literal, std::move(found->second));
    Handle<sqlite3_stmt, sqlite3_finalize> statement;
    const int code =
        sqlite3_prepare_v3(handle_.get(), literal, -1, SQLITE_PREPARE_PERSISTENT, out(statement), nullptr);
    if (code != SQLITE_OK) return failure(literal, code);
    return Query(*this, literal, std::move(statement));
}

Result<Query> Database::prepare(const std::string& sql) {
    Handle<sqlite3_stmt, sqlite3_finalize> statement;
    const int code = sqlite3_prepare_v2(handle_.get(), sql.c_str(), -1, out(statement), nullptr);
    if (code != SQLITE_OK) return failure(sql, code);
    return Query(*this, nullptr, std::move(statement));
}

Result<Transaction> Database::begin(bool waits) {
    if (!waits) TRY(execute("PRAGMA synchronous=NORMAL"));
    auto query = TRY(this->query("BEGIN IMMEDIATE"));
    if (const auto begun = query.run(); !begun) {
        if (!waits) (void)execute(wait_for_disk);
        return fail(begun.error());
    }
    return Transaction(this, false, waits);
}

// Outside a transaction a savepoint would begin one, and its release commit it: that would tear apart what
// belongs together after SQLite has rolled back by itself (a full disk).
Result<Transaction> Database::begin_part() {
    if (!in_transaction()) return fail(Errc::io, "the store {}: the transaction was rolled back", path_);
    auto query = TRY(this->query("SAVEPOINT part"));
    TRY(query.run());
    return Transaction(this, true, true);
}

Result<Transaction> Database::join_transaction() {
    if (!in_transaction()) return fail(Errc::io, "the store {}: the transaction was rolled back", path_);
    return Transaction(nullptr, true, true);
}

Result<void> Database::execute(const char* sql) {
    const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(sql, code);
    return {};
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_.get());
}

std::int64_t Database::last_row() const {
    return sqlite3_last_insert_rowid(handle_.get());
}

bool Database::in_transaction() const {
    return handle_ && sqlite3_get_autocommit(handle_.get()) == 0;
}

Failure Database::failure(std::string_view what, int code) {
    const int system = handle_ ? sqlite3_system_errno(handle_.get()) : 0;
    const std::string why = handle_ ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
    const auto text = [&](std::string_view kind) {
        return fmt::format("the store {}: {}: {}: {}", path_, kind,
                           what.substr(0, std::min<std::size_t>(what.find('\n'), 120)), why);
    };
    const auto make = [](Errc errc, std::string message) {
        return fail(Error{errc, std::move(message), {}, {}});
    };
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return make(Errc::no_space, text("no space left"));
        case SQLITE_CONSTRAINT:
            if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                code == SQLITE_CONSTRAINT_ROWID)
                return make(Errc::exists, text("already there"));
            return make(Errc::internal, text("refused"));
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return make(Errc::busy, text("in use by another process"));
        case SQLITE_READONLY:
            return make(Errc::unavailable, text("cannot be written"));
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            // Only a write met a full disk or quota leaves nothing half done that a rollback would not undo.
            if (system == ENOSPC || system == EDQUOT) return make(Errc::no_space, text("no space left"));
            failed_ = true;
            return make(Errc::io, text("input or output failed"));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            failed_ = true;
            return make(Errc::io, text("damaged"));
        default:
            return make(Errc::internal, text("failed"));
    }
}

}  // namespace userd::store
