// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/audit.h"

#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using store::AuditEntry;
using store::Store;

namespace {

struct Fixture {
    std::unique_ptr<Store> store = must(Store::open(":memory:"));
    store::Audit& audit = store->audit();

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
    store::Audit::Filter filter;
    filter.subject_id = ObjectId{1};
    BOOST_TEST(must(audit.list(filter, 10)).at(0).subject == "user:alice");
}

BOOST_AUTO_TEST_CASE(a_whole_chain_has_no_broken_row) {
    for (int n = 1; n <= 20; ++n) append(n, "user:alice");
    BOOST_TEST(!must(audit.first_broken()).has_value());
}

BOOST_AUTO_TEST_CASE(a_changed_row_shows) {
    for (int n = 1; n <= 5; ++n) append(n, "user:alice");
    must(store->database().execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3"));
    BOOST_TEST(must(audit.first_broken()).value() == 3);
}

BOOST_AUTO_TEST_CASE(text_moved_between_columns_shows) {
    append(1, "user:alice");
    must(store->database().execute("UPDATE audit SET actor = 'roo', origin = 'tbus'"));
    BOOST_TEST(must(audit.first_broken()).value() == 1);
}

BOOST_AUTO_TEST_CASE(a_missing_row_shows) {
    for (int n = 1; n <= 5; ++n) append(n, "user:alice");
    must(store->database().execute("DELETE FROM audit WHERE seq = 2"));
    BOOST_TEST(must(audit.first_broken()).value() == 3);
}

BOOST_AUTO_TEST_CASE(old_rows_can_go_and_the_chain_still_holds) {
    for (int n = 1; n <= 10; ++n) append(n, "user:alice");
    BOOST_TEST(must(audit.drop_before(from_unix(6))) == 5U);
    BOOST_TEST(!must(audit.first_broken()).has_value());
    must(audit.drop_before(from_unix(100)));
    BOOST_TEST(must(audit.count()) == 0U);
    append(200, "user:bob");
    BOOST_TEST(must(audit.list({}, 1)).at(0).seq == 11);
    BOOST_TEST(!must(audit.first_broken()).has_value());
    must(store->database().execute("DELETE FROM audit"));
    append(201, "user:eve");
    BOOST_TEST(must(audit.list({}, 1)).at(0).seq == 11);
}

BOOST_AUTO_TEST_SUITE_END()
