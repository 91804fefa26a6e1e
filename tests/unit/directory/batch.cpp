// SPDX-License-Identifier: LGPL-2.1-or-later
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/fd.h"
#include "tests/unit/directory/support.h"

using namespace userd;
using namespace userd::test;

namespace {

struct BatchFixture : DirectoryFixture {
    Result<void> make(std::string_view name, const Fields& fields = {}) {
        TRY(directory.create_user(root, name, fields, {}));
        return {};
    }
    bool knows(std::string_view name) { return directory.get_user(name).has_value(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(batch, BatchFixture)

BOOST_AUTO_TEST_CASE(many_changes_are_one_generation_and_one_publication) {
    BOOST_TEST(must(directory.batch({}, [&]() -> Result<void> {
        TRY(directory.create_group(root, "web", {}, {}));
        TRY(make("alice", {{"groups", Names{"web"}}}));
        TRY(make("carol", {{"groups", Names{"web"}}}));
        BOOST_TEST(events.empty());
        BOOST_TEST(published == 0);
        return {};
    })));
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(published == 1);
    BOOST_TEST(trail().size() == 3U);
    for (const auto& entry : trail()) BOOST_TEST(entry.txn == 1U);
    BOOST_TEST(must(directory.get_user("carol")).generation == 1U);
    int of_group = 0;  // created, and members once for both
    for (const auto& event : events) of_group += event.is_group;
    BOOST_TEST(of_group == 2);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_body_undoes_all) {
    const auto done = directory.batch({}, [&]() -> Result<void> {
        TRY(make("alice"));
        TRY(make("alice"));
        return {};
    });
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == Errc::exists));
    BOOST_TEST(!knows("alice"));
    BOOST_TEST(directory.generation() == 0U);
    BOOST_TEST(published == 0);
    BOOST_TEST(events.empty());
    create("alice");  // and the next change is as if nothing had been
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(events.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_call_that_fails_undoes_itself_alone) {
    BOOST_TEST(must(directory.batch({}, [&]() -> Result<void> {
        BOOST_TEST(!make("alice", {{"groups", Names{"nowhere"}}}));
        BOOST_TEST(!knows("alice"));
        return make("carol");
    })));
    BOOST_TEST(!knows("alice"));
    BOOST_TEST(knows("carol"));
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(events.size() == 1U);
    BOOST_TEST(!must(store->audit().verify()).broken);
}

BOOST_AUTO_TEST_CASE(a_dry_run_leaves_nothing) {
    BOOST_TEST(must(directory.batch({.dry_run = true}, [&]() -> Result<void> {
        TRY(make("alice"));
        BOOST_TEST(knows("alice"));
        return {};
    })));
    BOOST_TEST(!knows("alice"));
    BOOST_TEST(directory.generation() == 0U);
    BOOST_TEST(published == 0);
    BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_no_generation) {
    create("alice");
    published = 0;
    BOOST_TEST(!must(directory.batch({}, [&]() -> Result<void> {
        TRY(directory.update_user(root, id_of("alice"), {{"shell", "/bin/bash"}}, {}));
        return {};
    })));
    BOOST_TEST(directory.generation() == 1U);
    BOOST_TEST(published == 0);
}

BOOST_AUTO_TEST_CASE(the_generation_is_held_against_the_whole) {
    create("alice");
    const auto never = [&]() -> Result<void> { return make("carol"); };
    const auto done = directory.batch({.generation = 7}, never);
    BOOST_REQUIRE(!done);
    BOOST_TEST((done.error().code == Errc::generation_conflict));
    BOOST_TEST(!knows("carol"));
    BOOST_TEST(must(directory.batch({.generation = 1}, never)));
}

BOOST_AUTO_TEST_CASE(a_batch_does_not_hold_another) {
    const auto done = directory.batch({}, [&]() -> Result<void> {
        TRY(make("alice"));
        TRY(directory.batch({}, [&] { return make("carol"); }));
        return {};
    });
    BOOST_TEST(!done);
    BOOST_TEST(!knows("alice"));
    BOOST_TEST(must(directory.batch({}, [&] { return make("alice"); })));
}

// A batch of a hundred thousand takes longer than the watchdog waits.
BOOST_AUTO_TEST_CASE(the_parts_of_a_batch_are_signs_of_life) {
    const TemporaryFolder folder;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = folder.path() + "/notify";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const Fd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    BOOST_REQUIRE(bind(manager.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
    create("alice");
    char text[64] = {};
    BOOST_TEST(recv(manager.get(), text, sizeof text, 0) < 0);  // what is short needs none
    BOOST_TEST(must(directory.batch({}, [&]() -> Result<void> {
        for (int i = 0; i < 5; ++i) TRY(make(fmt::format("user{}", i)));
        return {};
    })));
    unsetenv("NOTIFY_SOCKET");
    const auto size = recv(manager.get(), text, sizeof text, 0);
    BOOST_TEST(std::string_view(text, size < 0 ? 0 : static_cast<std::size_t>(size)) == "WATCHDOG=1");
}

BOOST_AUTO_TEST_SUITE_END()
