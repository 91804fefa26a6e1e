// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/resource_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/bus/house.h"
#include "tests/unit/errands/support.h"

using namespace userd;
using namespace userd::bus;

namespace {

constexpr std::uint32_t bob = 70001, carol = 70002;

struct Search : House {
    // Its reading end; what we hold of the writing end is as blocking as it can be.
    struct Reader {
        Fd out, in;
    };
    Result<Reader> search(std::uint32_t caller, Duration patience = std::chrono::minutes(1)) {
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        Reader reader{Fd(ends[0]), Fd(ends[1])};
        ErrandRequest request;
        request.kind = wire::ErrandKind::scan;
        request.what = wire::Sought::files;
        TRY(stream_resources(core, caller, Fd(fcntl(ends[1], F_DUPFD_CLOEXEC, 0)), request, {}, patience));
        BOOST_REQUIRE(fcntl(ends[1], F_SETFL, 0) == 0);
        BOOST_TEST(helper.comes());
        return reader;
    }
    void turn() {
        for (int i = 0; i < 20; ++i) (void)loop->run_once(std::chrono::milliseconds(2));
    }
    // Whether userd-homes is hung up on.
    bool ends() {
        char byte = 0;
        for (int i = 0; i < 500; ++i) {
            (void)loop->run_once(std::chrono::milliseconds(10));
            if (recv(helper.connection.get(), &byte, 1, MSG_DONTWAIT) == 0) return true;
        }
        return false;
    }

    test::FakeHomes helper;
    Errands errands{*loop, helper.socket()};
    Core core{*loop,   directory, credentials, [this]() -> const Config& { return config; },
              {},      {},        long_jobs,   {},
              {},      {},        {},          applier,
              nullptr, {},        nullptr,     &errands};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resource_stream)

BOOST_FIXTURE_TEST_CASE(what_is_found_goes_through_the_pipe, Search) {
    const auto reader = search(bob).value();
    helper.say_item("/srv/a");
    turn();
    helper.say(wire::Word{});  // done
    turn();
    char text[4096];
    const ssize_t size = read(reader.out.get(), text, sizeof text);
    BOOST_REQUIRE(size > 0);
    const std::string_view lines(text, static_cast<std::size_t>(size));
    BOOST_TEST(lines.find(R"("path":"/srv/a")") != std::string_view::npos);
    BOOST_TEST(lines.find(R"({"summary":)") != std::string_view::npos);
    BOOST_TEST(core.searches.empty());
}

BOOST_FIXTURE_TEST_CASE(a_name_that_is_no_text_is_told_from_one_that_looks_like_it, Search) {
    const auto reader = search(bob).value();
    for (const char* name : {"/srv/\xff", "/srv/\\xff", "/srv/\n", "/srv/\xc3\xa9"}) helper.say_item(name);
    turn();
    helper.say(wire::Word{});  // done
    turn();
    char text[4096];
    const ssize_t size = read(reader.out.get(), text, sizeof text);
    BOOST_REQUIRE(size > 0);
    const std::string_view lines(text, static_cast<std::size_t>(size));
    for (const char* path : {R"("/srv/\\xff")", R"("/srv/\\\\xff")", R"("/srv/\\x0a")", "\"/srv/\xc3\xa9\""})
        BOOST_TEST(lines.find(path) != std::string_view::npos, path);
}

BOOST_FIXTURE_TEST_CASE(nobody_has_more_than_two_searches, Search) {
    auto first = search(bob), second = search(bob);
    const auto third = search(bob);
    auto others = search(carol);
    BOOST_TEST(first.has_value());
    BOOST_TEST(second.has_value());
    BOOST_REQUIRE(!third.has_value());
    BOOST_TEST((third.error().code == Errc::busy));
    BOOST_TEST(others.has_value());
    first->out.reset();  // who closes the pipe has ended the search
    turn();
    auto next = search(bob);
    BOOST_TEST(next.has_value());
    for (auto* reader : {&second, &others, &next}) (*reader)->out.reset();
    turn();
    BOOST_TEST(core.searches.empty());
}

BOOST_FIXTURE_TEST_CASE(who_does_not_read_holds_up_nobody, Search) {
    const auto reader = search(bob, std::chrono::milliseconds(50)).value();
    for (int i = 0; i < 20; ++i) helper.say_item("/" + std::string(4000, 'x'));
    BOOST_TEST(ends());  // the loop did not wait for the pipe, which is full and blocks
    turn();
    BOOST_TEST(core.searches.empty());
}

BOOST_AUTO_TEST_SUITE_END()
