// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace userd {

// Where something stands in a file of text: both count from 1, columns in characters.
struct TextPlace {
    unsigned line = 1, column = 1;
};

struct CsvCell {
    std::string text;  // without its quotes
    TextPlace place;   // of its first character
};

// A file that stands in the way of being read, and where.
struct CsvProblem {
    TextPlace place;
    std::string message;
};

// RFC 4180, and what programs make of it: a byte order mark, "\n" as well as "\r\n", ';' or a tab instead of
// the comma (which of them the first line tells), empty lines. UTF-8. Strict otherwise: a quote inside a bare
// cell, text behind a closing quote or a quote that never closes are problems and not guessed at.
class CsvReader {
 public:
    explicit CsvReader(std::string_view text);  // must outlive the reader

    enum class Status { row, end, problem };
    // The next line that is not empty. After a problem the reader is at its end.
    Status next(std::vector<CsvCell>& row);
    const CsvProblem& problem() const { return problem_; }
    char separator() const { return separator_; }

 private:
    bool read_quoted(CsvCell& cell);
    bool read_bare(CsvCell& cell);
    bool skip_line_end();
    void advance(std::size_t bytes);
    bool refuse(TextPlace where, std::string message);
    bool at_end() const { return at_ == text_.size(); }

    std::string_view text_;
    std::size_t at_ = 0;
    TextPlace place_;
    char separator_ = ',';
    CsvProblem problem_;
};

}  // namespace userd
