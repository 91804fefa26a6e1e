// SPDX-License-Identifier: LGPL-2.1-or-later
// The program userd-ssh-keys against a real keys socket.
#include <stdio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atomic>
#include <thread>

#include "daemon/sockets/keys_socket.h"
#include "tests/unit/sockets/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* blob = "AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh";

struct Said {
    std::string text;
    int status = -1;
};

struct Fixture {
    World world;
    TemporaryFolder root;
    std::unique_ptr<KeysSocket> socket;

    void listen() {
        std::filesystem::create_directories(root / "run/userd");
        Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (root / "run/userd/keys").copy(address.sun_path, sizeof address.sun_path - 1);
        BOOST_REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(::listen(fd.get(), 8) == 0);
        socket = must(KeysSocket::open(*world.loop, std::move(fd), world.login));
    }
    Said ask(const std::string& arguments) {
        Said said;
        std::atomic<bool> done{false};
        std::thread program([&] {
            const std::string command = "USERD_ROOT=" + root.path() + " " + getenv("USERD_SSH_KEYS") + " " +
                                        arguments + " 2>/dev/null";
            FILE* pipe = popen(command.c_str(), "r");
            char buffer[4096];
            for (std::size_t n; pipe != nullptr && (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
                said.text.append(buffer, n);
            said.status = pipe != nullptr ? WEXITSTATUS(pclose(pipe)) : -1;
            done = true;
        });
        while (!done) must(world.loop->run_once(20ms));
        program.join();
        return said;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ssh_keys_program, Fixture)

BOOST_AUTO_TEST_CASE(it_prints_the_keys_of_ours_and_nothing_for_others) {
    listen();
    must(world.store->credentials().add_ssh_key(
        {bob, "SHA256:1", "ssh-ed25519", blob, "bob@laptop", "", "", {}, {}, world.clock.now()}));
    const Said bobs = ask("bob");
    BOOST_TEST(bobs.text == "ssh-ed25519 " + std::string(blob) + " bob@laptop\n");
    BOOST_TEST(bobs.status == 0);
    for (const auto* name : {"alice", "root", "nobody-here", "'a:b'", "-- -x", "''"}) {
        const Said other = ask(name);
        BOOST_TEST(other.text == "");
        BOOST_TEST(other.status == (std::string_view(name) == "-- -x" ? 2 : 0), name);
    }
}

BOOST_AUTO_TEST_CASE(without_a_daemon_it_fails_at_once) {
    BOOST_TEST(ask("bob").status == 1);
}

BOOST_AUTO_TEST_SUITE_END()
