// SPDX-License-Identifier: LGPL-2.1-or-later
// What TarWriter writes is what tar(1) reads.
#include "daemon/homes/tar.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "common/base/fd.h"

using namespace userd;
using namespace userd::homes;

namespace {

struct Folder {
    Folder() {
        std::string name = "/tmp/userd-tar-XXXXXX";
        path = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

struct stat status_of(const std::filesystem::path& path) {
    struct stat status {};
    BOOST_REQUIRE(lstat(path.c_str(), &status) == 0);
    return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tar)

BOOST_AUTO_TEST_CASE(tar_reads_what_was_written) {
    Folder folder;
    const std::string odd = "new\nline \xFF", deep = std::string(90, 'd') + "/" + std::string(200, 'f');
    std::ofstream(folder.path / "text") << "hello\n";
    std::ofstream(folder.path / "empty");
    const std::uintmax_t hole = 10ULL << 30;
    std::ofstream(folder.path / "sparse") << "head";
    std::filesystem::resize_file(folder.path / "sparse", hole);
    const auto archive = folder.path / "archive.tar";
    {
        const Fd fd(open(archive.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        TarWriter tar(fd.get());
        const auto quiet = [](std::uint64_t) { return Result<void>(); };
        BOOST_TEST(tar.add_folder("home", status_of(folder.path)).has_value());
        for (const auto& [name, as] : std::initializer_list<std::pair<std::string, std::string>>{
                 {"text", odd}, {"text", deep}, {"empty", "empty"}, {"sparse", "sparse"}}) {
            const Fd from(open((folder.path / name).c_str(), O_RDONLY | O_CLOEXEC));
            BOOST_TEST(
                tar.add_file("home/" + as, status_of(folder.path / name), from.get(), quiet).has_value());
        }
        struct stat far = status_of(folder.path / "text");
        far.st_uid = 1'900'000'000;  // more than seven octal digits
        BOOST_TEST(tar.add_link("home/link", far, std::string(150, 't')).has_value());
        BOOST_TEST(
            tar.add_hard_link("home/again", status_of(folder.path / "text"), "home/" + odd).has_value());
        BOOST_TEST(tar.finish().has_value());
        BOOST_TEST(tar.written() < 1U << 20);  // the hole is no gigabytes
    }
    const std::string unpack =
        "cd '" + folder.path.string() + "' && mkdir out && tar -C out --no-same-owner -xf archive.tar";
    BOOST_REQUIRE(system(unpack.c_str()) == 0);  // NOLINT: a test
    const auto home = folder.path / "out/home";
    std::string text;
    std::getline(std::ifstream(home / odd), text);
    BOOST_TEST(text == "hello");
    BOOST_TEST(std::filesystem::file_size(home / deep) == 6U);
    BOOST_TEST(std::filesystem::file_size(home / "sparse") == hole);
    BOOST_TEST(std::filesystem::file_size(home / "empty") == 0U);
    BOOST_TEST(std::filesystem::read_symlink(home / "link").string() == std::string(150, 't'));
    BOOST_TEST(std::filesystem::hard_link_count(home / "again") == 2U);
    const std::string owner = "tar -tvf '" + archive.string() + "' --numeric-owner | grep -q 1900000000";
    BOOST_TEST(system(owner.c_str()) == 0);  // NOLINT: a test
}

BOOST_AUTO_TEST_SUITE_END()
