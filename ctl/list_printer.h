// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ctl/output.h"

namespace userd::ctl {

// Prints a list page by page as it comes, so that its length costs no memory: rows are written and let go.
// Two things keep text: a table its cells, since a column is as wide as the widest of them, and a terminal's
// pager all of it.
class ListPrinter {
 public:
    // `listing` outlives the printer; its rows are not looked at, the rest may still change before the first
    // page (columns) and before the end (total).
    ListPrinter(Output& out, const Listing& listing) : out_(out), listing_(listing) {}

    void rows(const std::vector<Fields>& page);
    void finish();  // once; without it a JSON object stays open

 private:
    void put(std::string_view text);
    void begin_json();
    void add_json(const Fields& record);
    void end_json();
    std::string csv_row(const Fields& record) const;
    std::string cell(const Fields& record, const std::string& name) const;
    void add_cells(const Fields& record);
    void print_table();
    void tell_what_is_missing();

    Output& out_;
    const Listing& listing_;
    std::vector<std::string> columns_;
    std::uint64_t printed_ = 0;  // rows
    bool begun_ = false;         // the JSON object
    std::string cells_;          // of a table, row by row, each with a NUL at its end
    std::vector<std::string> widest_;
    std::string text_;  // for the pager
};

}  // namespace userd::ctl
