// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/keys_socket.h"

#include "common/wire/keys.h"
#include "tests/unit/sockets/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh";

struct Fixture {
    World world;
    std::unique_ptr<KeysSocket> socket = must(KeysSocket::open(*world.loop, Fd(), world.login));

    std::string ask(std::string_view user) {
        Pair pair;
        socket->serve(std::move(pair.there));
        wire::FrameBuffer buffer;
        send_bytes(pair.here, {buffer.bytes, wire::encode(buffer.span(), wire::KeysRequest{user, "sshd"})});
        std::string lines;
        for (bool more = true; more;) {
            const std::string frame = next_frame(world, pair.here);
            const auto reply = wire::decode_keys_reply(frame);
            BOOST_REQUIRE(reply.has_value());
            lines += reply->lines;
            more = reply->more;
        }
        BOOST_TEST(next_frame(world, pair.here).empty());
        return lines;
    }
    void add(std::string fingerprint, std::string comment, std::optional<Time> expires = {},
             std::string sources = {}) {
        must(world.store->credentials().add_ssh_key({bob,
                                                     std::move(fingerprint),
                                                     "ssh-ed25519",
                                                     blob,
                                                     std::move(comment),
                                                     "",
                                                     std::move(sources),
                                                     expires,
                                                     {},
                                                     world.clock.now()}));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(keys_socket, Fixture)

BOOST_AUTO_TEST_CASE(keys_of_an_active_account_come_as_lines) {
    add("SHA256:1", "bob@laptop", {}, "10.0.0.0/8");
    add("SHA256:2", "ended", world.clock.now());
    BOOST_TEST(ask("bob") == "from=\"10.0.0.0/8\" ssh-ed25519 " + std::string(blob) + " bob@laptop\n");
    BOOST_TEST(ask("alice") == "");
    BOOST_TEST(ask("nobody-here") == "");
}

BOOST_AUTO_TEST_CASE(an_account_that_may_not_log_in_has_no_keys) {
    add("SHA256:1", "bob@laptop");
    for (const auto change :
         {+[](User& u) { u.state = UserState::suspended; }, +[](User& u) { u.state = UserState::pending; },
          +[](User& u) { u.collides = true; }, +[](User& u) { u.expires = from_unix(1); },
          +[](User& u) { u.not_before = from_unix(4'000'000'000); }}) {
        const User before = *must(world.store->users().find(bob));
        world.change_user(bob, change);
        BOOST_TEST(ask("bob") == "");
        must(world.store->users().update(before, ""));
        BOOST_TEST(ask("bob") != "");
    }
}

BOOST_AUTO_TEST_CASE(many_keys_come_in_several_frames) {
    for (int i = 0; i < 60; ++i) add("SHA256:" + std::to_string(i), std::string(200, 'c'));
    BOOST_TEST(ask("bob").size() > 2 * wire::max_keys_text);
}

BOOST_AUTO_TEST_CASE(nonsense_is_answered_by_closing) {
    Pair pair;
    socket->serve(std::move(pair.there));
    send_bytes(pair.here, "nonsense");
    BOOST_TEST(next_frame(world, pair.here).empty());
}

BOOST_AUTO_TEST_SUITE_END()
