// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/ssh_key_file.h"

#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

BOOST_AUTO_TEST_SUITE(ssh_key_file)

BOOST_AUTO_TEST_CASE(each_line_is_a_key_and_comments_are_not) {
    const auto keys = parse_keys("# mine\n\nssh-ed25519 AAAA alice@laptop\r\n  ssh-rsa BBBB x\n", "keys");
    BOOST_TEST(keys.value() == (std::vector<std::string>{"ssh-ed25519 AAAA alice@laptop", "ssh-rsa BBBB x"}));
}

BOOST_AUTO_TEST_CASE(a_private_key_is_never_sent) {
    const auto keys = parse_keys("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "id_ed25519");
    BOOST_REQUIRE(!keys);
    BOOST_TEST((keys.error().exit == Exit::invalid));
}

BOOST_AUTO_TEST_CASE(a_file_without_a_key_is_refused) {
    BOOST_TEST(!parse_keys("# nothing\n", "keys"));
}

BOOST_AUTO_TEST_SUITE_END()
