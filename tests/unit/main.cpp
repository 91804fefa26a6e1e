// SPDX-License-Identifier: LGPL-2.1-or-later
#define BOOST_TEST_MODULE userd
#include <boost/test/unit_test.hpp>
