// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/audit.h"

#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using store::AuditEntry;
using store::AuditFilter;
using store::AuditLimits;
using store::Store;

namespace {

struct Fixture {
    std::unique_ptr<Store> store = must(Store::open(":memory:"));
    store::Audit& audit = store->audit();

    AuditEntry wrong_try(Time time, std::int64_t user = 7, const std::string& reason = "bad-password") {
        AuditEntry entry;
        entry.time = time;
        entry.actor = "alice";
        entry.origin = "login";
        entry.action = "login.denied";
        entry.subject = "user:alice";
        entry.subject_id = ObjectId{user};
        entry.reason = reason;
        entry.attempt = "R" + std::to_string(++tries);
        entry.detail = R"({"service":"sshd","rhost":"203.0.113.9"})";
        return entry;
    }
    std::string broken() {
        const auto chain = must(audit.verify());
        return chain.broken ? chain.broken->what : "";
    }
    int tries = 0;

    void append(std::int64_t seconds, const std::string& subject) {
        AuditEntry entry;
        entry.time = from_unix(seconds);
        entry.actor = "root";
        entry.origin = "bus";
        entry.action = "user.create";
        entry.subject = subject;
        entry.subject_id = ObjectId{seconds};
        must(audit.append(entry));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(audit, Fixture)

BOOST_AUTO_TEST_CASE(the_newest_entry_comes_first) {
    append(1, "user:alice");
    append(2, "user:bob");
    const auto entries = must(audit.list({}, 10));
    BOOST_REQUIRE(entries.size() == 2U);
    BOOST_TEST(entries[0].subject == "user:bob");
    BOOST_TEST(entries[0].seq == 2);
    AuditFilter filter;
    filter.subject_id = ObjectId{1};
    BOOST_TEST(must(audit.list(filter, 10)).at(0).subject == "user:alice");
}

BOOST_AUTO_TEST_CASE(a_page_counts_all_that_match) {
    for (int n = 1; n <= 20; ++n) append(n, n % 2 == 0 ? "user:alice" : "user:bob");
    AuditFilter filter;
    filter.subject = "user:alice";
    const auto page = must(audit.page(filter, 8, 5));
    BOOST_TEST(page.total == 10U);
    BOOST_REQUIRE(page.entries.size() == 2U);
    BOOST_TEST(page.entries[1].seq == 2);
    filter = {};
    filter.after_seq = 17;
    filter.oldest_first = true;
    BOOST_TEST(must(audit.page(filter, 0, 10)).entries.at(0).seq == 18);
}

BOOST_AUTO_TEST_CASE(a_whole_chain_has_no_broken_row_and_tells_its_head) {
    for (int n = 1; n <= 20; ++n) append(n, "user:alice");
    const auto chain = must(audit.verify());
    BOOST_TEST(!chain.broken.has_value());
    BOOST_TEST(chain.rows == 20U);
    BOOST_TEST(chain.head_seq == 20);
    BOOST_TEST(chain.head_hash.size() == 64U);
}

BOOST_AUTO_TEST_CASE(a_changed_row_is_named) {
    for (int n = 1; n <= 5; ++n) append(n, "user:alice");
    must(store->database().execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3"));
    BOOST_TEST(broken() == "row 3 was changed or put in");
}

BOOST_AUTO_TEST_CASE(text_moved_between_columns_shows) {
    append(1, "user:alice");
    must(store->database().execute("UPDATE audit SET actor = 'roo', origin = 'tbus'"));
    BOOST_TEST(broken() == "row 1 was changed or put in");
}

BOOST_AUTO_TEST_CASE(a_missing_row_is_named_wherever_it_stood) {
    for (int n = 1; n <= 5; ++n) append(n, "user:alice");
    must(store->database().execute("DELETE FROM audit WHERE seq = 5"));
    BOOST_TEST(broken() == "row 5 is missing");
    must(store->database().execute("DELETE FROM audit WHERE seq = 2"));
    BOOST_TEST(broken() == "row 2 is missing");
    must(store->database().execute("DELETE FROM audit WHERE seq = 1"));
    BOOST_TEST(broken() == "row 1 is missing");
}

BOOST_AUTO_TEST_CASE(a_row_that_was_put_in_is_named) {
    for (int n = 1; n <= 3; ++n) append(n, "user:alice");
    must(store->database().execute(
        "INSERT INTO audit SELECT 4, time, actor, origin, action, subject, subject_id, txn, reason, attempt, "
        "detail, hash FROM audit WHERE seq = 3"));
    BOOST_TEST(broken() == "row 4 was changed or put in");
    must(store->database().execute("UPDATE audit SET seq = -1 WHERE seq = 4"));
    BOOST_TEST(broken() == "row -1 was put in: it was dropped before");
}

BOOST_AUTO_TEST_CASE(old_rows_go_day_by_day_and_a_checkpoint_holds_the_chain) {
    for (int day = 1; day <= 10; ++day)
        for (int n = 0; n < 3; ++n) append(day * 86400 + n, "user:alice");
    const AuditLimits limits{24h * 5, 1 << 30};
    const Time now = from_unix(11 * 86400);
    int rounds = 0;
    while (must(audit.prune(limits, now))) ++rounds;
    BOOST_TEST(rounds > 0);
    const auto chain = must(audit.verify());
    BOOST_TEST(!chain.broken.has_value());
    BOOST_TEST(chain.first_seq == 16);
    BOOST_TEST(chain.checkpoints.back().dropped_to == 15);
    BOOST_TEST(chain.rows == 15U + chain.checkpoints.size());
    // Who cuts more off cannot hide it.
    must(store->database().execute(
        "UPDATE audit_chain SET dropped_seq = 18, dropped_hash = (SELECT hash FROM audit WHERE seq = 18)"));
    must(store->database().execute("DELETE FROM audit WHERE seq <= 18"));
    BOOST_TEST(broken() == "the rows up to 18 are gone, and no checkpoint tells of it");
}

BOOST_AUTO_TEST_CASE(the_size_is_capped_also_within_one_day) {
    for (int n = 0; n < 20000; ++n) append(1000 + n / 100, "user:alice");
    const AuditLimits limits{24h * 400, 1 << 20};
    BOOST_TEST(must(audit.bytes()) > limits.max_bytes);
    while (must(audit.prune(limits, from_unix(2000)))) {
    }
    BOOST_TEST(must(audit.bytes()) <= limits.max_bytes);
    BOOST_TEST(must(audit.bytes()) > 0U);
    const auto chain = must(audit.verify());
    BOOST_TEST(!chain.broken.has_value());
    BOOST_TEST(chain.head_seq > 20000);
    append(3000, "user:bob");
    BOOST_TEST(broken() == "");
}

BOOST_AUTO_TEST_CASE(rows_with_times_in_the_future_or_the_past_are_no_trouble) {
    append(9'000'000'000, "user:alice");
    append(-86'400 * 3, "user:alice");
    append(1000, "user:alice");
    const AuditLimits limits{24h, 1 << 20};
    while (must(audit.prune(limits, from_unix(86'400 * 30)))) {
    }
    BOOST_TEST(broken() == "");
    while (must(audit.prune({24h, 0}, from_unix(86'400 * 30))) && must(audit.verify()).rows > 1) {
    }
    BOOST_TEST(broken() == "");
}

BOOST_AUTO_TEST_CASE(wrong_tries_are_summed_per_account_source_and_ten_minutes) {
    Time now = from_unix(1'800'000'000);
    for (int n = 0; n < 50; ++n) must(audit.append_try(wrong_try(now += 1s), "203.0.113.0/24"));
    must(audit.append_try(wrong_try(now), "198.51.100.0/24"));
    must(audit.append_try(wrong_try(now, 8), "203.0.113.0/24"));
    auto page = must(audit.page({}, 0, 100));
    BOOST_TEST(page.total == 8U);  // five of their own, the open sum, and the two others
    BOOST_TEST(page.entries[0].seq == 0);
    BOOST_TEST(page.entries[0].detail.find("\"count\":45") != std::string::npos);
    must(audit.close_sums(now));
    BOOST_TEST(must(audit.page({}, 0, 100)).entries[0].seq == 0);
    must(audit.close_sums(now + 10min));
    page = must(audit.page({}, 0, 100));
    BOOST_TEST(page.total == 8U);
    BOOST_TEST(page.entries[0].seq == 8);
    BOOST_TEST(page.entries[0].detail.find("\"reasons\":{\"bad-password\":45}") != std::string::npos);
    BOOST_TEST(broken() == "");
}

BOOST_AUTO_TEST_CASE(the_reference_of_a_summed_try_is_found) {
    Time now = from_unix(1'800'000'000);
    for (int n = 0; n < 12; ++n) must(audit.append_try(wrong_try(now += 1s), "local"));
    AuditFilter filter;
    for (int pass = 0; pass < 2; ++pass) {
        for (const char* reference : {"R3", "R9", "R12"}) {
            filter.attempt = reference;
            BOOST_TEST(must(audit.page(filter, 0, 10)).total == 1U);
        }
        filter.attempt = "R99";
        BOOST_TEST(must(audit.page(filter, 0, 10)).total == 0U);
        must(audit.close_sums(now + 10min));
    }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_back_ends_a_sum) {
    const Time now = from_unix(1'800'000'000);
    for (int n = 0; n < 12; ++n) must(audit.append_try(wrong_try(now), "local"));
    must(audit.append_try(wrong_try(now - 1h), "local"));
    const auto entries = must(audit.list({}, 100));
    BOOST_TEST(entries.size() == 7U);
    BOOST_TEST(entries[0].attempt == "R13");
    BOOST_TEST(entries[1].detail.find("\"count\":7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_wrong_tries_leave_a_bounded_store) {
    Time now = from_unix(1'800'000'000);
    auto change = must(store->begin());
    for (int n = 0; n < 100'000; ++n) {
        // From one source, from very many, and against names that are nobody's.
        const auto source = n % 3 == 0 ? "local" : "s" + std::to_string(n);
        must(audit.append_try(wrong_try(now += 1ms, n % 3 == 2 ? 0 : 7), source));
    }
    must(change.commit());
    BOOST_TEST(must(audit.verify()).rows < 1100U);
    BOOST_TEST(must(audit.bytes()) < 512U * 1024);
    must(store::tend_audit(*store, {}, now + 10min));
    must(store::tend_audit(*store, {}, now + 10min));
    std::int64_t tries_told = 0;
    auto told = must(
        store->database().prepare("SELECT sum(COALESCE(json_extract(detail, '$.count'), 1)) FROM audit"));
    must(told.step());
    tries_told = told.integer(0);
    BOOST_TEST(tries_told == 100'000);
    BOOST_TEST(broken() == "");
}

BOOST_AUTO_TEST_CASE(a_listener_hears_of_what_was_committed_and_of_nothing_else) {
    int heard = 0;
    audit.on_append([&] { ++heard; });
    {
        auto change = must(store->begin());
        append(1, "user:alice");
    }
    BOOST_TEST(heard == 0);
    auto change = must(store->begin());
    append(1, "user:alice");
    append(2, "user:alice");
    must(change.commit());
    BOOST_TEST(heard == 1);
}

BOOST_AUTO_TEST_SUITE_END()
