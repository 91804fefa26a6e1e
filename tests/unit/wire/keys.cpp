// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/keys.h"

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

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(request_arrives_as_it_was_sent) {
    const auto bytes = encoded(KeysRequest{"alice", ""});
    const auto request = decode_keys_request(bytes);
    BOOST_REQUIRE(request.has_value());
    BOOST_TEST(request->user == "alice");
    BOOST_TEST(request->service.empty());
    BOOST_TEST(encoded(KeysRequest{"", "sshd"}).empty());
    BOOST_TEST(encoded(KeysRequest{std::string(256, 'x'), ""}).empty());
}

BOOST_AUTO_TEST_CASE(a_full_frame_of_keys_arrives) {
    const std::string lines(max_keys_text, 'k');
    const auto bytes = encoded(KeysReply{lines, true});
    const auto reply = decode_keys_reply(bytes);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->lines == lines);
    BOOST_TEST(reply->more);
    BOOST_TEST(encoded(KeysReply{lines + "k", false}).empty());
    BOOST_TEST(!decode_keys_request(bytes).has_value());
}

BOOST_AUTO_TEST_CASE(no_flipped_byte_and_no_truncation_gets_past_the_limits) {
    const auto good = encoded(KeysRequest{"alice", "sshd"});
    for (std::size_t i = 0; i < good.size(); ++i) {
        BOOST_TEST((!decode_keys_request(std::string(good, 0, i)) || i > 11));  // the user alone is enough
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            if (const auto request = decode_keys_request(bad)) BOOST_TEST(!request->user.empty());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
