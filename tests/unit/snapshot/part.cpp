// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/part.h"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <iterator>

#include "common/names.h"
#include "daemon/publish/table.h"
#include "tests/support/snapshot/exercise.h"
#include "tests/support/snapshot/published.h"

using namespace userd;
using namespace userd::test;
using namespace userd::snapshot;

namespace {

const std::vector<std::string> names = {"anna", "bert", "cleo", "renamed", "crew", "staff", "nobody-here"};
const std::vector<std::uint32_t> ids = {70000, 70001, 70002, 70003, 90000, 90001, 12345678};

std::vector<std::uint8_t> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A base and a delta in which every kind of record stands.
struct Files {
    Files() {
        const char* first[] = {"anna", "bert", "cleo", "dora"};
        for (std::uint32_t i = 0; i < 4; ++i) source().put_user(MemorySource::user(70000 + i, first[i]));
        source().put_group(90000, "crew");
        source().put_group(90001, "staff");
        for (std::uint32_t i = 0; i < 4; ++i) source().join(90000, 70000 + i, i == 2 ? 5'000'000'000 : 0);
        source().join(27, 70000, 5'000'000'000);
        BOOST_REQUIRE(published.publisher->start());
        source().put_user(MemorySource::user(70001, "renamed"));
        source().remove_user(70003);
        source().leave(90000, 70000);
        source().join(90000, 70002);
        source().remove_group(90001);
        source().put_user(MemorySource::user(70010, "newcomer"));
        source().join(90000, 70010, 5'000'000'000);
        BOOST_REQUIRE(published.publisher->publish());
        published.settle();
        base = read(publish::base_path(published.folder(), 1));
        delta = read(publish::delta_path(published.folder(), 1, 1));
    }
    MemorySource& source() { return published.source; }

    Published published;
    std::vector<std::uint8_t> base, delta;
};

// Opens both and asks for all; false when they were refused.
bool survives(Bytes base, Bytes delta) {
    Part lower, upper;
    View view;
    if (!lower.open(base.data(), base.size())) return false;
    if (delta.size() != 0 && !upper.open(delta.data(), delta.size())) return false;
    if (!view.open(lower, upper)) return false;
    exercise(view, names, ids);
    return true;
}

// Whether a user's record of that name, all else of it right, would be answered.
bool is_answered_as(const std::string& name) {
    alignas(8) std::byte bytes[128] = {};
    auto& user = *reinterpret_cast<User*>(bytes);
    user.size = sizeof bytes;
    user.uid = user.gid = 70001;
    user.name_size = static_cast<std::uint8_t>(name.size());
    user.home_at = static_cast<std::uint16_t>(name.size() + 2);  // name NUL gecos NUL home NUL shell NUL
    user.shell_at = static_cast<std::uint16_t>(name.size() + 3);
    user.strings_size = static_cast<std::uint16_t>(name.size() + 4);
    std::memcpy(bytes + name_offset, name.data(), name.size());
    return Part::as_user(*reinterpret_cast<const Record*>(bytes)) != nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(part)

BOOST_AUTO_TEST_CASE(whole_files_open_and_their_checksums_hold) {
    Files files;
    BOOST_TEST(survives(Bytes(files.base), Bytes(files.delta)));
    for (const auto* bytes : {&files.base, &files.delta}) {
        Bytes copy(*bytes);
        Part part;
        BOOST_REQUIRE(part.open(copy.data(), copy.size()));
        BOOST_TEST(part.is_whole());
        copy.data()[copy.size() / 2] ^= std::byte{1};
        BOOST_TEST(!part.is_whole());
    }
}

BOOST_AUTO_TEST_CASE(a_cut_file_is_refused_at_every_length) {
    Files files;
    for (std::size_t size = 0; size < files.base.size(); ++size) {
        Bytes cut(std::span(files.base).first(size));
        Part part;
        BOOST_REQUIRE(!part.open(cut.data(), cut.size()));
    }
}

BOOST_AUTO_TEST_CASE(a_changed_header_is_refused) {
    Files files;
    for (std::size_t at = 0; at < sizeof(Header); ++at) {
        Bytes bytes(files.base);
        bytes.data()[at] ^= std::byte{0x40};
        Part part;
        BOOST_REQUIRE(!part.open(bytes.data(), bytes.size()));
    }
}

BOOST_AUTO_TEST_CASE(no_byte_of_header_or_body_makes_a_reader_stumble) {
    Files files;
    const std::byte patterns[] = {std::byte{0xFF}, std::byte{0x01}, std::byte{0x80}};
    for (const std::byte pattern : patterns) {
        for (std::size_t at = 0; at < files.base.size(); ++at) {
            Bytes base(files.base);
            base.data()[at] ^= pattern;
            base.seal();
            survives(std::move(base), Bytes(files.delta));
        }
        for (std::size_t at = 0; at < files.delta.size(); ++at) {
            Bytes delta(files.delta);
            delta.data()[at] ^= pattern;
            delta.seal();
            survives(Bytes(files.base), std::move(delta));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_delta_of_another_base_is_refused) {
    Files one, other;
    BOOST_TEST(!survives(Bytes(one.base), Bytes(other.delta)));
    BOOST_TEST(!survives(Bytes(one.delta), Bytes(one.delta)));
    BOOST_TEST(!survives(Bytes(one.base), Bytes(one.base)));
}

BOOST_AUTO_TEST_CASE(no_entry_lies_beyond_the_probe_limit_and_no_search_goes_further) {
    publish::TableBuilder crowded(1000);
    const std::uint64_t same = 0x1234567800000000;
    for (std::uint32_t i = 0; i < probe_limit; ++i) BOOST_REQUIRE(crowded.insert(same, 8));
    BOOST_TEST(!crowded.insert(same, 8));
    BOOST_TEST(crowded.used() == probe_limit);
}

BOOST_AUTO_TEST_CASE(a_record_with_a_reserved_id_is_damage_not_an_answer) {
    Files files;
    Bytes base(files.base);
    auto& header = *reinterpret_cast<Header*>(base.data());
    auto& anna = *reinterpret_cast<User*>(base.data() + header.users.offset);
    anna.gid = 0;
    Part part, none;
    View view;
    BOOST_REQUIRE(part.open(base.data(), base.size()));
    BOOST_REQUIRE(view.open(part, none));
    BOOST_TEST((view.find_user("anna").status == Status::damaged));
    anna.gid = 70000;
    BOOST_TEST((view.find_user("anna").status == Status::found));
}

// The quick way over eight bytes at a time must not let through what the grammar refuses.
BOOST_AUTO_TEST_CASE(a_record_is_answered_only_under_a_name_that_the_grammar_allows) {
    int wrong = 0;
    for (std::size_t size = 1; size <= 17; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            for (int byte = 1; byte < 256; ++byte) {
                std::string name(size, 'a');
                name[at] = static_cast<char>(byte);
                wrong += is_answered_as(name) != is_lookup_name(name);
            }
        }
    }
    BOOST_TEST(wrong == 0);
    for (const char* name : {"7", "1234567890123456", "-a", ".", "..", "a,b:c", "\xC3\xA9", "a\xC3"})
        BOOST_TEST(is_answered_as(name) == is_lookup_name(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
