// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/frame.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace userd::wire;

namespace {

std::string frame_with(std::initializer_list<std::pair<int, std::string>> fields) {
    std::array<char, max_frame> buffer;
    FrameWriter writer(buffer, Kind::login_answer);
    for (const auto& [tag, bytes] : fields) writer.put(static_cast<std::uint8_t>(tag), bytes);
    return {buffer.data(), writer.size()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(frame)

BOOST_AUTO_TEST_CASE(bytes_on_the_wire_are_as_documented) {
    BOOST_TEST(frame_with({{7, "hi"}}) == std::string("\x01\x02\x07\x02\0\0\0hi", 9));
}

BOOST_AUTO_TEST_CASE(fields_come_back_as_they_were_put) {
    std::array<char, 64> buffer;
    FrameWriter writer(buffer, Kind::keys_reply);
    writer.put(200, "text");
    writer.put(3, "");
    writer.put_number(4, std::uint64_t{0x0123456789ABCDEF});
    writer.put_number(5, std::uint8_t{0xFF});
    const auto frame = Frame::parse({buffer.data(), writer.size()});
    BOOST_REQUIRE(frame.has_value());
    BOOST_TEST((frame->kind() == Kind::keys_reply));
    BOOST_TEST(frame->version() == current_version);
    BOOST_TEST(frame->find(200).value() == "text");
    BOOST_TEST(frame->find(3).value().empty());
    BOOST_TEST(frame->number<std::uint64_t>(4).value() == 0x0123456789ABCDEF);
    BOOST_TEST(frame->number<std::uint8_t>(5).value() == 0xFF);
    BOOST_TEST(!frame->find(6).has_value());
}

BOOST_AUTO_TEST_CASE(a_number_of_another_width_is_none) {
    const auto bytes = frame_with({{1, "abcd"}});
    const auto frame = Frame::parse(bytes);
    BOOST_REQUIRE(frame.has_value());
    BOOST_TEST(frame->number<std::uint32_t>(1).has_value());
    BOOST_TEST(!frame->number<std::uint64_t>(1).has_value());
    BOOST_TEST(!frame->number<std::uint8_t>(1).has_value());
}

BOOST_AUTO_TEST_CASE(every_truncation_inside_a_field_is_refused) {
    const auto bytes = frame_with({{1, "abcd"}, {2, ""}, {3, "x"}});
    const std::size_t ends[] = {2, 11, 16, 22};  // header, and behind each field
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const bool whole = std::find(std::begin(ends), std::end(ends), size) != std::end(ends);
        const std::string exact(bytes, 0, size);  // its own allocation: a sanitizer sees a byte too far
        BOOST_TEST(Frame::parse(exact).has_value() == whole, size);
    }
}

BOOST_AUTO_TEST_CASE(a_length_that_claims_more_than_is_there_is_refused) {
    for (const char* length : {"\x02\0\0\0", "\xff\xff\xff\xff", "\xfb\xff\xff\xff", "\0\0\0\x80"})
        BOOST_TEST(!Frame::parse("\x01\x02\x07" + std::string(length, 4) + "x").has_value());
}

BOOST_AUTO_TEST_CASE(a_tag_given_twice_is_refused) {
    for (int tag : {0, 1, 63, 64, 255}) {
        const std::string once = frame_with({{tag, "a"}});
        BOOST_TEST(Frame::parse(once).has_value(), tag);
        BOOST_TEST(!Frame::parse(frame_with({{tag, "a"}, {9, ""}, {tag, "b"}})).has_value(), tag);
    }
}

BOOST_AUTO_TEST_CASE(only_the_current_and_the_previous_version_are_spoken) {
    auto bytes = frame_with({{1, "a"}});
    for (int version = 0; version < 256; ++version) {
        bytes[0] = static_cast<char>(version);
        BOOST_TEST(Frame::parse(bytes).has_value() ==
                   (version >= oldest_version && version <= current_version));
    }
}

BOOST_AUTO_TEST_CASE(a_writer_without_room_says_so_and_stays_inside) {
    for (std::size_t room = 0; room < 16; ++room) {
        std::string buffer(room + 1, '#');
        FrameWriter writer({buffer.data(), room}, Kind::keys_reply);
        writer.put(1, "123456789");  // 2 + 5 + 9
        writer.put(2, "");
        BOOST_TEST(writer.size() == 0U, room);
        BOOST_TEST(buffer[room] == '#', room);
    }
}

BOOST_AUTO_TEST_SUITE_END()
