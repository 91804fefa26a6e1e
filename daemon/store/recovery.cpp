// SPDX-License-Identifier: LGPL-2.1-or-later
// Works on a copy of the damaged files, since SQLite may write into what it opens. A table is read from both
// ends until something cannot be read, and then row by row along each of its indexes: so what one damaged
// page hides from one way is found by another.
#include "daemon/store/recovery.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "daemon/store/columns.h"
#include "daemon/store/database.h"
#include "daemon/store/migrations.h"
#include "daemon/store/random_id.h"

namespace userd::store {

namespace {

constexpr std::int64_t generation_jump = 1000;  // above what the lost rows may have had

// The copy that is read; it goes with this object.
class WorkCopy {
 public:
    explicit WorkCopy(const std::string& path) : path_(path + ".recovery") {}
    ~WorkCopy() {
        for (const char* end : {"", "-wal", "-shm"}) ::unlink((path_ + end).c_str());
    }
    WorkCopy(const WorkCopy&) = delete;
    WorkCopy& operator=(const WorkCopy&) = delete;
    Result<void> make(const std::string& from) const {
        for (const char* end : {"", "-wal"}) {
            std::error_code error;
            if (*end != '\0' && !std::filesystem::exists(from + end, error)) continue;
            std::filesystem::copy_file(from + end, path_ + end,
                                       std::filesystem::copy_options::overwrite_existing, error);
            if (error) return fail(Errc::io, "copy {}{}: {}", from, end, error.message());
        }
        return {};
    }
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

Result<std::vector<std::string>> names(Database& database, const std::string& sql) {
    auto query = TRY(database.prepare(sql));
    std::vector<std::string> list;
    while (TRY(query.step())) list.push_back(query.text(0));
    return list;
}

std::string joined(const std::vector<std::string>& list, std::string_view before = "",
                   std::string_view after = "") {
    std::string text;
    for (const auto& item : list)
        text.append(text.empty() ? "" : ", ").append(before).append(item).append(after);
    return text;
}

// One table on its way from the old store to the new.
class Rescue {
 public:
    Rescue(Database& from, Database& to, std::string table)
        : from_(from), to_(to), table_(std::move(table)) {}

    Result<Recovered::Table> run() {
        columns_ = TRY(names(to_, fmt::format("SELECT name FROM pragma_table_info('{}')", table_)));
        keys_ = TRY(names(
            to_, fmt::format("SELECT name FROM pragma_table_info('{}') WHERE pk > 0 ORDER BY pk", table_)));
        // What an older store does not have is left to its default.
        if (const auto old = names(from_, fmt::format("SELECT name FROM pragma_table_info('{}')", table_));
            old)
            std::erase_if(columns_, [&](const auto& c) {
                return std::find(old->begin(), old->end(), c) == old->end();
            });
        Recovered::Table result{table_, 0, 0, false};
        if (!columns_.empty()) result.is_whole = copy("");
        if (!columns_.empty() && !result.is_whole) {
            if (!keys_.empty()) copy(fmt::format(" ORDER BY {}", joined(keys_, "", " DESC")));
            along_indexes();
        }
        auto count = TRY(to_.prepare(fmt::format("SELECT count(*) FROM \"{}\"", table_)));
        TRY(count.step());
        result.rows = static_cast<std::uint64_t>(count.integer(0));
        return result;
    }

 private:
    // True: all the way to the end.
    bool copy(const std::string& how) {
        auto rows = from_.prepare(fmt::format("SELECT {} FROM \"{}\"{}", joined(columns_), table_, how));
        if (!rows) return false;
        for (;;) {
            const auto row = rows->step();
            if (!row) return false;
            if (!*row) return true;
            put(*rows);
        }
    }

    void along_indexes() {
        const auto indexes = names(
            from_,
            fmt::format("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{}'", table_));
        if (!indexes) return;
        for (const auto& index : *indexes)
            for (const char* order : {"ASC", "DESC"}) {
                auto ids = from_.prepare(fmt::format(
                    "SELECT rowid FROM \"{0}\" INDEXED BY \"{1}\" ORDER BY rowid {2}", table_, index, order));
                std::vector<std::int64_t> found;
                while (ids) {
                    const auto row = ids->step();
                    if (!row || !*row) break;
                    found.push_back(ids->integer(0));
                }
                for (const auto id : found) copy(fmt::format(" WHERE rowid = {}", id));
            }
    }

    void put(const Query& row) {
        const std::vector<std::string> marks(columns_.size(), "?");
        auto insert = to_.prepare(fmt::format("INSERT OR IGNORE INTO \"{}\" ({}) VALUES ({})", table_,
                                              joined(columns_), joined(marks)));
        if (!insert) return;
        for (int i = 0; i < static_cast<int>(columns_.size()); ++i) insert->bind_value(row, i);
        (void)insert->run();  // what breaks a rule of the table is damage as well
    }

    Database& from_;
    Database& to_;
    const std::string table_;
    std::vector<std::string> columns_, keys_;
};

// Rows whose owner is lost would make the store refuse its own rules.
Result<std::uint64_t> drop_orphans(Database& database, const std::string& table) {
    struct Reference {
        std::string column, parent, parent_column, rule;
    };
    std::vector<Reference> references;
    {
        auto query =
            TRY(database.prepare(fmt::format("SELECT \"from\", \"table\", COALESCE(\"to\", 'id'), on_delete "
                                             "FROM pragma_foreign_key_list('{}')",
                                             table)));
        while (TRY(query.step()))
            references.push_back({query.text(0), query.text(1), query.text(2), query.text(3)});
    }
    std::uint64_t dropped = 0;
    for (const auto& one : references) {
        const auto where = fmt::format("WHERE {0} IS NOT NULL AND {0} NOT IN (SELECT {1} FROM \"{2}\")",
                                       one.column, one.parent_column, one.parent);
        const auto deed = one.rule == "CASCADE"
                              ? fmt::format("DELETE FROM \"{}\" {}", table, where)
                              : fmt::format("UPDATE \"{}\" SET {} = NULL {}", table, one.column, where);
        auto query = TRY(database.prepare(deed));
        TRY(query.run());
        if (one.rule == "CASCADE") dropped += static_cast<std::uint64_t>(database.changes());
    }
    return dropped;
}

// The numbers that hold a store together.
Result<void> settle(Database& database, Time now) {
    auto generation = TRY(
        database.prepare("INSERT OR REPLACE INTO meta SELECT 'generation', ? + max("
                         "COALESCE((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'generation'), 0), "
                         "COALESCE((SELECT max(generation) FROM users), 0), COALESCE((SELECT max(generation) "
                         "FROM groups), 0), "
                         "COALESCE((SELECT max(txn) FROM audit), 0))"));
    TRY(generation.bind(generation_jump).run());
    auto id = TRY(database.prepare("INSERT OR REPLACE INTO meta VALUES ('store_id', ?), ('opened', 0)"));
    TRY(id.bind(random_id()).run());
    TRY(
        database.execute("INSERT OR IGNORE INTO meta SELECT 'key_id', key_id FROM totp GROUP BY 1, 2 ORDER "
                         "BY count(*) DESC LIMIT 1"));
    // The newest rows may be the lost ones: no code that was used is good once more.
    auto steps = TRY(database.prepare("UPDATE totp SET last_step = max(last_step, ? / period + 1)"));
    TRY(steps.bind(to_unix(now)).run());
    // What a server said since may be lost: it is asked for all of it.
    TRY(
        database.execute("UPDATE remote_sources SET cookie = x'', tie = x'';"
                         "UPDATE remote_entries SET user_id = NULL, pending = kind WHERE user_id IS NOT NULL "
                         "AND user_id NOT IN "
                         "(SELECT id FROM users);"
                         "UPDATE remote_entries SET group_id = NULL, pending = kind WHERE group_id IS NOT "
                         "NULL AND group_id NOT IN "
                         "(SELECT id FROM groups)"));
    return database.execute(
        "INSERT OR IGNORE INTO audit_chain SELECT 1, COALESCE(max(seq), 0), zeroblob(32), 0, zeroblob(32) "
        "FROM audit;"
        "UPDATE audit_chain SET head_hash = COALESCE((SELECT hash FROM audit WHERE seq = head_seq), "
        "head_hash)");
}

Result<void> fill(Database& from, Database& to, Recovered& recovered, Time now) {
    TRY(to.execute("PRAGMA foreign_keys = OFF"));
    auto transaction = TRY(to.begin());
    TRY(to.execute("DELETE FROM meta; DELETE FROM audit_chain; DELETE FROM audit_days"));
    const auto tables = TRY(names(
        to,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"));
    for (const auto& table : tables) recovered.tables.push_back(TRY(Rescue(from, to, table).run()));
    for (auto& table : recovered.tables) {
        table.orphans = TRY(drop_orphans(to, table.name));
        table.rows -= std::min(table.rows, table.orphans);
    }
    TRY(settle(to, now));
    return transaction.commit();
}

}  // namespace

Result<Recovered> recover(const std::string& path, Time now) {
    Recovered recovered{path + ".recovered", {}};
    std::error_code ignored;
    if (std::filesystem::exists(recovered.path, ignored))
        return fail(
            Error{Errc::exists, fmt::format("{} is there already", recovered.path), "move it away", {}});
    const WorkCopy copy(path);
    TRY(copy.make(path));
    const auto from = TRY(Database::open(copy.path(), Database::Mode::read));
    {
        auto to = TRY(Database::open(recovered.path, Database::Mode::create));
        TRY(migrate(*to));
        TRY(fill(*from, *to, recovered, now));
        TRY(to->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    for (const char* end : {"-wal", "-shm"}) ::unlink((recovered.path + end).c_str());
    return recovered;
}

}  // namespace userd::store
