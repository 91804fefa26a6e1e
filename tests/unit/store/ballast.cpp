// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/ballast.h"

#include <sodium.h>
#include <sys/stat.h>

#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/small_disk.h"

using namespace userd;
using namespace userd::test;
using store::Ballast;
using store::Purpose;
using store::Store;

namespace {

bool refuses_for_space(const Result<store::Change>& change) {
    return !change && change.error().code == Errc::no_space;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ballast_itself)

BOOST_AUTO_TEST_CASE(it_is_really_written_and_given_up_once) {
    BOOST_REQUIRE(sodium_init() >= 0);
    const TemporaryFolder folder;
    const Ballast ballast(folder / "userd.db");
    BOOST_TEST(!ballast.is_held());
    must(ballast.make());
    must(ballast.make());
    BOOST_TEST(ballast.is_held());
    struct stat about {};
    BOOST_REQUIRE(::stat((folder / "ballast").c_str(), &about) == 0);
    BOOST_TEST(about.st_blocks * 512 >= static_cast<off_t>(Ballast::size));
    BOOST_TEST((about.st_mode & 07777) == 0600U);
    BOOST_TEST(ballast.give_up());
    BOOST_TEST(!ballast.give_up());
}

BOOST_AUTO_TEST_CASE(where_it_does_not_fit_nothing_of_it_stays) {
    on_a_small_disk([](const std::string& folder) {
        fill_disk(folder);
        const auto made = Ballast(folder + "/userd.db").make();
        check("refused for space", !made && made.error().code == Errc::no_space);
        check("nothing stays", std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_change_never_takes_it_and_waits_until_it_is_back) {
    on_a_small_disk([](const std::string& folder) {
        auto store = must(Store::open(folder + "/userd.db"));
        must(Ballast(store->path()).make());
        fill_disk(folder);
        {
            auto change = must(store->begin());
            Result<void> written;
            for (int i = 1; i < 200 && written; ++i)
                written = store->users().insert(
                    sample_user(i, "u" + std::to_string(i), 70000 + static_cast<std::uint32_t>(i)), "");
            if (written) written = change.commit();
            check("a change meets the full disk", !written && written.error().code == Errc::no_space);
        }
        check("and leaves the ballast", Ballast(store->path()).is_held());
        store->give_up_ballast();
        check("now there is room", !Ballast(store->path()).is_held());
        check("not for a change", refuses_for_space(store->begin()));
        {
            auto login = must(store->begin(Purpose::login));
            must(store->users().insert(sample_user(1, "one", 70001), ""));
            must(login.commit());
        }
        std::filesystem::remove(folder + "/filler");
        check("with space again a change goes on", store->begin().has_value());
        check("and the ballast is back", Ballast(store->path()).is_held());
    });
}

BOOST_AUTO_TEST_SUITE_END()
