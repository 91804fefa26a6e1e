// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/login_socket.h"

#include "tests/unit/sockets/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

constexpr Peer root{0, 100};

struct Client {
    Client(World& w, LoginSocket& socket, Peer peer = root) : world(w) {
        Pair pair;
        fd = std::move(pair.here);
        socket.serve(std::move(pair.there), peer);
    }
    void start(std::string_view user, wire::Phase phase = wire::Phase::authenticate) {
        wire::Start message;
        message.phase = phase;
        message.service = "sshd";
        message.user = user;
        message.uid = 0;
        wire::FrameBuffer buffer;
        send_bytes(fd, {buffer.bytes, wire::encode(buffer.span(), message)});
    }
    void answer(std::initializer_list<std::string_view> typed, std::uint32_t to_turn) {
        wire::Answer message{dialogue, to_turn, 0, {}};
        for (const auto one : typed) message.texts[message.count++] = one;
        wire::FrameBuffer buffer;
        send_bytes(fd, {buffer.bytes, wire::encode(buffer.span(), message)});
    }
    // The last step of the next frame; its text is kept in `text`.
    wire::Step next() {
        frame = next_frame(world, fd);
        const auto steps = wire::decode_steps(frame);
        BOOST_REQUIRE(steps.has_value());
        dialogue = steps->dialogue;
        turn = steps->turn;
        token = std::string(steps->token);
        wire::Step last;
        for (const wire::Step& step : steps->list) last = step;
        text = std::string(last.text);
        return last;
    }
    bool closed() { return next_frame(world, fd).empty(); }

    World& world;
    Fd fd;
    std::string frame, text, token;
    std::uint64_t dialogue = 0;
    std::uint32_t turn = 0;
};

struct Fixture {
    World world;
    std::unique_ptr<LoginSocket> socket = must(LoginSocket::open(*world.loop, Fd(), world.login));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(login_socket, Fixture)

BOOST_AUTO_TEST_CASE(a_login_goes_over_the_wire) {
    Client client(world, *socket);
    client.start("alice");
    BOOST_TEST((client.next().asks == wire::Ask::code));
    BOOST_TEST(client.text == "Verification code: ");
    client.answer({alice_password, world.code()}, 0);
    BOOST_TEST(client.next().verdict == wire::Verdict::success);
    BOOST_TEST(client.token.size() == wire::token_size);
    BOOST_TEST(client.closed());
    BOOST_TEST(socket->connections() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_start_closes_the_connection) {
    for (const std::string& bytes : {std::string("x"), std::string(100, '\0'), std::string(9000, 'x')}) {
        Client client(world, *socket);
        send_bytes(client.fd, bytes);
        BOOST_TEST(client.closed());
    }
    BOOST_TEST(socket->connections() == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_of_another_dialogue_or_turn_closes_the_connection) {
    for (int wrong = 0; wrong < 2; ++wrong) {
        Client client(world, *socket);
        client.start("alice");
        client.next();
        if (wrong == 0) ++client.dialogue;
        client.answer({alice_password, world.code()}, wrong == 0 ? 0 : 1);
        BOOST_TEST(client.closed());
    }
    BOOST_TEST(world.reasons().empty());
}

BOOST_AUTO_TEST_CASE(an_answer_before_the_question_closes_the_connection) {
    Client client(world, *socket);
    client.answer({"x"}, 0);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(each_prompt_of_a_turn_has_its_answer) {
    Client client(world, *socket);
    client.start("alice");
    client.next();
    client.answer({alice_password}, 0);
    BOOST_TEST(client.closed());
    BOOST_TEST(world.reasons().empty());
}

BOOST_AUTO_TEST_CASE(silence_ends_a_connection) {
    socket->set_idle_time(20ms);
    Client silent(world, *socket);
    BOOST_TEST(silent.closed());
    Client thinking(world, *socket);
    thinking.start("alice");
    thinking.next();
    BOOST_TEST(thinking.closed());
}

BOOST_AUTO_TEST_CASE(two_connections_for_a_uid_and_a_bound_for_all) {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<Client>(world, *socket, Peer{70002, 7}));
    BOOST_TEST(socket->connections() == 2);
    BOOST_TEST(clients[2]->closed());
    while (socket->connections() < LoginSocket::most_connections)
        clients.push_back(std::make_unique<Client>(world, *socket));
    Client late(world, *socket);
    BOOST_TEST(late.closed());
}

// One person may have 65,536 subordinate ids.
BOOST_AUTO_TEST_CASE(many_uids_leave_room_for_root) {
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i < LoginSocket::most_connections; ++i)
        clients.push_back(
            std::make_unique<Client>(world, *socket, Peer{100000 + static_cast<std::uint32_t>(i), 7}));
    BOOST_TEST(socket->connections() == LoginSocket::most_of_others);
    Client sshd(world, *socket);
    sshd.start("alice");
    BOOST_TEST(sshd.next().is_prompt());
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_not_root_cannot_claim_to_be) {
    Client client(world, *socket, Peer{70002, 7});
    client.start("alice");
    BOOST_TEST(client.next().verdict == wire::Verdict::denied);
    Client own(world, *socket, Peer{70002, 7});
    own.start("bob");
    BOOST_TEST(own.next().is_prompt());
}

BOOST_AUTO_TEST_CASE(descriptors_that_a_peer_sends_are_not_taken) {
    Client client(world, *socket);
    char byte = 'x';
    iovec part{&byte, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = client.fd.get();
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    BOOST_REQUIRE(sendmsg(client.fd.get(), &message, MSG_NOSIGNAL) == 1);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_SUITE_END()
