// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/secret_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "common/base/fd.h"
#include "ctl/sealed.h"
#include "ctl/terminal.h"

using namespace userd;
using namespace userd::ctl;

namespace {

// A file of its own that goes away with the test.
struct File {
    explicit File(std::string_view text, mode_t mode = 0600) {
        Fd fd(mkstemp(path.data()));
        BOOST_REQUIRE(write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        fchmod(fd.get(), mode);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { unlink(path.c_str()); }
    std::string path = "/tmp/userctl-secret-XXXXXX";
};

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_input)

BOOST_AUTO_TEST_CASE(one_line_end_is_not_part_of_the_secret) {
    BOOST_TEST(read_secret_file(File("hunter2\n").path, "password-file")->text() == "hunter2");
    BOOST_TEST(read_secret_file(File("hunter2\r\n").path, "password-file")->text() == "hunter2");
    BOOST_TEST(read_secret_file(File("two\nlines\n").path, "password-file")->text() == "two\nlines");
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_read_is_refused) {
    for (const mode_t mode : {0640U, 0604U, 0644U}) {
        const File file("hunter2\n", mode);
        const auto secret = read_secret_file(file.path, "password-file");
        BOOST_REQUIRE(!secret);
        BOOST_TEST(secret.error().hint == "chmod 600 " + file.path);
        BOOST_TEST(secret.error().field == "password-file");
    }
}

BOOST_AUTO_TEST_CASE(a_descriptor_can_hand_it_over) {
    int ends[2];
    BOOST_REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    const Fd reading(ends[0]);
    {
        const Fd writing(ends[1]);
        BOOST_REQUIRE(write(writing.get(), "s3cret\n", 7) == 7);
    }
    BOOST_TEST(read_secret_file("fd:" + std::to_string(reading.get()), "password-file")->text() == "s3cret");
    BOOST_TEST(!read_secret_file("fd:x", "password-file"));
}

BOOST_AUTO_TEST_CASE(empty_missing_and_huge_files_are_refused) {
    BOOST_TEST(!read_secret_file(File("").path, "password-file"));
    BOOST_TEST(!read_secret_file("/nonexistent", "password-file"));
    BOOST_TEST(!read_secret_file(File(std::string(5000, 'x')).path, "password-file"));
}

BOOST_AUTO_TEST_CASE(without_a_person_nothing_is_asked) {
    never_ask();
    const auto asked = ask_new_password("Password", "--generate");
    BOOST_REQUIRE(!asked);
    BOOST_TEST((asked.error().exit == Exit::usage));
    BOOST_TEST(asked.error().hint == "--generate");
}

BOOST_AUTO_TEST_CASE(a_secret_travels_in_a_sealed_memfd) {
    const Fd fd = sealed_memfd(Secret(std::string_view("hunter2")));
    BOOST_REQUIRE(fd);
    const int seals = fcntl(fd.get(), F_GET_SEALS);
    BOOST_TEST(seals == (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL));
    Secret back;
    BOOST_TEST(read_memfd(fd.get(), back));
    BOOST_TEST(back.text() == "hunter2");
}

BOOST_AUTO_TEST_SUITE_END()
