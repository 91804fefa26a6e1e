// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/errands/legacy.h"

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

Owned owned(std::initializer_list<ErrandItem> items) {
    Owned all;
    for (const auto& item : items) all.add(item, "/home/al");
    return all;
}

std::string open_in(const Owned& all, const Legacy& legacy) {
    const auto settled = all.check_settled("al", legacy);
    return settled ? "" : settled.error().message;
}

const ErrandItem in_home{wire::ItemKind::file, "/home/al/a", {}, 1};
const ErrandItem beside_home{wire::ItemKind::file, "/home/alice/b", {}, 1};
const ErrandItem process{wire::ItemKind::process, "sleep", {}, 0};

}  // namespace

BOOST_AUTO_TEST_SUITE(legacy)

BOOST_AUTO_TEST_CASE(who_owns_nothing_goes_without_a_word) {
    BOOST_TEST(open_in(owned({}), {}) == "");
    BOOST_TEST(open_in(owned({{wire::ItemKind::note, "/home/al", "unreadable", 0}}), {}) == "");
}

BOOST_AUTO_TEST_CASE(what_lies_in_the_home_or_runs_wants_a_word_on_the_home) {
    const Owned all = owned({in_home, process});
    BOOST_TEST(open_in(all, {}) == "al still owns 1 file (/home/al/a) in the home; 1 process or job (sleep)");
    BOOST_TEST(all.runs());
    Legacy keep;
    keep.home = Legacy::Home::keep;
    BOOST_TEST(open_in(all, keep) == "");
}

BOOST_AUTO_TEST_CASE(files_elsewhere_want_an_heir) {
    const Owned all = owned({beside_home});
    Legacy keep;
    keep.home = Legacy::Home::keep;
    BOOST_TEST(open_in(all, keep) == "al still owns 1 file (/home/alice/b)");
    Legacy given;
    given.heir = User();
    BOOST_TEST(open_in(all, given) == "");
}

BOOST_AUTO_TEST_CASE(only_a_few_are_named) {
    const Owned all = owned({beside_home, beside_home, beside_home, beside_home});
    BOOST_TEST(open_in(all, {}) == "al still owns 4 files (/home/alice/b, /home/alice/b, /home/alice/b, …)");
}

BOOST_AUTO_TEST_SUITE_END()
