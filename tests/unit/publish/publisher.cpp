// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/publish/publisher.h"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>

#include "common/snapshot/reader.h"
#include "tests/support/snapshot/model.h"
#include "tests/support/snapshot/published.h"

using namespace userd;
using namespace userd::test;
using snapshot::Reader;
using snapshot::Status;

namespace {

// A reader keeps pointers to its texts and is never taken down: each test makes one for its folder.
class Eyes {
 public:
    explicit Eyes(const std::string& folder) : folder_(folder), reader_(folder_.c_str(), "", ::geteuid()) {}
    Reader::Lease look() { return reader_.lease(); }

 private:
    std::string folder_;
    Reader reader_;
};

std::vector<std::string> differences(Published& published, Eyes& eyes) {
    const auto lease = eyes.look();
    if (lease.state() != Reader::State::ready) return {"unavailable"};
    return differences(lease.view(), published.source);
}

void fill(MemorySource& source, std::uint32_t users) {
    source.together([&] {
        for (std::uint32_t i = 0; i < users; ++i)
            source.put_user(MemorySource::user(70000 + i, "user" + std::to_string(i)));
        for (std::uint32_t g = 0; g < 5; ++g) {
            source.put_group(90000 + g, "group" + std::to_string(g));
            for (std::uint32_t i = g; i < users; i += g + 2) source.join(90000 + g, 70000 + i);
        }
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(publisher)

BOOST_AUTO_TEST_CASE(an_empty_directory_is_published_and_answers_not_found) {
    Published published;
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    const auto lease = eyes.look();
    BOOST_REQUIRE((lease.state() == Reader::State::ready));
    BOOST_TEST((lease.view().find_user("alice").status == Status::none));
    BOOST_TEST((lease.view().find_user(70000).status == Status::none));
    BOOST_TEST(differences(lease.view(), published.source).empty());
}

BOOST_AUTO_TEST_CASE(a_change_is_visible_when_publish_returns) {
    Published published;
    fill(published.source, 300);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    BOOST_TEST(differences(published, eyes).empty());

    published.source.put_user(MemorySource::user(71000, "newcomer"));
    BOOST_REQUIRE(published.publisher->publish());
    const auto lease = eyes.look();
    BOOST_TEST((lease.view().find_user("newcomer").status == Status::found));
    BOOST_TEST(lease.view().generation() == published.source.generation().value());
    BOOST_TEST(published.publisher->generation() == published.source.generation().value());
}

BOOST_AUTO_TEST_CASE(a_renamed_user_is_found_under_the_new_name_only_and_keeps_the_groups) {
    Published published;
    fill(published.source, 50);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    published.source.put_user(MemorySource::user(70004, "renamed"));
    BOOST_REQUIRE(published.publisher->publish());
    const auto lease = eyes.look();
    BOOST_TEST((lease.view().find_user("user4").status == Status::none));
    BOOST_TEST((lease.view().find_group("user4").status == Status::none));
    BOOST_TEST(lease.view().find_user("renamed").record->uid == 70004U);
    BOOST_TEST(differences(lease.view(), published.source).empty());
}

BOOST_AUTO_TEST_CASE(a_freed_name_may_be_borne_by_another) {
    Published published;
    fill(published.source, 50);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    published.source.put_user(MemorySource::user(70004, "before"));
    published.source.put_user(MemorySource::user(72000, "user4"));
    published.source.remove_group(90001);
    published.source.put_group(95000, "group1");
    BOOST_REQUIRE(published.publisher->publish());
    BOOST_TEST(differences(published, eyes).empty());
    const auto lease = eyes.look();
    BOOST_TEST(lease.view().find_user("user4").record->uid == 72000U);
    BOOST_TEST((lease.view().find_group(90001).status == Status::none));
}

BOOST_AUTO_TEST_CASE(deleting_a_user_takes_it_from_its_groups_and_its_private_group_away) {
    Published published;
    fill(published.source, 50);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    published.source.remove_user(70006);
    BOOST_REQUIRE(published.publisher->publish());
    BOOST_TEST(differences(published, eyes).empty());
    const auto lease = eyes.look();
    BOOST_TEST((lease.view().find_user(70006).status == Status::none));
    BOOST_TEST((lease.view().find_group(70006).status == Status::none));
}

BOOST_AUTO_TEST_CASE(a_private_group_with_members_is_answered_from_its_own_record) {
    Published published;
    fill(published.source, 5);
    published.source.put_group(70001, "user1");
    published.source.join(70001, 70002);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    BOOST_TEST(differences(published, eyes).empty());
    {
        const auto lease = eyes.look();
        BOOST_TEST(members(lease.view(), lease.view().find_group("user1")) ==
                   std::vector<std::string>{"user2"});
    }
    published.source.remove_group(70001);
    BOOST_REQUIRE(published.publisher->publish());
    const auto lease = eyes.look();
    BOOST_TEST(lease.view().find_group("user1").is_private);
}

BOOST_AUTO_TEST_CASE(unlisted_users_are_answered_but_not_enumerated) {
    Published published;
    auto user = MemorySource::user(70000, "hidden");
    user.listed = false;
    published.source.put_user(user);
    published.source.put_group(90000, "secret", false);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    const auto lease = eyes.look();
    BOOST_TEST((lease.view().find_user("hidden").status == Status::found));
    BOOST_TEST((lease.view().find_group("secret").status == Status::found));
    snapshot::Position position;
    BOOST_TEST((lease.view().next_user(position).status == Status::none));
    position = {};
    BOOST_TEST((lease.view().next_group(position).status == Status::none));
}

// Whatever happens to a directory, in whatever order, over bases, deltas and restarts: each view tells the
// truth.
BOOST_AUTO_TEST_CASE(any_sequence_of_changes_is_shown_as_it_is) {
    std::mt19937 random(20260101);
    const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
    Published published({.records = 60, .bytes = 1U << 20U});
    MemorySource& source = published.source;
    fill(source, 40);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());

    const auto some_user = [&] {
        return std::next(source.users().begin(), below(source.users().size()))->first;
    };
    const auto some_group = [&] {
        return std::next(source.groups().begin(), below(source.groups().size()))->first;
    };
    std::uint32_t next_id = 75000;
    for (int i = 0; i < 1500; ++i) {
        switch (below(10)) {
            case 0:
                source.put_user(MemorySource::user(next_id, "new" + std::to_string(next_id))), ++next_id;
                break;
            case 1:
                source.put_user(
                    MemorySource::user(some_user(), "name" + std::to_string(below(60) + 100 * (i + 1))));
                break;
            case 2:
                if (source.users().size() > 20) source.remove_user(some_user());
                break;
            case 3:
                source.put_group(next_id, "team" + std::to_string(next_id)), ++next_id;
                break;
            case 4:
                source.put_group(some_group(), "group" + std::to_string(below(50) + 100 * (i + 1)));
                break;
            case 5:
                if (source.groups().size() > 3) source.remove_group(some_group());
                break;
            case 6:
            case 7:
            case 8:
                source.join(some_group(), some_user());
                break;
            case 9:
                source.leave(some_group(), some_user());
                break;
        }
        if (below(3) != 0) continue;
        BOOST_REQUIRE(published.publisher->publish());
        if (below(20) == 0) published.settle();
        if (below(40) == 0) {
            published.restart();
            BOOST_REQUIRE(published.publisher->start());
        }
        const auto found = differences(published, eyes);
        BOOST_REQUIRE_MESSAGE(found.empty(), "step " << i << ": " << (found.empty() ? "" : found.front()));
    }
}

BOOST_AUTO_TEST_CASE(past_the_bound_a_worker_makes_the_next_base_and_old_files_go) {
    Published published({.records = 10, .bytes = 1U << 20U});
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    for (std::uint32_t i = 0; i < 30; ++i) {
        published.source.put_user(MemorySource::user(80000 + i, "late" + std::to_string(i)));
        BOOST_REQUIRE(published.publisher->publish());
    }
    published.settle();
    const auto lease = eyes.look();
    BOOST_TEST(lease.view().base().header().base >= 2U);
    BOOST_TEST(published.source.oldest() == lease.view().base().header().generation);
    BOOST_TEST(differences(lease.view(), published.source).empty());
    BOOST_TEST(published.count_files("base.") == 1U);
    BOOST_TEST(published.count_files("delta.") <= 1U);
}

BOOST_AUTO_TEST_CASE(a_restart_builds_upon_the_base_that_is_there) {
    Published published;
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    published.settle();
    published.source.put_user(MemorySource::user(80000, "meanwhile"));
    published.restart();
    BOOST_REQUIRE(published.publisher->start());
    Eyes eyes(published.folder());
    const auto lease = eyes.look();
    BOOST_TEST(lease.view().base().header().base == 1U);
    BOOST_TEST(lease.view().delta().is_open());
    BOOST_TEST(differences(lease.view(), published.source).empty());
}

BOOST_AUTO_TEST_CASE(a_base_of_another_store_or_of_forgotten_times_is_not_built_upon) {
    Published published;
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    for (int round = 0; round < 2; ++round) {
        published.settle();
        published.source.put_user(MemorySource::user(80000 + round, "x" + std::to_string(round)));
        round == 0 ? published.source.set_store_id(78) : published.source.forget_changes();
        published.restart();
        BOOST_REQUIRE(published.publisher->start());
        Eyes eyes(published.folder());
        const auto lease = eyes.look();
        BOOST_TEST(lease.view().base().header().base == 2U + round);
        BOOST_TEST(!lease.view().delta().is_open());
        BOOST_TEST(differences(lease.view(), published.source).empty());
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_base_is_found_after_the_start_and_replaced) {
    Published published;
    fill(published.source, 200);
    BOOST_REQUIRE(published.publisher->start());
    published.settle();
    {
        std::fstream base(published.folder() + "/base.1", std::ios::in | std::ios::out | std::ios::binary);
        base.seekp(5000);
        base.write("damage", 6);
    }
    published.restart();
    BOOST_REQUIRE(published.publisher->start());
    published.settle();
    Eyes eyes(published.folder());
    const auto lease = eyes.look();
    BOOST_TEST(lease.view().base().header().base == 2U);
    BOOST_TEST(differences(lease.view(), published.source).empty());
}

BOOST_AUTO_TEST_CASE(a_rebuild_believes_nothing_of_what_the_folder_holds) {
    Published published;
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    for (const auto& entry : std::filesystem::directory_iterator(published.folder()))
        std::filesystem::remove(entry.path());
    published.source.put_user(MemorySource::user(80000, "one"));
    BOOST_REQUIRE(published.publisher->rebuild());
    Eyes eyes(published.folder());
    BOOST_TEST(differences(published, eyes).empty());
    published.source.put_user(MemorySource::user(80001, "two"));
    BOOST_REQUIRE(published.publisher->publish());
    published.settle();
    BOOST_TEST(differences(published, eyes).empty());
}

BOOST_AUTO_TEST_CASE(a_failed_write_changes_nothing_and_the_next_publication_makes_good_for_it) {
    Published published;
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    published.settle();
    Eyes eyes(published.folder());
    (void)eyes.look();
    const std::string aside = published.folder() + ".aside";
    std::filesystem::rename(published.folder(), aside);
    published.source.put_user(MemorySource::user(80000, "first"));
    const auto failed = published.publisher->publish();
    BOOST_REQUIRE(!failed);
    BOOST_TEST((failed.error().code == Errc::io));
    BOOST_TEST((eyes.look().view().find_user("first").status == Status::none));

    std::filesystem::rename(aside, published.folder());
    published.source.put_user(MemorySource::user(80001, "second"));
    BOOST_REQUIRE(published.publisher->publish());
    BOOST_TEST(differences(published, eyes).empty());
}

BOOST_AUTO_TEST_CASE(a_start_that_failed_is_made_good_by_the_next_publication) {
    Published published;
    fill(published.source, 20);
    published.source.fail_listings(true);
    BOOST_TEST(!published.publisher->start());
    BOOST_TEST(!published.publisher->publish());
    published.source.fail_listings(false);
    BOOST_REQUIRE(published.publisher->publish());
    Eyes eyes(published.folder());
    BOOST_TEST(differences(published, eyes).empty());
}

BOOST_AUTO_TEST_CASE(a_base_that_cannot_be_made_leaves_the_old_one_in_use) {
    Published published({.records = 5, .bytes = 1U << 20U});
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    published.source.fail_listings(true);
    for (std::uint32_t i = 0; i < 12; ++i) {
        published.source.put_user(MemorySource::user(80000 + i, "late" + std::to_string(i)));
        BOOST_REQUIRE(published.publisher->publish());
        published.settle();
    }
    Eyes eyes(published.folder());
    BOOST_TEST(differences(published, eyes).empty());
    BOOST_TEST(published.count_files("base.") == 1U);
    published.source.fail_listings(false);
    for (std::uint32_t i = 0; i < 40; ++i) {
        published.source.put_user(MemorySource::user(81000 + i, "later" + std::to_string(i)));
        BOOST_REQUIRE(published.publisher->publish());
    }
    published.settle();
    BOOST_TEST(eyes.look().view().base().header().base > 1U);
}

BOOST_AUTO_TEST_CASE(what_is_shown_becomes_durable_and_superseded_deltas_go) {
    Published published;
    fill(published.source, 20);
    BOOST_REQUIRE(published.publisher->start());
    for (std::uint32_t i = 0; i < 8; ++i) {
        published.source.put_user(MemorySource::user(80000 + i, "n" + std::to_string(i)));
        BOOST_REQUIRE(published.publisher->publish());
    }
    published.settle();
    const auto control = publish::ControlFile::open(published.folder());
    BOOST_REQUIRE(control.has_value());
    BOOST_TEST((control->durable() == control->current()));
    BOOST_TEST(published.count_files("delta.") == 1U);
}

BOOST_AUTO_TEST_CASE(files_are_readable_by_all_and_writable_by_the_owner_only_whatever_the_umask) {
    const mode_t before = ::umask(0077);
    Published published;
    fill(published.source, 5);
    BOOST_REQUIRE(published.publisher->start());
    published.source.put_user(MemorySource::user(80000, "one"));
    BOOST_REQUIRE(published.publisher->publish());
    ::umask(before);
    struct stat info;
    BOOST_REQUIRE(::stat(published.folder().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777) == 0755U);
    for (const auto& entry : std::filesystem::directory_iterator(published.folder())) {
        BOOST_REQUIRE(::stat(entry.path().c_str(), &info) == 0);
        BOOST_TEST((info.st_mode & 07777) == 0644U, entry.path());
    }
}

BOOST_AUTO_TEST_SUITE_END()
