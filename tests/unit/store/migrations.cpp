// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/migrations.h"

#include "daemon/store/database.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Database;
using store::migrate;
using store::Migration;

namespace {

const Migration first[] = {{1, "CREATE TABLE a (x INTEGER)"}};
const Migration both[] = {{1, "CREATE TABLE a (x INTEGER)"},
                          {2, "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 5"}};
const Migration broken[] = {{1, "CREATE TABLE a (x INTEGER)"},
                            {2, "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)"}};

std::int64_t number(Database& database, const std::string& sql) {
    auto query = must(database.prepare(sql));
    must(query.step());
    return query.integer(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE(the_schema_of_this_program_applies_once) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(migrate(*database));
    must(migrate(*database));
    BOOST_TEST(number(*database, "PRAGMA user_version") == store::all_migrations().back().version);
}

BOOST_AUTO_TEST_CASE(a_copy_is_kept_before_an_older_store_is_changed) {
    const TemporaryFolder folder;
    auto database = must(Database::open(folder / "x.db", Database::Mode::create));
    must(migrate(*database, first));
    must(database->execute("INSERT INTO a VALUES (7)"));
    must(migrate(*database, both));
    BOOST_TEST(number(*database, "SELECT y FROM a") == 5);
    auto copy = must(Database::open((folder / "x.db") + ".before-2", Database::Mode::read));
    BOOST_TEST(number(*copy, "SELECT x FROM a") == 7);
    BOOST_TEST(number(*copy, "PRAGMA user_version") == 1);
    const auto mode = std::filesystem::status((folder / "x.db") + ".before-2").permissions();
    BOOST_TEST((mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_leaves_the_store_as_it_was) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(migrate(*database, first));
    BOOST_TEST(!migrate(*database, broken));
    BOOST_TEST(number(*database, "PRAGMA user_version") == 1);
    BOOST_TEST(number(*database, "SELECT count(*) FROM sqlite_schema WHERE name = 'b'") == 0);
}

BOOST_AUTO_TEST_CASE(an_older_program_refuses_a_newer_store_and_does_not_write) {
    const TemporaryFolder folder;
    const auto path = folder / "x.db";
    {
        auto database = must(Database::open(path, Database::Mode::create));
        must(migrate(*database, both));
        must(database->execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    const auto before = std::filesystem::last_write_time(path);
    auto database = must(Database::open(path, Database::Mode::write));
    BOOST_TEST(code_of(migrate(*database, first)) == Errc::not_supported);
    BOOST_TEST((std::filesystem::last_write_time(path) == before));
    BOOST_TEST(std::filesystem::file_size(path + "-wal") == 0U);
}

BOOST_AUTO_TEST_CASE(another_programs_database_is_refused) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(database->execute("CREATE TABLE theirs (x INTEGER)"));
    BOOST_TEST(code_of(migrate(*database)) == Errc::io);
}

BOOST_AUTO_TEST_SUITE_END()
