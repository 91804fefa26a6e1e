// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/local_groups.h"

#include <boost/test/unit_test.hpp>
#include <string_view>

using userd::snapshot::LocalGroups;

namespace {

LocalGroups parse(std::string_view text, std::size_t piece = 1000) {
    LocalGroups groups;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        groups.feed(text.data(), std::min(piece, text.size()));
    groups.finish();
    return groups;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(local_groups)

BOOST_AUTO_TEST_CASE(listed_gids_are_accepted_in_pieces_of_any_size) {
    for (const std::size_t piece : {1U, 3U, 1000U}) {
        const auto groups = parse("# may be handed out\nsudo:27\nadm:4\n\nlast:999", piece);
        for (const unsigned gid : {27U, 4U, 999U}) BOOST_TEST(groups.contains(gid), gid);
        for (const unsigned gid : {0U, 1U, 2U, 7U, 28U, 998U, 1000U, 70000U, 0xFFFFFFFFU})
            BOOST_TEST(!groups.contains(gid), gid);
    }
}

BOOST_AUTO_TEST_CASE(root_and_lines_of_another_shape_never_count) {
    const auto groups = parse(
        "root:0\nzero:00\n:5\n#six:6\nseven:7x\neight: 8\nnine:-9\nten:1000\nbig:4294967306\n11\n"
        "twelve:12:12\n13:\n");
    for (unsigned gid = 0; gid < 1000; ++gid) BOOST_TEST(!groups.contains(gid), gid);
}

BOOST_AUTO_TEST_SUITE_END()
