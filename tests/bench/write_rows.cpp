// SPDX-License-Identifier: LGPL-2.1-or-later
// write_rows FOLDER COUNT: the least that COUNT new users can cost: their rows, two memberships and an audit
// record each, with the indexes that find them, in one durable SQLite transaction and with prepared
// statements. Prints milliseconds,
// those of a processor, and 0.
#include <initializer_list>
#include <string>

#include "tests/bench/durable_write.h"

using namespace userd::bench;

namespace {

constexpr const char* schema =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;"
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, uid INTEGER UNIQUE, facts TEXT, mail "
    "TEXT, "
    "generation INTEGER) STRICT;"
    "CREATE INDEX by_mail ON users (mail); CREATE INDEX by_generation ON users (generation);"
    "CREATE TABLE members (group_id INTEGER, user_id INTEGER, generation INTEGER) STRICT;"
    "CREATE UNIQUE INDEX by_user ON members (user_id, group_id); CREATE INDEX by_group ON members (group_id, "
    "user_id);"
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, subject INTEGER, detail TEXT) STRICT;"
    "CREATE INDEX by_subject ON audit (subject, seq)";

class Rows {
 public:
    explicit Rows(const std::string& folder) {
        check(sqlite3_open((folder + "/bench-rows.db").c_str(), &database_));
        run(schema);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() { sqlite3_close_v2(database_); }

    void write(int count) {
        run("BEGIN IMMEDIATE");
        auto* user = prepare("INSERT INTO users VALUES (?, ?, ?, ?, ?, 1)");
        auto* member = prepare("INSERT INTO members VALUES (?, ?, 1)");
        auto* audit = prepare("INSERT INTO audit VALUES (?, ?, ?)");
        const std::string facts(120, 'f'), detail(600, 'd');
        for (std::int64_t i = 0; i < count; ++i) {
            const auto id =
                static_cast<std::int64_t>(static_cast<std::uint64_t>(i + 1) * 0x9E3779B97F4A7C15U >> 1U);
            bind(user, 1, id), bind(user, 2, fmt::format("user{}", i)), bind(user, 3, 70000 + i);
            bind(user, 4, facts), bind(user, 5, fmt::format("user{}@example.org", i)), step(user);
            for (const std::int64_t group : {std::int64_t{1}, i % 100 + 2})
                bind(member, 1, group), bind(member, 2, id), step(member);
            bind(audit, 1, i), bind(audit, 2, id), bind(audit, 3, detail), step(audit);
        }
        for (auto* statement : {user, member, audit}) sqlite3_finalize(statement);
        run("COMMIT");
    }

 private:
    static void check(int code) {
        if (code == SQLITE_OK || code == SQLITE_DONE) return;
        fmt::print(stderr, "write_rows: {}\n", sqlite3_errstr(code));
        std::exit(1);
    }
    void run(const char* sql) { check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr));
        return statement;
    }
    static void bind(sqlite3_stmt* to, int place, std::int64_t value) {
        check(sqlite3_bind_int64(to, place, value));
    }
    static void bind(sqlite3_stmt* to, int place, const std::string& text) {
        check(sqlite3_bind_text(to, place, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
    }
    static void step(sqlite3_stmt* statement) {
        check(sqlite3_step(statement));
        sqlite3_reset(statement);
    }
    sqlite3* database_ = nullptr;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    Rows rows(argv[1]);
    const double before = processor_time(), took = time_of([&] { rows.write(std::atoi(argv[2])); });
    fmt::print("{:.1f} {:.0f} 0\n", took, (processor_time() - before) / 1e6);
}
