// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/remote.h"

#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

namespace {

using Words = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(remote)

BOOST_AUTO_TEST_CASE(ssh_gets_fixed_arguments_and_quoted_words) {
    BOOST_TEST(ssh_words("root@web1:2222", Words{"get", "it's; rm -rf /"}, false).value() ==
               (Words{"ssh", "-p", "2222", "--", "root@web1", "userctl", "'get'", "'it'\\''s; rm -rf /'"}));
    BOOST_TEST(ssh_words("web1", Words{"list"}, true).value() ==
               (Words{"ssh", "-t", "--", "web1", "userctl", "'list'"}));
}

BOOST_AUTO_TEST_CASE(addresses_of_version_6_are_understood) {
    BOOST_TEST(ssh_words("[2001:db8::1]:22", Words{}, false).value()[4] == "2001:db8::1");
    BOOST_TEST(ssh_words("2001:db8::1", Words{}, false).value()[2] == "2001:db8::1");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_is_refused) {
    for (const char* bad : {"", "-oProxyCommand=x", "web1:0", "web1:x", "root@"})
        BOOST_TEST(!ssh_words(bad, Words{}, false), bad);
}

BOOST_AUTO_TEST_CASE(the_banner_names_person_host_and_identity) {
    const std::string line = banner("admin@web1");
    BOOST_TEST(line.ends_with(" @ web1 as admin]"));
}

BOOST_AUTO_TEST_SUITE_END()
