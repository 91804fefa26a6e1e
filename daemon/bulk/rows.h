// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/bulk/csv.h"
#include "daemon/bulk/import.h"
#include "daemon/bulk/name_maker.h"

namespace userd {

// One line of a file as a call of the directory wants it.
struct ImportRow {
    std::string name;
    Fields fields;
    TextPlace place;                                       // of the line
    std::map<std::string, TextPlace, std::less<>> places;  // of fields
    TextPlace place_of(std::string_view field) const {
        const auto found = places.find(field);
        return found == places.end() ? place : found->second;
    }
};

// A file's header, and its lines one after the other. What is wrong with them is told to the result, as many
// as fit; a line with a problem is passed over.
class ImportRows {
 public:
    ImportRows(std::string_view text, const ImportOptions& how, const Config& config, ImportResult& result);

    bool next(ImportRow& row);  // false after the last, or when the header or the file cannot be read
    void refuse(TextPlace place, const Error& error);

 private:
    bool read_header();
    void take_column(const CsvCell& cell);
    bool fill(const std::vector<CsvCell>& cells, ImportRow& row);
    bool make_name(const std::vector<CsvCell>& cells, ImportRow& row);

    CsvReader reader_;
    const ImportOptions& how_;
    ImportResult& result_;
    NameRule rule_;
    std::optional<NameMaker> maker_;
    std::vector<std::string> columns_;  // field of each; empty: left out
    std::size_t rows_ = 0;
    bool usable_ = false;
};

}  // namespace userd
