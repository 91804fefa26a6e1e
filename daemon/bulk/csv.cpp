// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/csv.h"

#include <algorithm>
#include <array>

#include "common/base/text.h"

namespace userd {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The one of them that stands most often outside quotes in the first line; the comma where none does.
char separator_of(std::string_view text) {
    constexpr std::array<char, 3> known{',', ';', '\t'};
    std::array<std::size_t, 3> counts{};
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        for (std::size_t i = 0; i < known.size(); ++i) counts[i] += c == known[i] ? 1 : 0;
    }
    return known[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    separator_ = separator_of(text_);
}

bool CsvReader::refuse(TextPlace where, std::string message) {
    problem_ = {where, std::move(message)};
    at_ = text_.size();
    return false;
}

// A byte that continues a character is no column of its own.
void CsvReader::advance(std::size_t bytes) {
    for (const char c : text_.substr(at_, bytes)) {
        if (c == '\n') {
            ++place_.line;
            place_.column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
            ++place_.column;
        }
    }
    at_ += bytes;
}

bool CsvReader::skip_line_end() {
    const auto rest = text_.substr(at_);
    const std::size_t size = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
    advance(size);
    return size != 0;
}

bool CsvReader::read_quoted(CsvCell& cell) {
    advance(1);
    for (;;) {
        const auto quote = text_.find('"', at_);
        if (quote == std::string_view::npos)
            return refuse(cell.place, "the quote that opens here is never closed");
        cell.text += text_.substr(at_, quote - at_);
        advance(quote + 1 - at_);
        if (at_end() || text_[at_] != '"') break;
        cell.text += '"';  // doubled: one that belongs to the text
        advance(1);
    }
    const auto rest = text_.substr(at_);
    if (rest.empty() || rest[0] == separator_ || rest[0] == '\n' || rest.starts_with("\r\n")) return true;
    return refuse(place_, "text behind a closing quote; a quote inside a cell is doubled: \"\"");
}

bool CsvReader::read_bare(CsvCell& cell) {
    auto end = text_.find_first_of(std::string{separator_, '\n', '"'}, at_);
    if (end == std::string_view::npos) end = text_.size();
    if (end < text_.size() && text_[end] == '"') {
        advance(end - at_);
        return refuse(place_, "a quote inside a cell that is not quoted");
    }
    auto size = end - at_;
    if (size > 0 && end < text_.size() && text_[end] == '\n' && text_[end - 1] == '\r') --size;
    cell.text = text_.substr(at_, size);
    advance(size);
    return true;
}

CsvReader::Status CsvReader::next(std::vector<CsvCell>& row) {
    row.clear();
    while (!at_end() && skip_line_end()) {
    }
    if (at_end()) return problem_.message.empty() ? Status::end : Status::problem;
    for (;;) {
        auto& cell = row.emplace_back();
        cell.place = place_;
        const bool quoted = !at_end() && text_[at_] == '"';
        if (!(quoted ? read_quoted(cell) : read_bare(cell))) return Status::problem;
        if (!is_utf8(cell.text) || cell.text.find('\0') != std::string::npos) {
            refuse(cell.place, "the cell is not UTF-8 text");
            return Status::problem;
        }
        if (at_end() || skip_line_end()) return Status::row;
        advance(1);  // the separator
    }
}

}  // namespace userd
