// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/recovery.h"

#include <fstream>
#include <random>

#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;

namespace {

constexpr int people = 200;
const Time noon = from_unix(1'800'000'000);

struct Fixture {
    TemporaryFolder folder;
    std::string path = folder / "userd.db";

    Fixture() {
        auto store = must(Store::open(path));
        must(store->credentials().use_key(store::SealingKey::random()));
        auto change = must(store->begin());
        must(store->raise_generation());
        for (int n = 1; n <= people; ++n) {
            auto user =
                sample_user(n * 7919, "user" + std::to_string(n), static_cast<std::uint32_t>(70000 + n));
            user.metadata = "{\"note\":\"" + std::string(300, 'x') + "\"}";
            must(store->users().insert(user, ""));
            must(store->credentials().put_password(user.id, "$argon2id$x", noon));
        }
        must(store->credentials().put_totp(ObjectId{7919}, Secret("12345678901234567890"), {}, 5, noon));
        must(change.commit());
        must(store->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    std::string bytes(const std::string& name) {
        std::ifstream file(name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
    std::uint64_t users_of(const store::Recovered& recovered) {
        for (const auto& table : recovered.tables)
            if (table.name == "users") return table.rows;
        return 0;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(recovery, Fixture)

BOOST_AUTO_TEST_CASE(a_whole_store_is_copied_row_by_row_and_works) {
    const auto before = bytes(path);
    const auto recovered = must(store::recover(path, noon));
    BOOST_TEST(users_of(recovered) == static_cast<std::uint64_t>(people));
    for (const auto& table : recovered.tables) BOOST_TEST(table.is_whole, table.name);
    BOOST_TEST((bytes(path) == before));
    BOOST_TEST(code_of(store::recover(path, noon)) == Errc::exists);
    for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(path + end);
    std::filesystem::rename(recovered.path, path);
    must(Store::check(path));
    auto store = must(Store::open(path));
    BOOST_TEST(store->generation() > 1U);
    BOOST_TEST(must(store->users().find_by_name("user7")).has_value());
    BOOST_TEST(must(store->credentials().find_totp(ObjectId{7919}))->last_step == to_unix(noon) / 30 + 1);
}

BOOST_AUTO_TEST_CASE(an_entry_whose_user_is_lost_is_nobodys) {
    {
        auto store = must(Store::open(path));
        must(store->database().execute(
            "INSERT INTO remote_sources (id, name, tag) VALUES (1, 'corp', 'ldap:corp');"
            "INSERT INTO remote_entries (id, source_id, uuid, kind, pending, user_id, dn) VALUES (1, 1, "
            "x'01', 2, 0, "
            "7919, 'uid=here'), (2, 1, x'02', 2, 0, 5, 'uid=lost')"));
    }
    auto recovered =
        must(store::Database::open(must(store::recover(path, noon)).path, store::Database::Mode::read));
    auto query = must(recovered->prepare("SELECT user_id, pending FROM remote_entries ORDER BY id"));
    BOOST_REQUIRE(must(query.step()));
    BOOST_TEST(query.integer(0) == 7919);
    BOOST_TEST(query.integer(1) == 0);
    BOOST_REQUIRE(must(query.step()));
    BOOST_TEST(query.is_null(0));
    BOOST_TEST(query.integer(1) == 2);  // looked at again
}

BOOST_AUTO_TEST_CASE(one_damaged_page_costs_the_rows_on_it_and_no_others) {
    auto text = bytes(path);
    // A leaf of the users' table: found by what stands on it.
    const auto at = text.find("/home/user100") / 4096 * 4096;
    text.replace(at, 4096, std::string(4096, '\x5a'));
    write(text);
    const auto recovered = must(store::recover(path, noon));
    BOOST_TEST(users_of(recovered) >= static_cast<std::uint64_t>(people - 20));
    BOOST_TEST(users_of(recovered) < static_cast<std::uint64_t>(people));
    must(Store::check(recovered.path));
    auto database = must(store::Database::open(recovered.path, store::Database::Mode::read));
    auto orphans = must(database->prepare("PRAGMA foreign_key_check"));
    BOOST_TEST(!must(orphans.step()));
}

BOOST_AUTO_TEST_CASE(whatever_is_damaged_it_ends_and_changes_nothing) {
    const auto whole = bytes(path);
    std::mt19937 random(7);
    for (int round = 0; round < 25; ++round) {
        auto text = whole;
        for (int page = 0; page < 1 + round % 6; ++page) {
            const auto at = random() % (text.size() / 4096) * 4096;
            for (std::size_t i = 0; i < 4096; ++i)
                if (round % 2 == 0 || random() % 40 == 0) text[at + i] = static_cast<char>(random());
        }
        if (round % 5 == 4) text.resize(random() % text.size());
        write(text);
        const auto recovered = store::recover(path, noon);
        BOOST_TEST((bytes(path) == text));
        if (recovered) must(Store::check(recovered->path));
        for (const char* end : {".recovered", ".recovered-wal", ".recovered-shm"})
            std::filesystem::remove(path + end);
        BOOST_TEST(!std::filesystem::exists(path + ".recovery"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
