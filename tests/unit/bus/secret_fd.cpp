// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/secret_fd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

using namespace userd;
using namespace userd::bus;
using namespace std::chrono_literals;

namespace {

constexpr int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;

Fd memfd(const std::string& text, int with_seals) {
    Fd fd(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    BOOST_REQUIRE(write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    BOOST_REQUIRE(fcntl(fd.get(), F_ADD_SEALS, with_seals) == 0);
    return fd;
}

struct Pipe {
    Pipe() {
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        out.reset(ends[0]);
        in.reset(ends[1]);
    }
    void put(const std::string& text) {
        BOOST_REQUIRE(write(in.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    Fd out, in;
};

struct Reader {
    std::unique_ptr<Loop> loop = Loop::open().value();

    // What read_secrets says of `fd`: the secret, or "invalid: FIELD", "limits: "…
    std::string operator()(
        Fd fd, Duration patience = 5s, const std::function<void()>& meanwhile = [] {}) {
        std::map<std::string, Fd, std::less<>> fds;
        fds.emplace("password", std::move(fd));
        std::string said;
        read_secrets(
            *loop, std::move(fds),
            [&](Result<Secrets> secrets) {
                if (secrets)
                    said = "got " + std::string(secrets->at("password").text());
                else
                    said = (secrets.error().code == Errc::invalid ? "invalid: " : "other: ") +
                           secrets.error().field;
            },
            patience);
        meanwhile();
        for (int i = 0; i < 1000 && said.empty(); ++i) (void)loop->run_once(10ms);
        return said;
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(secret_fd, Reader)

BOOST_AUTO_TEST_CASE(a_sealed_memfd_is_read_from_its_start) {
    BOOST_TEST((*this)(memfd("correct horse", seals)) == "got correct horse");
}

BOOST_AUTO_TEST_CASE(a_memfd_that_may_still_change_is_refused) {
    BOOST_TEST((*this)(memfd("x", F_SEAL_WRITE | F_SEAL_GROW)) == "invalid: password");
    BOOST_TEST((*this)(memfd("x", 0)) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(a_file_is_refused) {
    char path[] = "/tmp/userd-test-XXXXXX";
    Fd file(mkstemp(path));
    unlink(path);
    BOOST_TEST((*this)(std::move(file)) == "invalid: password");
    BOOST_TEST((*this)(Fd(open("/dev/zero", O_RDONLY | O_CLOEXEC))) == "invalid: password");
    BOOST_TEST((*this)(Fd(open("/dev/shm", O_PATH | O_CLOEXEC))) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(an_oversized_or_empty_secret_is_refused) {
    BOOST_TEST((*this)(memfd(std::string(max_secret, 'a'), seals)) == "got " + std::string(max_secret, 'a'));
    BOOST_TEST((*this)(memfd(std::string(max_secret + 1, 'a'), seals)) == "invalid: password");
    BOOST_TEST((*this)(memfd("", seals)) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(a_pipe_is_read_to_its_end_as_it_fills) {
    Pipe pipe;
    pipe.put("correct ");
    BOOST_TEST((*this)(std::move(pipe.out), 5s, [&] {
                   for (int i = 0; i < 3; ++i) (void)loop->run_once(5ms);
                   pipe.put("horse");
                   pipe.in.reset();
               }) == "got correct horse");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_gives_too_much_is_refused_before_its_end) {
    Pipe pipe;
    pipe.put(std::string(max_secret + 1, 'a'));
    BOOST_TEST((*this)(std::move(pipe.out)) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_gives_nothing_is_refused_in_time) {
    Pipe silent, unfinished, closed;
    BOOST_TEST((*this)(std::move(silent.out), 20ms) == "invalid: password");
    unfinished.put("correct");
    BOOST_TEST((*this)(std::move(unfinished.out), 20ms) == "invalid: password");
    closed.in.reset();
    BOOST_TEST((*this)(std::move(closed.out)) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(the_writing_end_is_refused) {
    Pipe pipe;
    BOOST_TEST((*this)(std::move(pipe.in)) == "invalid: password");
}

BOOST_AUTO_TEST_CASE(what_we_hand_out_can_be_handed_in) {
    BOOST_TEST((*this)(to_memfd(Secret(std::string_view("seed"))).value()) == "got seed");
}

BOOST_AUTO_TEST_CASE(room_is_made_only_where_it_can_be_written_to) {
    const auto says = [](Fd fd) {
        const auto made = make_room(fd, 100, "passwords");
        return made ? std::string() : made.error().field;
    };
    BOOST_TEST(says(memfd("", 0)) == "");
    for (const int seal : {F_SEAL_WRITE, F_SEAL_GROW, F_SEAL_FUTURE_WRITE})
        BOOST_TEST(says(memfd("", seal)) == "passwords");
    const Fd writable = memfd("", 0);
    BOOST_TEST(says(Fd(open(fmt::format("/proc/self/fd/{}", writable.get()).c_str(),
                            O_RDONLY | O_CLOEXEC))) == "passwords");
    BOOST_TEST(says(Fd(open("/dev/null", O_RDWR | O_CLOEXEC))) == "passwords");
    BOOST_TEST(lseek(writable.get(), 0, SEEK_END) == 0);  // there is room, and still nothing in it
}

BOOST_AUTO_TEST_SUITE_END()
