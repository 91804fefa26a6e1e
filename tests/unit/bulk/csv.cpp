// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/csv.h"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>

using namespace userd;

namespace {

// The cells of all rows: "a|b" a line; a problem as "! LINE:COLUMN message".
std::string read(std::string_view text) {
    CsvReader reader(text);
    std::vector<CsvCell> row;
    std::string all;
    for (;;) {
        const auto status = reader.next(row);
        if (status == CsvReader::Status::end) return all;
        if (status == CsvReader::Status::problem)
            return all + fmt::format("! {}:{} {}", reader.problem().place.line, reader.problem().place.column,
                                     reader.problem().message);
        for (std::size_t i = 0; i < row.size(); ++i) all += (i == 0 ? "" : "|") + row[i].text;
        all += "\n";
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(what_programs_write) {
    BOOST_TEST(read("a,b\nc,d\n") == "a|b\nc|d\n");
    BOOST_TEST(read("\xEF\xBB\xBF"
                    "a,b\r\nc,d\r\n") == "a|b\nc|d\n");
    BOOST_TEST(read("a;b\nc,c;d") == "a|b\nc,c|d\n");
    BOOST_TEST(read("a\tb\nc\t\n") == "a|b\nc|\n");
    BOOST_TEST(read("a,b\n\n\r\nc,\n") == "a|b\nc|\n");
    BOOST_TEST(read("one\ntwo\n") == "one\ntwo\n");
    BOOST_TEST(read("") == "");
    BOOST_TEST(read("\n\n") == "");
}

BOOST_AUTO_TEST_CASE(quotes_hold_separators_line_ends_and_doubled_quotes) {
    BOOST_TEST(read("a,\"b,c\"\n\"d\"\"e\",\"f\ng\"\r\n") == "a|b,c\nd\"e|f\ng\n");
    BOOST_TEST(read("\"\",x") == "|x\n");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named_by_line_and_column) {
    BOOST_TEST(read("a,b\nc,\"d") == "a|b\n! 2:3 the quote that opens here is never closed");
    BOOST_TEST(read("a,b\nc,\"d\"e\n") ==
               "a|b\n! 2:6 text behind a closing quote; a quote inside a cell is doubled: \"\"");
    BOOST_TEST(read("a,b\nä\"c,d\n") == "a|b\n! 2:2 a quote inside a cell that is not quoted");
    BOOST_TEST(read("a,b\n\"x\ny\",\xFF\n") == "a|b\n! 3:4 the cell is not UTF-8 text");
    BOOST_TEST(read(std::string_view("a,\0", 3)) == "! 1:3 the cell is not UTF-8 text");
}

BOOST_AUTO_TEST_CASE(places_count_lines_and_characters) {
    CsvReader reader("näme,mail\n\"a\nb\",c\nd,e\n");
    std::vector<CsvCell> row;
    BOOST_REQUIRE(reader.next(row) == CsvReader::Status::row);
    BOOST_TEST(row[1].place.column == 6U);
    BOOST_REQUIRE(reader.next(row) == CsvReader::Status::row);
    BOOST_TEST(row[1].place.line == 3U);
    BOOST_TEST(row[1].place.column == 4U);
    BOOST_REQUIRE(reader.next(row) == CsvReader::Status::row);
    BOOST_TEST(row[0].place.line == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
