// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/qr.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace userd::ctl;

namespace {

const std::string uri =
    "otpauth://totp/"
    "web1:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=web1&algorithm=SHA1&digits=6&period=30";

auto lines(const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

BOOST_AUTO_TEST_SUITE(qr)

BOOST_AUTO_TEST_CASE(half_blocks_halve_the_rows) {
    const auto full = lines(qr_code(uri, QrForm::ascii, false)),
               half = lines(qr_code(uri, QrForm::utf8, false));
    BOOST_TEST(half == (full + 1) / 2);
    BOOST_TEST(full < 60);
}

BOOST_AUTO_TEST_CASE(the_edge_is_light) {
    const std::string code = qr_code(uri, QrForm::ascii, false);
    const std::string first = code.substr(0, code.find('\n'));
    BOOST_TEST(first == std::string(first.size(), '#'));
}

BOOST_AUTO_TEST_CASE(the_form_follows_terminal_and_locale) {
    BOOST_TEST((qr_form("auto", 80, true, uri) == QrForm::utf8));
    BOOST_TEST((qr_form("auto", 200, false, uri) == QrForm::ascii));
    BOOST_TEST((qr_form("auto", 20, true, uri) == QrForm::none));
    BOOST_TEST((qr_form("none", 80, true, uri) == QrForm::none));
    BOOST_TEST(qr_code(uri, QrForm::none, false).empty());
}

BOOST_AUTO_TEST_SUITE_END()
