// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/state/plan.h"

#include <fmt/ranges.h>

#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;
using namespace userd::state;
using store::Membership;

namespace {

Membership in(const char* name, std::optional<Time> until = {}) {
    return {{}, name, 0, until, true, until};
}
std::string joined(const Names& names) {
    return fmt::format("{}", fmt::join(names, ","));
}
const Time later = from_unix(2'000'000'000);

}  // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(an_exact_list_leaves_timed_and_otherwise_governed_memberships_alone) {
    const MembershipRule rule{false, false, [](std::string_view group) { return group == "governed"; }};
    const auto delta =
        compare_memberships({in("a"), in("b"), in("governed"), in("t", later)}, {"a", "c"}, rule);
    BOOST_TEST(joined(delta.add) == "c");
    BOOST_TEST(joined(delta.remove) == "b");
    BOOST_REQUIRE(delta.kept.size() == 1U);
    BOOST_TEST(delta.kept[0].group == "t");
}

BOOST_AUTO_TEST_CASE(strict_takes_timed_ones_and_at_least_takes_no_standing_one) {
    BOOST_TEST(joined(compare_memberships({in("a"), in("t", later)}, {}, {false, true, {}}).remove) == "a,t");
    BOOST_TEST(compare_memberships({in("a"), in("t", later)}, {}, {true, false, {}}).empty());
    BOOST_TEST(joined(compare_memberships({in("a"), in("t", later)}, {}, {true, true, {}}).remove) == "t");
}

BOOST_AUTO_TEST_CASE(the_limit_of_pruning_is_a_share_or_a_number) {
    BOOST_TEST(check_prune_limit(0, 0, "5%").has_value());
    BOOST_TEST(check_prune_limit(5, 100, "5%").has_value());
    BOOST_TEST(!check_prune_limit(6, 100, "5%").has_value());
    BOOST_TEST(!check_prune_limit(1, 19, "5%").has_value());
    BOOST_TEST(check_prune_limit(3, 3, "3").has_value());
    BOOST_TEST(!check_prune_limit(4, 1000, "3").has_value());
    BOOST_TEST(!check_prune_limit(1, 1000, "many").has_value());
}

BOOST_AUTO_TEST_CASE(the_reply_names_changes_and_no_secret) {
    Plan plan{.set = "s", .generation = 3, .unchanged = 2};
    ObjectPlan alice{.name = "alice", .deed = Deed::change};
    alice.changes.push_back({"shell", std::string("/bin/sh"), std::string("/bin/bash"), {}, {}});
    alice.changes.push_back({"groups", {}, {}, {"ops"}, {"web"}});
    alice.kept.push_back({"sudo", later});
    plan.objects.push_back(alice);
    BOOST_TEST(
        to_json(plan) ==
        R"({"changed":false,"generation":3,"notes":[],"problems":[],"set":"s","unchanged":2,"groups":[],)"
        R"("users":[{"changes":[{"after":"/bin/bash","before":"/bin/sh","field":"shell"},)"
        R"({"added":["ops"],"field":"groups","removed":["web"]}],"deed":"change",)"
        R"("kept":[{"group":"sudo","until":2000000000}],"name":"alice"}]})");
}

BOOST_AUTO_TEST_SUITE_END()
