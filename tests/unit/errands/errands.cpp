// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/errands.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>

#include "common/base/errors.h"
#include "common/base/fd.h"

using namespace userd;

namespace {

// A userd-homes that says what the test wants.
struct Helper {
    Helper() {
        std::string name = "/tmp/userd-errands-XXXXXX";
        folder = mkdtemp(name.data());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        strcpy(address.sun_path, socket().c_str());
        listener = Fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        BOOST_REQUIRE(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(listen(listener.get(), 8) == 0);
    }
    ~Helper() { std::filesystem::remove_all(folder); }

    std::string socket() const { return folder + "/homes.sock"; }
    wire::Errand take() {
        connection = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        const ssize_t size = recv(connection.get(), buffer.bytes, sizeof buffer.bytes, 0);
        const auto errand = wire::decode_errand({buffer.bytes, static_cast<std::size_t>(size)});
        BOOST_REQUIRE(errand.has_value());
        return *errand;
    }
    void say(const wire::Word& word) {
        wire::FrameBuffer out;
        const std::size_t size = wire::encode(out.span(), word);
        BOOST_REQUIRE(size > 0);
        BOOST_REQUIRE(send(connection.get(), out.bytes, size, MSG_NOSIGNAL) == static_cast<ssize_t>(size));
    }
    void say_item(std::string_view path) {
        wire::Word word;
        word.kind = wire::WordKind::item;
        word.item = wire::ItemKind::file;
        word.path = path;
        say(word);
    }

    std::string folder;
    Fd listener, connection;
    wire::FrameBuffer buffer;
};

struct World {
    Helper helper;
    std::unique_ptr<Loop> loop = Loop::open().value();
    Errands errands{*loop, helper.socket()};
    std::optional<Result<ErrandOutcome>> outcome;
    Errands::Done keep = [this](Result<ErrandOutcome> result) { outcome = std::move(result); };
    void wait() {
        for (int i = 0; i < 500 && !outcome; ++i) (void)loop->run_once(std::chrono::milliseconds(10));
        BOOST_REQUIRE(outcome.has_value());
    }
};

ErrandRequest request() {
    ErrandRequest wanted;
    wanted.kind = wire::ErrandKind::remove_home;
    wanted.uid = 70001;
    wanted.home = "/home/alice";
    wanted.paths = {"/srv", "/home"};
    return wanted;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(errands)

BOOST_FIXTURE_TEST_CASE(an_errand_goes_out_and_its_outcome_comes_back, World) {
    errands.run(request(), keep);
    const auto errand = helper.take();
    BOOST_TEST(errand.uid == 70001U);
    BOOST_TEST(errand.home == "/home/alice");
    BOOST_TEST(errand.paths == std::string_view("/srv\0/home\0", 11));
    helper.say_item("/home/alice/a");
    wire::Word done;
    done.count = 7;
    done.path = "/var/lib/userd-homes/alice.tar";
    helper.say(done);
    wait();
    BOOST_REQUIRE(outcome->has_value());
    BOOST_TEST((*outcome)->count == 7U);
    BOOST_TEST((*outcome)->archive == "/var/lib/userd-homes/alice.tar");
    BOOST_REQUIRE((*outcome)->items.size() == 1U);
    BOOST_TEST((*outcome)->items[0].path == "/home/alice/a");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_comes_back_as_the_error_it_was, World) {
    errands.run(request(), keep);
    helper.take();
    wire::Word done;
    const std::string text = to_wire(Error{Errc::denied, "not yours", "ask root", {}});
    done.error = dbus_error_name(Errc::denied);
    done.message = text;
    helper.say(done);
    wait();
    BOOST_REQUIRE(!outcome->has_value());
    BOOST_TEST((outcome->error().code == Errc::denied));
    BOOST_TEST(outcome->error().message == "not yours");
    BOOST_TEST(outcome->error().hint == "ask root");
}

BOOST_FIXTURE_TEST_CASE(a_helper_that_dies_talks_nonsense_or_is_not_there_is_unavailable, World) {
    errands.run(request(), keep);
    helper.take();
    helper.connection.reset();
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
    outcome.reset();
    errands.run(request(), keep);
    helper.take();
    BOOST_REQUIRE(send(helper.connection.get(), "nonsense", 8, 0) == 8);
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
    outcome.reset();
    helper.listener.reset();
    errands.run(request(), keep);
    BOOST_TEST(!outcome.has_value());  // never inside run()
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(who_waits_too_long_waits_no_more, World) {
    errands.run(request(), keep, {}, std::chrono::milliseconds(50));
    wait();
    BOOST_TEST((outcome->error().code == Errc::unavailable));
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_errand_hangs_up_and_says_nothing, World) {
    int items = 0;
    std::uint64_t number = 0;
    Errands::Listener listener;
    listener.item = [&](const ErrandItem&) {
        ++items;
        errands.cancel(number);
    };
    number = errands.run(request(), keep, listener);
    helper.take();
    helper.say_item("/a");
    helper.say_item("/b");
    for (int i = 0; i < 20; ++i) (void)loop->run_once(std::chrono::milliseconds(5));
    BOOST_TEST(items == 1);
    BOOST_TEST(!outcome.has_value());
    char byte = 0;
    BOOST_TEST(recv(helper.connection.get(), &byte, 1, 0) <= 0);
}

BOOST_AUTO_TEST_SUITE_END()
