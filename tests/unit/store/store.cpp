// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/store.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "daemon/store/database.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;

namespace {

void write_file(const std::string& path, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
}

// Adds users for ever and tells each on `ledger` after its commit; is killed.
[[noreturn]] void write_until_killed(const std::string& path, std::int64_t first, int ledger) {
    auto store = Store::open(path);
    if (!store) ::_exit(1);
    for (std::int64_t n = first;; ++n) {
        auto change = (*store)->begin();
        if (!change || !(*store)->raise_generation()) ::_exit(2);
        auto user = sample_user(n, "u" + std::to_string(n), static_cast<std::uint32_t>(70000 + n));
        if (!(*store)->users().insert(user, "") || !change->commit()) ::_exit(3);
        if (::write(ledger, &n, sizeof n) != sizeof n) ::_exit(4);
    }
}

// The last number that the writer acknowledged before it was killed.
std::int64_t kill_a_writer(const std::string& path, std::int64_t first) {
    int ledger[2];
    BOOST_REQUIRE(::pipe(ledger) == 0);
    const pid_t writer = ::fork();
    if (writer == 0) write_until_killed(path, first, ledger[1]);
    ::close(ledger[1]);
    std::int64_t last = 0;
    for (int acknowledged = 0; acknowledged < 20; ++acknowledged)
        BOOST_REQUIRE(::read(ledger[0], &last, sizeof last) == sizeof last);
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    while (::read(ledger[0], &last, sizeof last) == sizeof last) {
    }
    ::close(ledger[0]);
    return last;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_itself)

BOOST_AUTO_TEST_CASE(a_generation_counts_a_change_once_and_only_when_committed) {
    auto store = must(Store::open(":memory:"));
    BOOST_TEST(store->generation() == 0U);
    {
        auto change = must(store->begin());
        BOOST_TEST(must(store->raise_generation()) == 1U);
        BOOST_TEST(must(store->raise_generation()) == 1U);
        BOOST_TEST(store->generation() == 0U);
    }
    auto change = must(store->begin());
    BOOST_TEST(must(store->raise_generation()) == 1U);
    must(change.commit());
    BOOST_TEST(store->generation() == 1U);
    BOOST_TEST(code_of(store->raise_generation()) == Errc::internal);
}

BOOST_AUTO_TEST_CASE(its_version_moves_with_each_change_kept_or_not) {
    auto store = must(Store::open(":memory:"));
    const auto before = store->version();
    { auto dropped = must(store->begin()); }
    const auto after_one = store->version();
    BOOST_TEST(after_one != before);
    auto joint = must(store->begin_joint());
    BOOST_TEST(store->version() == after_one);
    must(must(store->begin()).commit());
    const auto after_part = store->version();
    BOOST_TEST(after_part != after_one);
    must(joint.commit());
    BOOST_TEST(store->version() != after_part);
}

BOOST_AUTO_TEST_CASE(a_change_inside_a_change_is_refused) {
    auto store = must(Store::open(":memory:"));
    auto change = must(store->begin());
    BOOST_TEST(code_of(store->begin()) == Errc::internal);
}

BOOST_AUTO_TEST_CASE(a_store_keeps_its_id_and_its_generation) {
    const TemporaryFolder folder;
    std::uint64_t id = 0;
    {
        auto store = must(Store::open(folder / "userd.db"));
        id = store->id();
        auto change = must(store->begin());
        must(store->raise_generation());
        must(change.commit());
    }
    auto store = must(Store::open(folder / "userd.db"));
    BOOST_TEST(store->id() == id);
    BOOST_TEST(id != 0U);
    BOOST_TEST(store->generation() == 1U);
    BOOST_TEST(!store->stopped_uncleanly());
}

BOOST_AUTO_TEST_CASE(a_damaged_store_is_refused_and_left_alone) {
    const TemporaryFolder folder;
    write_file(folder / "userd.db", std::string(8192, 'x'));
    const auto error = Store::open(folder / "userd.db");
    BOOST_TEST(code_of(error) == Errc::io);
    BOOST_TEST(!error.error().hint.empty());
    BOOST_TEST(std::filesystem::file_size(folder / "userd.db") == 8192U);
}

BOOST_AUTO_TEST_CASE(a_store_cut_off_in_the_middle_is_found_by_the_check) {
    const TemporaryFolder folder;
    const auto path = folder / "userd.db";
    {
        auto store = must(Store::open(path));
        must(store->database().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    must(Store::check(path));
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 3);
    file << std::string(4096, '\x55');
    file.close();
    BOOST_TEST(code_of(Store::check(path)) == Errc::io);
}

BOOST_AUTO_TEST_CASE(a_missing_store_is_not_replaced_once_it_was_in_use) {
    const TemporaryFolder folder;
    write_file(folder / "nss/control", "x");
    BOOST_TEST(code_of(Store::open(folder / "userd.db")) == Errc::io);
    BOOST_TEST(!std::filesystem::exists(folder / "userd.db"));
    write_file(folder / "userd.db", "");
    BOOST_TEST(code_of(Store::open(folder / "userd.db")) == Errc::io);
}

BOOST_AUTO_TEST_CASE(nor_is_one_of_which_the_log_alone_is_left_however_short) {
    const TemporaryFolder folder;
    { const auto store = must(Store::open(folder / "userd.db")); }
    std::filesystem::remove(folder / "userd.db");
    BOOST_TEST(code_of(Store::open(folder / "userd.db")) == Errc::io);
    write_file(folder / "userd.db-wal", "");
    BOOST_TEST(code_of(Store::open(folder / "userd.db")) == Errc::io);
}

BOOST_AUTO_TEST_CASE(a_first_start_that_was_cut_short_is_taken_up_again) {
    const TemporaryFolder folder;
    write_file(folder / "userd.db", "");
    BOOST_TEST(must(Store::open(folder / "userd.db"))->generation() == 0U);
}

BOOST_AUTO_TEST_CASE(after_a_failed_write_the_store_is_reopened_and_goes_on) {
    const TemporaryFolder folder;
    const auto path = folder / "userd.db";
    auto store = must(Store::open(path));
    {
        auto change = must(store->begin());
        must(store->raise_generation());
        must(change.commit());
    }
    // A query against a page that is not there any more is what a failing disk looks like from here.
    auto& database = store->database();
    must(database.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    const auto size = std::filesystem::file_size(path);
    const TemporaryFolder aside;
    std::filesystem::copy_file(path, aside / "whole");
    std::filesystem::resize_file(path, 4096);
    must(database.execute("PRAGMA shrink_memory"));
    BOOST_TEST(
        !database.execute("PRAGMA cache_size = 0; SELECT count(*) FROM audit; SELECT count(*) FROM ssh_keys;"
                          "SELECT count(*) FROM users"));
    BOOST_REQUIRE(database.failed());
    BOOST_TEST(!store->begin());
    std::filesystem::copy_file(aside / "whole", path, std::filesystem::copy_options::overwrite_existing);
    BOOST_REQUIRE(std::filesystem::file_size(path) == size);
    auto change = must(store->begin());
    BOOST_TEST(must(store->raise_generation()) == 2U);
    must(change.commit());
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_survives_kill_minus_nine) {
    const TemporaryFolder folder;
    const auto path = folder / "userd.db";
    std::int64_t next = 1;
    for (int round = 0; round < 3; ++round) {
        const auto last = kill_a_writer(path, next);
        auto store = must(Store::open(path));
        BOOST_TEST(store->stopped_uncleanly());
        for (std::int64_t n = 1; n <= last; ++n) BOOST_REQUIRE(must(store->users().find(ObjectId{n})));
        const auto total = must(store->users().list({}, 0, 1)).total;
        BOOST_TEST(store->generation() == total);  // each change is whole, or not there
        must(Store::check(path));
        next = static_cast<std::int64_t>(total) + 1;
    }
}

BOOST_AUTO_TEST_SUITE_END()
