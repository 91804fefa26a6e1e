// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "ctl/secret_input.h"

using namespace userd;
using namespace userd::ctl;

namespace {

constexpr std::size_t mebibyte = 1 << 20;

struct Folder {
    Folder() { BOOST_REQUIRE(mkdtemp(path.data()) != nullptr); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        unlink(fifo().c_str());
        rmdir(path.c_str());
    }
    std::string fifo() const { return path + "/fifo"; }
    std::string path = "/tmp/userctl-input-XXXXXX";
};

// What a shell puts in the place of <(…), with all that was written and no writer left.
struct Substitution {
    explicit Substitution(std::string_view text) {
        int ends[2];
        BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        reading.reset(ends[0]);
        const Fd writing(ends[1]);
        BOOST_REQUIRE(write(writing.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    std::string path() const { return "/proc/self/fd/" + std::to_string(reading.get()); }
    Fd reading;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(input_file)

BOOST_AUTO_TEST_CASE(a_process_substitution_is_read_to_its_end) {
    BOOST_TEST(read_input(Substitution("name\nalice\n").path(), mebibyte).value() == "name\nalice\n");
    BOOST_TEST(read_input(Substitution("").path(), mebibyte).value() == "");
    BOOST_TEST(read_secret_file(Substitution("s3cret\n").path(), "password-file")->text() == "s3cret");
}

BOOST_AUTO_TEST_CASE(a_fifo_waits_for_its_writer) {
    const Folder folder;
    BOOST_REQUIRE(mkfifo(folder.fifo().c_str(), 0600) == 0);
    std::thread writer([&] {
        const Fd fd(open(folder.fifo().c_str(), O_WRONLY | O_CLOEXEC));
        (void)!write(fd.get(), "late\n", 5);
    });
    const auto text = read_input(folder.fifo(), mebibyte);
    writer.join();
    BOOST_TEST(text.value() == "late\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_says_why) {
    BOOST_TEST(read_input("/nonexistent", mebibyte).error().message ==
               "cannot read /nonexistent: No such file or directory");
    BOOST_TEST(read_input("/tmp", mebibyte).error().message == "cannot read /tmp: Is a directory");
    BOOST_TEST(read_input("/dev/zero", mebibyte).error().message == "/dev/zero is larger than 1 MiB");
}

BOOST_AUTO_TEST_SUITE_END()
