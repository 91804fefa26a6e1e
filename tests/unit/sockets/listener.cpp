// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/sockets/listener.h"

#include <sys/resource.h>
#include <sys/un.h>

#include "tests/unit/sockets/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

Fd listen_at(const std::string& path) {
    Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto address = address_of(path);
    BOOST_REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(listen(fd.get(), 64) == 0);
    return fd;
}

Fd connect_to(const std::string& path) {
    Fd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const auto address = address_of(path);
    BOOST_REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return fd;
}

struct Fixture {
    TemporaryFolder folder;
    std::string path = folder / "socket";
    std::unique_ptr<Loop> loop = must(Loop::open());
    std::vector<Peer> peers;
    std::vector<Fd> connections;
    std::unique_ptr<Listener> listener =
        must(Listener::open(*loop, listen_at(path), [this](Fd fd, Peer peer) {
            connections.push_back(std::move(fd));
            peers.push_back(peer);
        }));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(listener_itself, Fixture)

BOOST_AUTO_TEST_CASE(a_connection_comes_with_its_peer_as_the_kernel_knows_it) {
    const Fd first = connect_to(path), second = connect_to(path);
    while (peers.size() < 2) must(loop->run_once(50ms));
    BOOST_TEST(peers[0].uid == getuid());
    BOOST_TEST(peers[0].pid == getpid());
}

BOOST_AUTO_TEST_CASE(without_descriptors_it_rests_and_then_goes_on) {
    const Fd client = connect_to(path);
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    int turns = 0;
    const auto end = std::chrono::steady_clock::now() + 100ms;
    while (std::chrono::steady_clock::now() < end) {
        must(loop->run_once(20ms));
        ++turns;
    }
    setrlimit(RLIMIT_NOFILE, &before);
    BOOST_TEST(turns < 20);
    BOOST_TEST(peers.empty());
    for (int i = 0; i < 100 && peers.empty(); ++i) must(loop->run_once(50ms));
    BOOST_TEST(peers.size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
