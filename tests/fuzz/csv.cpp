// SPDX-License-Identifier: LGPL-2.1-or-later
// A CSV file, and all that import makes of it without a directory: header, cells, names from a template.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "daemon/bulk/import.h"

using namespace userd;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    CsvReader reader(text);
    std::vector<CsvCell> row;
    unsigned last_line = 0;
    while (reader.next(row) == CsvReader::Status::row) {
        require(!row.empty() && row.front().place.line > last_line);
        last_line = row.front().place.line;
        for (const auto& cell : row) require(cell.place.column >= 1);
    }
    static const Config config;
    ImportOptions how;
    how.map = {{"Login", "name"}};
    const auto plain = check_form(text, how, config);
    how.name_from = "{first_name:1}.{last_name}";
    const auto named = check_form(text, how, config);
    for (const auto* result : {&plain, &named}) {
        require(result->problems.size() <= most_import_problems);
        require((result->problem_count == 0) == result->problems.empty());
    }
    return 0;
}
