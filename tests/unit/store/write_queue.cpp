// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/write_queue.h"

#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <stdexcept>

#include "common/base/fd.h"
#include "daemon/store/database.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::Store;
using store::WriteQueue;

namespace {

struct Fixture {
    TemporaryFolder folder;
    std::string path = folder / "userd.db";
    std::unique_ptr<Loop> loop = must(Loop::open());
    std::unique_ptr<Store> store = must(Store::open(path));
    WriteQueue queue{*store, *loop};
    std::vector<std::string> told;

    WriteQueue::Body insert(std::int64_t id) {
        return [this, id] {
            return store->users().insert(
                sample_user(id, "u" + std::to_string(id), 70000 + static_cast<std::uint32_t>(id)), "");
        };
    }
    WriteQueue::Done tell(std::string name) {
        return [this, name = std::move(name)](const Result<void>& written) {
            told.push_back(name + (written ? " yes" : " no"));
        };
    }
    void run_until(std::size_t count) {
        for (int i = 0; i < 1000 && told.size() < count; ++i)
            must(loop->run_once(std::chrono::milliseconds(10)));
        BOOST_REQUIRE(told.size() == count);
    }
    bool is_there(std::int64_t id) {
        auto reader = must(store::open_reader(path));
        auto query = must(reader->query("SELECT 1 FROM users WHERE id = ?"));
        return must(query.bind(id).step());
    }
    // Commits in the WAL, which nothing has reset: frames that say how large the database is after them.
    int commits() const {
        std::ifstream file(path + "-wal", std::ios::binary);
        std::string bytes((std::istreambuf_iterator<char>(file)), {});
        int count = 0;
        for (std::size_t at = 32; at + 24 <= bytes.size(); at += 24 + 4096)
            count += bytes.substr(at + 4, 4) != std::string(4, '\0');
        return count;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(write_queue, Fixture)

BOOST_AUTO_TEST_CASE(writes_that_wait_together_share_one_commit_and_are_told_after_it) {
    const int before = commits();
    bool durable = true;
    for (int id = 1; id <= 40; ++id)
        queue.write(insert(id), [&, id](const Result<void>& written) {
            durable = durable && written && is_there(40);
            told.push_back(std::to_string(id));
        });
    BOOST_TEST(told.empty());
    run_until(40);
    BOOST_TEST(durable);
    BOOST_TEST(told.front() == "1");
    BOOST_TEST(told.back() == "40");
    BOOST_TEST(commits() == before + 1);
}

BOOST_AUTO_TEST_CASE(one_that_fails_takes_no_other_down) {
    queue.write(insert(1), tell("first"));
    queue.write(
        [this]() -> Result<void> {
            TRY(insert(2)());
            return insert(1)();
        },
        tell("doubled"));
    queue.write([]() -> Result<void> { throw std::runtime_error("thrown"); }, tell("thrown"));
    queue.write(insert(3), tell("last"));
    run_until(4);
    BOOST_TEST(told == (std::vector<std::string>{"first yes", "doubled no", "thrown no", "last yes"}),
               boost::test_tools::per_element());
    BOOST_TEST(is_there(1));
    BOOST_TEST(!is_there(2));
    BOOST_TEST(is_there(3));
}

BOOST_AUTO_TEST_CASE(one_that_waits_alone_is_there_whole_or_not_at_all) {
    queue.write(
        [&]() -> Result<void> {
            TRY(insert(1)());
            return fail(Errc::internal, "on purpose");
        },
        tell("one"));
    run_until(1);
    queue.write(insert(2), tell("two"));
    run_until(2);
    BOOST_TEST(told == (std::vector<std::string>{"one no", "two yes"}), boost::test_tools::per_element());
    BOOST_TEST(!is_there(1));
    BOOST_TEST(is_there(2));
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_fails_all_of_them) {
    queue.write(insert(1), tell("first"));
    queue.write(
        [this] {  // a reference that leads nowhere, looked at when it is too late
            return store->database().execute(
                "PRAGMA defer_foreign_keys=ON; INSERT INTO known_sources VALUES (99, 'local', 0)");
        },
        tell("second"));
    run_until(2);
    BOOST_TEST(told == (std::vector<std::string>{"first no", "second no"}), boost::test_tools::per_element());
    BOOST_TEST(!is_there(1));
    queue.write(insert(1), tell("again"));
    run_until(3);
    BOOST_TEST(told.back() == "again yes");
}

BOOST_AUTO_TEST_CASE(an_error_that_ends_the_transaction_fails_all_of_them) {
    queue.write(insert(1), tell("first"));
    queue.write([this] { return store->database().execute("ROLLBACK; SELECT nothing"); }, tell("second"));
    queue.write(insert(3), tell("third"));
    run_until(3);
    BOOST_TEST(told == (std::vector<std::string>{"first no", "second no", "third no"}),
               boost::test_tools::per_element());
    for (int id = 1; id <= 3; ++id) BOOST_TEST(!is_there(id));
}

BOOST_AUTO_TEST_CASE(what_is_told_may_write_again) {
    queue.write(insert(1), [this](const Result<void>&) { queue.write(insert(2), tell("second")); });
    run_until(1);
    BOOST_TEST(is_there(2));
}

BOOST_AUTO_TEST_CASE(what_waits_when_the_queue_goes_is_neither_run_nor_told) {
    {
        WriteQueue gone(*store, *loop);
        gone.write(insert(1), tell("gone"));
    }
    must(loop->run_once(std::chrono::milliseconds(10)));
    BOOST_TEST(told.empty());
    BOOST_TEST(!is_there(1));
}

BOOST_AUTO_TEST_CASE(what_was_told_survives_kill_minus_nine) {
    int ends[2];
    BOOST_REQUIRE(pipe(ends) == 0);
    const Fd out(ends[0]);
    Fd in(ends[1]);
    const std::string other = folder / "killed.db";
    const pid_t child = fork();
    if (child == 0) {
        const auto its_loop = must(Loop::open());
        const auto its_store = must(Store::open(other));
        WriteQueue its_queue(*its_store, *its_loop);
        for (std::int64_t id = 1;; ++id) {
            its_queue.write(
                [&its_store, id] {
                    return its_store->users().insert(
                        sample_user(id, "u" + std::to_string(id), 70000 + static_cast<std::uint32_t>(id)),
                        "");
                },
                [&in, id](const Result<void>& written) {
                    if (!written || write(in.get(), &id, sizeof id) != sizeof id) _exit(1);
                });
            if (id % 8 == 0) (void)its_loop->run_once(std::chrono::milliseconds(10));
        }
    }
    in.reset();
    std::int64_t last = 0;
    while (last < 100) BOOST_REQUIRE(read(out.get(), &last, sizeof last) == sizeof last);
    kill(child, SIGKILL);
    BOOST_REQUIRE(waitpid(child, nullptr, 0) == child);
    while (read(out.get(), &last, sizeof last) == sizeof last) continue;
    const auto survivor = must(Store::open(other));
    for (std::int64_t id = 1; id <= last; ++id)
        BOOST_REQUIRE(must(survivor->users().find(ObjectId{id})).has_value());
    BOOST_TEST(must(survivor->users().list({}, 0, 1)).total % 8 == 0U);  // batches are whole
}

BOOST_AUTO_TEST_SUITE_END()
