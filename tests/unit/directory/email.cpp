// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/email.h"

#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;

BOOST_AUTO_TEST_SUITE(email)

BOOST_AUTO_TEST_CASE(the_domain_is_folded_and_the_local_part_kept) {
    const auto email = must(Email::parse("Alice.B+x@Example.ORG", {}));
    BOOST_TEST(email.text == "Alice.B+x@example.org");
    BOOST_TEST(email.folded == "alice.b+x@example.org");
}

BOOST_AUTO_TEST_CASE(nothing_is_no_address) {
    BOOST_TEST(must(Email::parse("", {})).text.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
    for (const std::string text :
         {"alice", "@example.org", "alice@", "a b@example.org", "alice@-x.org", "alice@x..org", ".a@x.org",
          "a.@x.org", "a\n@x.org", "a@x.org\n", "ä@x.org", "a@[1.2.3.4]", "a@b@x.org"}) {
        const auto result = Email::parse(text, {});
        BOOST_TEST(code_of(result) == Errc::invalid, text);
        BOOST_TEST(result.error().field == "email");
    }
    BOOST_TEST(!Email::parse(std::string(65, 'a') + "@x.org", {}));
    BOOST_TEST(!Email::parse("a@" + std::string(64, 'a') + ".org", {}));
}

BOOST_AUTO_TEST_CASE(only_allowed_domains_pass_whatever_their_case) {
    BOOST_TEST(Email::parse("a@EXAMPLE.org", {"Example.org"}).has_value());
    BOOST_TEST(!Email::parse("a@evil-example.org", {"example.org"}));
    BOOST_TEST(!Email::parse("a@x.example.org", {"example.org"}));
}

BOOST_AUTO_TEST_SUITE_END()
