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

// The schema of 15 kept an entry's frame among its columns, and its user by a foreign key.
BOOST_AUTO_TEST_CASE(entries_of_a_directory_server_stay_who_they_are) {
    auto database = must(Database::open(":memory:", Database::Mode::create));
    must(migrate(*database, store::all_migrations().first(15)));
    must(
        database->execute("INSERT INTO groups (id, name, gid, created_at, updated_at, generation) VALUES (8, "
                          "'crew', 400000, 1, 1, 1);"
                          "INSERT INTO users (id, name, uid, shell, home, state, created_at, updated_at, "
                          "created_by, generation) "
                          "VALUES (7, 'anna', 200000, '/bin/sh', '/home/anna', 'active', 1, 1, 'x', 1);"
                          "INSERT INTO remote_sources (id, name, tag) VALUES (1, 'corp', 'ldap:corp');"
                          "INSERT INTO remote_entries (id, source_id, uuid, kind, pending, user_id, dn, "
                          "facts) VALUES (3, 1, x'03', 2, 0, "
                          "7, 'uid=anna', x'cafe');"
                          "INSERT INTO remote_entries (id, source_id, uuid, kind, pending, group_id, dn, "
                          "facts) VALUES (4, 1, x'04', 1, 0, "
                          "8, 'cn=crew', x'beef');"
                          "INSERT INTO remote_waiting VALUES ('d:uid=bert', 4)"));
    must(migrate(*database));
    BOOST_TEST(number(*database,
                      "SELECT count(*) FROM remote_entries e JOIN remote_frames f ON f.entry_id = e.id WHERE "
                      "(e.user_id = 7 AND frame = x'cafe') OR (e.group_id = 8 AND frame = x'beef')") == 2);
    BOOST_TEST(number(*database, "SELECT count(*) FROM remote_waiting") == 1);
    BOOST_TEST(number(*database, "SELECT count(*) FROM pragma_foreign_key_check") == 0);
    must(database->execute("DELETE FROM users; DELETE FROM groups"));
    BOOST_TEST(number(*database,
                      "SELECT count(*) FROM remote_entries WHERE user_id IS NULL AND group_id IS NULL") == 2);
    must(database->execute("DELETE FROM remote_entries"));
    BOOST_TEST(number(*database, "SELECT count(*) FROM remote_frames") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
