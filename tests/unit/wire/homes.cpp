// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/homes.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace userd::wire;

namespace {

template <typename Message>
std::string encoded(const Message& message) {
    std::array<char, max_frame> buffer;
    return {buffer.data(), encode(std::span<char>(buffer), message)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(homes)

BOOST_AUTO_TEST_CASE(an_errand_arrives_as_it_was_sent) {
    Errand errand;
    errand.kind = ErrandKind::archive_home;
    errand.uid = 70001;
    errand.to_gid = 70002;
    errand.most = 1ULL << 40;
    errand.tasks_max = 512;
    errand.memory_max = 2ULL << 30;
    errand.sftp = true;
    errand.name = "alice";
    errand.home = "/home/alice";
    errand.paths = std::string_view("/srv\0/home\0", 11);
    const auto bytes = encoded(errand);
    const auto read = decode_errand(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((read->kind == ErrandKind::archive_home));
    BOOST_TEST(read->uid == 70001U);
    BOOST_TEST(read->to_gid == 70002U);
    BOOST_TEST(read->most == 1ULL << 40);
    BOOST_TEST(read->tasks_max == 512U);
    BOOST_TEST(read->memory_max == 2ULL << 30);
    BOOST_TEST(read->sftp);
    BOOST_TEST(read->name == "alice");
    BOOST_TEST(read->home == "/home/alice");
    BOOST_TEST(read->paths == errand.paths);
    BOOST_TEST(!decode_word(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_no_errand_is_not_sent_and_not_read) {
    Errand errand;
    errand.home = "home/alice";
    BOOST_TEST(encoded(errand).empty());
    errand.home = std::string_view("/home/a\0b", 9);
    BOOST_TEST(encoded(errand).empty());
    errand.home = "/home/alice";
    errand.paths = "/srv";  // not ended
    BOOST_TEST(encoded(errand).empty());
    errand.paths = {};
    errand.kind = ErrandKind{200};
    BOOST_TEST(encoded(errand).empty());
    errand.kind = ErrandKind::create_home;
    auto bytes = encoded(errand);
    bytes[7] = '\xC8';  // the kind
    BOOST_TEST(!decode_errand(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(a_word_keeps_bytes_that_are_no_text) {
    Word word;
    word.kind = WordKind::item;
    word.item = ItemKind::file;
    word.path = std::string_view("/home/alice/a\nb\xFF", 16);
    word.bytes = 10ULL << 30;
    const auto bytes = encoded(word);
    const auto read = decode_word(bytes);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->path == word.path);
    BOOST_TEST(read->bytes == 10ULL << 30);
    BOOST_TEST(read->error.empty());
}

BOOST_AUTO_TEST_SUITE_END()
