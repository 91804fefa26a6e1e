// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/runtime/file_watch.h"

#include <stdlib.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

using namespace userd;
using namespace std::chrono_literals;

namespace {

struct Folder {
    Folder() {
        char name[] = "/tmp/userd-test-XXXXXX";
        path = mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_watch, Folder)

BOOST_AUTO_TEST_CASE(a_replaced_file_is_told_once_and_others_are_not) {
    auto loop = Loop::open().value();
    int told = 0;
    const auto watch = FileWatch::open(*loop, {path / "passwd", path / "group", "/no/such/folder/file"}, [&] {
                           ++told;
                       }).value();
    const auto run = [&] {
        for (int i = 0; i < 15; ++i) (void)loop->run_once(10ms);
    };
    std::ofstream(path / "other") << "x";
    run();
    BOOST_TEST(told == 0);
    std::ofstream(path / "passwd+") << "x";
    std::filesystem::rename(path / "passwd+", path / "passwd");
    std::ofstream(path / "group") << "x";
    run();
    BOOST_TEST(told == 1);
    std::filesystem::remove(path / "passwd");
    run();
    BOOST_TEST(told == 2);
}

BOOST_AUTO_TEST_SUITE_END()
