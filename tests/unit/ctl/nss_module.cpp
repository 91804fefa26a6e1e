// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/nss_module.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

BOOST_AUTO_TEST_SUITE(nss_module)

BOOST_AUTO_TEST_CASE(the_hosts_own_files_answer_by_name_and_in_turn) {
    auto files = NssModule::open("files");
    BOOST_REQUIRE_MESSAGE(files, (files ? "" : files.error().message));
    const auto root = files->find_user("root");
    BOOST_REQUIRE(root && *root);
    BOOST_TEST((*root)->uid == 0U);
    BOOST_TEST((*root)->home == "/root");
    const auto group = files->find_group("root");
    BOOST_REQUIRE(group && *group);
    BOOST_TEST((*group)->gid == 0U);
    const auto groups = files->groups_of(**root);
    BOOST_REQUIRE(groups && *groups);
    BOOST_TEST((*groups)->front() == 0U);
    const auto all = files->list_users();
    BOOST_REQUIRE(all);
    BOOST_TEST(!all->empty());
}

BOOST_AUTO_TEST_CASE(who_is_not_there_is_none) {
    auto files = NssModule::open("files");
    BOOST_REQUIRE(files);
    const auto nobody = files->find_user("no-such-user-here");
    BOOST_REQUIRE(nobody);
    BOOST_TEST(!nobody->has_value());
}

BOOST_AUTO_TEST_CASE(a_name_is_a_word_and_never_a_path) {
    for (const char* name : {"", "../evil", "a/b", "SSS", "a b", "files.so"}) {
        const auto source = NssModule::open(name);
        BOOST_REQUIRE(!source);
        BOOST_TEST((source.error().exit == Exit::usage));
    }
    const auto source = NssModule::open("nosuchsource");
    BOOST_REQUIRE(!source);
    BOOST_TEST((source.error().exit == Exit::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
