// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/view.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "common/snapshot/reader.h"
#include "tests/support/snapshot/model.h"
#include "tests/support/snapshot/published.h"

using namespace userd;
using namespace userd::test;
using namespace userd::snapshot;

namespace {

std::int64_t now_is = 0;
std::int64_t fake_now() {
    return now_is;
}

using Names = std::vector<std::string>;
using Gids = std::vector<std::uint32_t>;

struct Crew : Published {
    Crew() {
        const char* names[] = {"anna", "bert", "cleo"};
        for (std::uint32_t i = 0; i < 3; ++i) source.put_user(MemorySource::user(70000 + i, names[i]));
        source.put_group(90000, "crew");
    }
    void start() {
        BOOST_REQUIRE(publisher->start());
        reader.emplace(path.c_str(), "", ::geteuid());
    }
    template <typename Ask>
    auto look(Ask ask) {
        const auto lease = reader->lease();
        return ask(lease.view());
    }
    Names crew() {
        return look([](const View& view) { return members(view, view.find_group(90000), fake_now); });
    }
    Gids groups_of(const char* name) {
        return look([name](const View& view) {
            return test::groups_of(view, *view.find_user(name).record, fake_now);
        });
    }
    std::string path = folder();
    std::optional<Reader> reader;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(view)

BOOST_AUTO_TEST_CASE(a_membership_ends_at_its_second_on_both_sides) {
    Crew crew;
    crew.source.join(90000, 70000);
    crew.source.join(90000, 70001, 1000);
    crew.source.join(90000, 70002, 2000);
    crew.start();
    now_is = 999;
    BOOST_TEST(crew.crew() == (Names{"anna", "bert", "cleo"}));
    now_is = 1000;
    BOOST_TEST(crew.crew() == (Names{"anna", "cleo"}));
    BOOST_TEST(crew.groups_of("bert") == Gids{});
    BOOST_TEST(crew.groups_of("cleo") == Gids{90000});
    now_is = 3000;
    BOOST_TEST(crew.crew() == Names{"anna"});
}

BOOST_AUTO_TEST_CASE(an_end_that_is_set_moved_or_lifted_later_counts) {
    Crew crew;
    crew.source.join(90000, 70000);
    crew.source.join(90000, 70001, 1000);
    crew.source.join(90000, 70002, 1000);
    crew.start();
    crew.source.join(90000, 70000, 1500);
    crew.source.join(90000, 70001, 1500);
    crew.source.join(90000, 70002, 0);
    BOOST_REQUIRE(crew.publisher->publish());
    now_is = 1200;
    BOOST_TEST(crew.crew() == (Names{"anna", "bert", "cleo"}));
    now_is = 1500;
    BOOST_TEST(crew.crew() == Names{"cleo"});
}

BOOST_AUTO_TEST_CASE(a_change_of_a_big_group_is_small) {
    Crew crew;
    for (std::uint32_t i = 0; i < 5000; ++i) {
        crew.source.put_user(MemorySource::user(71000 + i, "member" + std::to_string(i)));
        crew.source.join(90000, 71000 + i);
    }
    crew.start();
    crew.source.join(90000, 70000);
    crew.source.leave(90000, 71007);
    BOOST_REQUIRE(crew.publisher->publish());
    const Names now = crew.crew();
    BOOST_TEST(now.size() == 5000U);
    BOOST_TEST(std::count(now.begin(), now.end(), "anna") == 1);
    BOOST_TEST(std::count(now.begin(), now.end(), "member7") == 0);
    BOOST_TEST(std::filesystem::file_size(publish::delta_path(crew.folder(), 1, 1)) < 2000U);
}

BOOST_AUTO_TEST_CASE(a_renamed_member_is_listed_by_the_new_name_and_touches_one_record) {
    Crew crew;
    for (std::uint32_t i = 0; i < 3; ++i) crew.source.join(90000, 70000 + i);
    crew.start();
    crew.source.put_user(MemorySource::user(70001, "berta"));
    BOOST_REQUIRE(crew.publisher->publish());
    BOOST_TEST(crew.crew() == (Names{"anna", "berta", "cleo"}));
    crew.look([](const View& view) { BOOST_TEST(view.delta().header().groups.size == 0U); });
}

BOOST_AUTO_TEST_CASE(an_enumeration_goes_on_over_a_change_of_base_and_delta) {
    Published published({.records = 3, .bytes = 1U << 20U});
    for (std::uint32_t i = 0; i < 30; ++i)
        published.source.put_user(MemorySource::user(70000 + 10 * i, "u" + std::to_string(i)));
    BOOST_REQUIRE(published.publisher->start());
    const std::string folder = published.folder();
    Reader reader(folder.c_str(), "", ::geteuid());
    Position position;
    std::vector<std::uint32_t> seen;
    for (std::uint32_t i = 0;; ++i) {
        {
            const auto lease = reader.lease();
            const auto user = lease.view().next_user(position);
            if (user.status != Status::found) break;
            seen.push_back(user.record->uid);
        }
        // one behind the cursor, which must not come any more, and one before it, which may
        if (i < 12) {
            published.source.put_user(MemorySource::user(70001 + i, "behind" + std::to_string(i)));
            published.source.put_user(MemorySource::user(80000 + i, "ahead" + std::to_string(i)));
            BOOST_REQUIRE(published.publisher->publish());
            if (i % 4 == 3) published.settle();
        }
    }
    BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
    BOOST_TEST((std::adjacent_find(seen.begin(), seen.end()) == seen.end()));
    for (std::uint32_t i = 0; i < 30; ++i)
        BOOST_TEST((std::find(seen.begin(), seen.end(), 70000 + 10 * i) != seen.end()), i);
    for (std::uint32_t i = 0; i < 12; ++i)
        BOOST_TEST((std::find(seen.begin(), seen.end(), 80000 + i) != seen.end()), i);
}

BOOST_AUTO_TEST_SUITE_END()
