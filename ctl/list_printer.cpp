// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/list_printer.h"

#include <algorithm>
#include <cstdlib>
#include <cwchar>
#include <nlohmann/json.hpp>

#include "ctl/render.h"

namespace userd::ctl {
namespace {

using Ordered = nlohmann::ordered_json;

constexpr std::size_t rows_at_once = 1000;  // of a table

std::string dumped(const Ordered& value, bool pretty) {
    return value.dump(pretty ? 2 : -1, ' ', false, nlohmann::detail::error_handler_t::replace);
}

// On a terminal. What this locale cannot tell counts its bytes.
std::size_t width_of(const std::string& cell) {
    std::wstring wide(cell.size(), L'\0');
    const auto length = std::mbstowcs(wide.data(), cell.c_str(), wide.size());
    const int width = length == static_cast<std::size_t>(-1) ? -1 : wcswidth(wide.data(), length);
    return width < 0 ? cell.size() : static_cast<std::size_t>(width);
}

std::string take_cell(std::string_view& cells) {
    const auto end = cells.find('\0');
    std::string cell(cells.substr(0, end));
    cells.remove_prefix(end + 1);
    return cell;
}

}  // namespace

void ListPrinter::put(std::string_view text) {
    if (out_.options_.pager && out_.options_.terminal)
        text_ += text;
    else
        out_.write(std::string(text));
}

void ListPrinter::begin_json() {
    if (std::exchange(begun_, true)) return;
    put(out_.options_.json == Json::pretty ? fmt::format("{{\n  \"{}\": [", listing_.plural)
                                           : fmt::format("{{\"{}\":[", listing_.plural));
}

void ListPrinter::add_json(const Fields& record) {
    const auto style = out_.options_.json;
    auto row = dumped(out_.shape(record, listing_.object), style == Json::pretty);
    if (style == Json::lines) return put(row + "\n");
    begin_json();
    if (style == Json::pretty) {
        row.insert(0, "\n");
        for (auto at = row.find('\n'); at != std::string::npos; at = row.find('\n', at + 1))
            row.insert(at + 1, "    ");
    }
    put(printed_ > 0 ? "," + row : row);
}

void ListPrinter::end_json() {
    const bool pretty = out_.options_.json == Json::pretty;
    if (out_.options_.json == Json::lines) return;
    begin_json();
    const std::uint64_t next = listing_.offset + printed_;
    Ordered rest = {{"total", listing_.total}};
    rest["limit"] = listing_.limit == 0 ? Ordered(nullptr) : Ordered(listing_.limit);
    rest["offset"] = listing_.offset;
    rest["next"] = next < listing_.total ? Ordered(next) : Ordered(nullptr);
    put(fmt::format("{}],{}\n", pretty && printed_ > 0 ? "\n  " : "", dumped(rest, pretty).substr(1)));
}

std::string ListPrinter::csv_row(const Fields& record) const {
    std::vector<std::string> cells;
    for (const std::string& name : columns_) cells.push_back(csv_cell(name, value_of(record, name)));
    return csv_line(cells);
}

// People look for all groups in one place; the two kinds stand apart where a program reads.
std::string ListPrinter::cell(const Fields& record, const std::string& name) const {
    const auto& options = out_.options_;
    const auto* local = std::get_if<std::vector<std::string>>(&value_of(record, "local_groups"));
    if (name != "groups" || !local ||
        std::find(columns_.begin(), columns_.end(), "local_groups") != columns_.end())
        return shown(name, value_of(record, name), options.terminal, options.now);
    std::vector<std::string> all;
    if (const auto* ours = std::get_if<std::vector<std::string>>(&value_of(record, name))) all = *ours;
    all.insert(all.end(), local->begin(), local->end());
    return shown(name, Value(all), options.terminal, options.now);
}

void ListPrinter::add_cells(const Fields& record) {
    if (widest_.empty())
        for (const std::string& name : columns_)
            widest_.push_back(out_.options_.legend ? heading(name) : std::string());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto text = cell(record, columns_[i]);
        cells_.append(text).append(1, '\0');
        if (width_of(text) > width_of(widest_[i])) widest_[i] = std::move(text);
    }
}

// Some rows at a time, each time below the widest cells, whose line is cut out again.
void ListPrinter::print_table() {
    std::vector<std::string> headings;
    for (const std::string& name : columns_) headings.push_back(heading(name));
    std::string_view rest = cells_;
    for (bool with_headings = out_.options_.legend; !rest.empty(); with_headings = false) {
        std::vector<std::vector<std::string>> rows{widest_};
        while (rows.size() <= rows_at_once && !rest.empty()) {
            auto& row = rows.emplace_back();
            while (row.size() < columns_.size()) row.push_back(take_cell(rest));
        }
        auto text = table(headings, rows, with_headings, out_.options_.colour);
        const auto cut = with_headings ? text.find('\n') + 1 : 0;
        text.erase(cut, text.find('\n', cut) + 1 - cut);
        put(text);
    }
}

void ListPrinter::rows(const std::vector<Fields>& page) {
    columns_ = out_.columns_or(listing_.columns);
    const auto& options = out_.options_;
    if (printed_ == 0 && options.csv && options.legend && !out_.json() && !options.quiet)
        put(csv_line(columns_));
    std::string text;
    for (const Fields& record : page) {
        if (out_.json())
            add_json(record);
        else if (options.quiet)
            text += out_.brief(record) + "\n";
        else if (options.csv)
            text += csv_row(record);
        else
            add_cells(record);
        ++printed_;
    }
    if (!text.empty()) put(text);
}

// Told in every form, also with -q: rows are missing.
void ListPrinter::tell_what_is_missing() {
    if (!out_.options_.legend) return;
    const std::uint64_t next = listing_.offset + printed_;
    if (printed_ < listing_.total) {
        std::fflush(out_.data_);
        const std::string more =
            next < listing_.total ? fmt::format(" (--all, or --offset {})", next) : " (--all)";
        fmt::print(out_.notes_, "{} of {} shown{}\n", grouped(printed_), grouped(listing_.total), more);
    } else if (printed_ == 0 && out_.human()) {
        out_.note(fmt::format("no {}", listing_.plural));
    }
}

void ListPrinter::finish() {
    if (out_.json()) end_json();
    if (!cells_.empty()) print_table();
    if (!text_.empty()) out_.write(text_);
    tell_what_is_missing();
}

}  // namespace userd::ctl
