// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/base/handle.h"
#include "common/base/result.h"

struct sqlite3;
struct sqlite3_stmt;
extern "C" int sqlite3_finalize(sqlite3_stmt*);
extern "C" int sqlite3_close_v2(sqlite3*);

// SQLite behind our own words. Only daemon/store includes this header; the tables' classes give values out.
namespace userd::store {

class Database;

// One prepared statement on one run. Bind left to right, then step; it resets when it goes, and goes back to
// the database's cache of prepared statements.
class Query {
 public:
    Query(Query&&) noexcept;
    Query& operator=(Query&&) = delete;
    ~Query();

    Query& bind(std::int64_t value);
    Query& bind(std::string_view text);
    Query& bind_blob(std::span<const std::uint8_t> bytes);
    // Not copied: the bytes must live, and not change, until the query goes.
    Query& bind_view(std::string_view text);
    Query& bind_blob_view(std::span<const std::uint8_t> bytes);
    Query& bind_value(const Query& row, int column);  // of whatever type it is there
    Query& bind_null();
    Query& bind(const std::optional<std::int64_t>& value);

    Result<bool> step();  // true: a row is there
    Result<void> run();   // for statements without rows
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    std::span<const std::uint8_t> blob(int column) const;  // valid until the next step
    bool is_null(int column) const;
    std::optional<std::int64_t> optional_integer(int column) const;

 private:
    friend class Database;
    Query(Database& database, const char* key, Handle<sqlite3_stmt, sqlite3_finalize> statement);
    void note(int code);
    Query& bind_text(std::string_view text, void (*copied)(void*));
    Query& bind_bytes(std::span<const std::uint8_t> bytes, void (*copied)(void*));
    Database* database_;
    const char* key_;  // the literal's address; null: not cached
    Handle<sqlite3_stmt, sqlite3_finalize> statement_;
    int next_ = 1;
    int bind_error_ = 0;
};

// A transaction, or a part of one (a savepoint), that rolls back unless committed. IMMEDIATE: taken at once,
// so nothing fails half-way for a lock.
class Transaction {
 public:
    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();
    Result<void> commit();  // after an error nothing of it is in the store, or the store must be reopened

 private:
    friend class Database;
    Transaction(Database* database, bool is_part, bool waits)
        : database_(database), is_part_(is_part), waits_(waits) {}
    Database* database_;  // null: it is another's, who ends it
    bool is_part_, waits_;
};

// One connection. Used by one thread. Of all connections to a file that are open at a time one alone may
// write and make checkpoints: where two do, SQLite before 3.51.3 (Debian 12 has 3.40.1) can lose pages
// (https://www.sqlite.org/wal.html, "The WAL-Reset Bug").
class Database {
 public:
    enum class Mode {
        create,  // makes the file, 0600, when it is not there
        write,
        read,
        immutable,  // on a medium that nobody can write, without a -wal beside it: no locks, no -shm
    };
    static Result<std::unique_ptr<Database>> open(const std::string& path,
                                                  Mode mode);  // ":memory:" for tests
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // The text must be a literal: the cache of prepared statements keeps its address.
    Result<Query> query(const char* literal);
    Result<Query> prepare(const std::string& sql);  // for composed text; not cached
    // `waits`: its commit comes back when it is on the disk; else it is on the disk no later than the next.
    Result<Transaction> begin(bool waits = true);
    Result<Transaction> begin_part();        // inside a transaction; parts do not overlap
    Result<Transaction> join_transaction();  // inside a transaction: neither commits nor rolls back
    Result<void> execute(const char* sql);   // for migrations and pragmas: may hold several statements
    std::int64_t changes() const;            // rows of the last statement
    std::int64_t last_row() const;           // the number that the last INSERT gave
    bool in_transaction() const;
    // True after a write that may have failed half-way (I/O error, damage): nothing more is to be written
    // through this connection until `reopen`.
    bool failed() const { return failed_; }
    Result<void> reopen();  // no Query and no Transaction may be alive
    // Puts the file `successor` in this one's place and reopens; the old one is at `aside` then. `busy` when
    // a reader keeps it from being whole by itself, and nothing changed. As for `reopen`.
    Result<void> replace(const std::string& successor, const std::string& aside);
    const std::string& path() const { return path_; }

 private:
    friend class Query;
    friend class Transaction;
    struct Cache;
    Database(std::string path, Mode mode);
    Result<void> connect();
    Failure failure(std::string_view what,
                    int code);  // maps SQLite's code: FULL → no_space, UNIQUE → exists…
    std::string path_;
    Mode mode_;
    bool failed_ = false;
    Handle<sqlite3, sqlite3_close_v2> handle_;
    std::unique_ptr<Cache> cache_;  // before the handle it would outlive its statements
};

}  // namespace userd::store
