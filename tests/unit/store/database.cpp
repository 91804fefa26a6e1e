// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/database.h"

#include <sys/stat.h>

#include <fstream>

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Database;

BOOST_AUTO_TEST_SUITE(database)

BOOST_AUTO_TEST_CASE(values_come_back_as_they_were_bound) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute("CREATE TABLE t (a INTEGER, b TEXT, c BLOB, d INTEGER)"));
    const std::uint8_t bytes[] = {0, 255, 7};
    must(must(database->query("INSERT INTO t VALUES (?, ?, ?, ?)"))
             .bind(INT64_MIN)
             .bind(std::string_view("a\0b", 3))
             .bind_blob(bytes)
             .bind_null()
             .run());
    auto query = must(database->query("SELECT a, b, c, d FROM t"));
    BOOST_REQUIRE(must(query.step()));
    BOOST_TEST(query.integer(0) == INT64_MIN);
    BOOST_TEST(query.text(1) == std::string("a\0b", 3));
    BOOST_TEST(query.blob(2).size() == 3U);
    BOOST_TEST(query.is_null(3));
    BOOST_TEST(!query.optional_integer(3).has_value());
    BOOST_TEST(!must(query.step()));
}

BOOST_AUTO_TEST_CASE(a_statement_can_run_inside_itself) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)"));
    const char* sql = "SELECT a FROM t ORDER BY a";
    auto outer = must(database->query(sql));
    BOOST_REQUIRE(must(outer.step()));
    {
        auto inner = must(database->query(sql));
        BOOST_REQUIRE(must(inner.step()));
        BOOST_TEST(inner.integer(0) == 1);
    }
    BOOST_REQUIRE(must(outer.step()));
    BOOST_TEST(outer.integer(0) == 2);
}

BOOST_AUTO_TEST_CASE(a_transaction_rolls_back_unless_committed) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute("CREATE TABLE t (a INTEGER)"));
    {
        auto transaction = must(database->begin());
        must(database->execute("INSERT INTO t VALUES (1)"));
    }
    auto query = must(database->query("SELECT count(*) FROM t"));
    must(query.step());
    BOOST_TEST(query.integer(0) == 0);
}

BOOST_AUTO_TEST_CASE(a_doubled_key_is_exists_and_a_broken_rule_is_not) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER CHECK (b > 0)); INSERT INTO t VALUES (1, 1)"));
    BOOST_TEST(code_of(database->execute("INSERT INTO t VALUES (1, 2)")) == Errc::exists);
    BOOST_TEST(code_of(database->execute("INSERT INTO t VALUES (2, 0)")) == Errc::internal);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_no_space_and_leaves_nothing_behind) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute("CREATE TABLE t (a BLOB); PRAGMA max_page_count = 10"));
    {
        auto transaction = must(database->begin());
        must(database->execute("INSERT INTO t VALUES (zeroblob(1000))"));
        BOOST_TEST(code_of(database->execute("INSERT INTO t VALUES (zeroblob(1000000))")) == Errc::no_space);
    }
    BOOST_TEST(!database->failed());
    auto query = must(database->query("SELECT count(*) FROM t"));
    must(query.step());
    BOOST_TEST(query.integer(0) == 0);
}

BOOST_AUTO_TEST_CASE(the_file_is_for_its_owner_alone) {
    const TemporaryFolder folder;
    auto database = must(Database::open(folder / "a b%c?.db", Database::Mode::create));
    must(database->execute("CREATE TABLE t (a INTEGER)"));
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat about {};
        BOOST_REQUIRE(::stat(((folder / "a b%c?.db") + suffix).c_str(), &about) == 0);
        BOOST_TEST((about.st_mode & 07777) == 0600U);
    }
}

BOOST_AUTO_TEST_CASE(damage_is_io_and_marks_the_connection) {
    const TemporaryFolder folder;
    const auto path = folder / "x.db";
    {
        auto database = must(Database::open(path, Database::Mode::create));
        must(database->execute("CREATE TABLE t (a TEXT); INSERT INTO t VALUES (hex(randomblob(20000)))"));
    }
    std::filesystem::remove(path + "-wal");
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(4096, '\xFF');
    file.close();
    auto database = must(Database::open(path, Database::Mode::write));
    BOOST_TEST(code_of(database->execute("SELECT * FROM t")) == Errc::io);
    BOOST_TEST(database->failed());
}

BOOST_AUTO_TEST_CASE(a_reader_sees_commits_but_writes_nothing) {
    const TemporaryFolder folder;
    auto writer = must(Database::open(folder / "x.db", Database::Mode::create));
    must(writer->execute("CREATE TABLE t (a INTEGER)"));
    auto reader = must(Database::open(folder / "x.db", Database::Mode::read));
    must(writer->execute("INSERT INTO t VALUES (1)"));
    auto query = must(reader->query("SELECT count(*) FROM t"));
    must(query.step());
    BOOST_TEST(query.integer(0) == 1);
    BOOST_TEST(code_of(reader->execute("INSERT INTO t VALUES (2)")) == Errc::unavailable);
}

BOOST_AUTO_TEST_CASE(the_wal_stays_when_the_last_connection_closes) {
    const TemporaryFolder folder;
    {
        auto database = must(Database::open(folder / "x.db", Database::Mode::create));
        must(database->execute("CREATE TABLE t (a INTEGER)"));
    }
    BOOST_TEST(std::filesystem::exists((folder / "x.db") + "-wal"));
}

BOOST_AUTO_TEST_SUITE_END()
