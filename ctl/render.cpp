// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/render.h"

#include <langinfo.h>
#include <libsmartcols/libsmartcols.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "common/base/handle.h"
#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/time_text.h"
#include "daemon/model/lock_end.h"

namespace userd::ctl {
namespace {

using json = nlohmann::ordered_json;
using Table = Handle<libscols_table, scols_unref_table>;
using CString = Handle<char, std::free>;

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& item : list) text += (text.empty() ? "" : ",") + item;
    return text;
}

bool is_empty(const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) return true;
    if (const auto* text = std::get_if<std::string>(&value)) return text->empty();
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return list->empty();
    if (const auto* entries = std::get_if<std::map<std::string, std::string>>(&value))
        return entries->empty();
    return false;
}

std::string_view trimmed_end(std::string_view text, char padding) {
    while (text.ends_with(padding)) text.remove_suffix(1);
    return text;
}

// Metadata is kept as JSON text; a reply that holds other text is shown as that text.
json table_json(const std::string& text) {
    json value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

}  // namespace

const Value& value_of(const Fields& record, std::string_view field) {
    static const Value none;
    const auto found = record.find(field);
    return found == record.end() ? none : found->second;
}

std::string shown_text(std::string_view field, std::string_view text) {
    return shape_of(field) == Shape::escaped ? without_controls(text) : escaped(text);
}

std::string shown(std::string_view field, const Value& value, bool friendly, std::int64_t now) {
    if (is_empty(value)) return shape_of(field) == Shape::time ? "never" : "-";
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        if (shape_of(field) != Shape::time) return std::to_string(*number);
        if (friendly && field == "locked_until" && *number == to_unix(until_unlocked))
            return "until an admin unlocks";
        return friendly ? friendly_time(*number, now) : rfc3339(*number);
    }
    if (const auto* text = std::get_if<std::string>(&value)) return shown_text(field, *text);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return escaped(joined(*list));
    return escaped(to_text(to_json(field, value)));
}

json to_json(std::string_view field, const Value& value) {
    if (std::holds_alternative<std::monostate>(value))
        return shape_of(field) == Shape::list ? json::array() : json(nullptr);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return shape_of(field) == Shape::time ? json(rfc3339(*number)) : json(*number);
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
    if (const auto* entries = std::get_if<std::map<std::string, std::string>>(&value)) return *entries;
    const std::string& text = std::get<std::string>(value);
    if (shape_of(field) == Shape::table) return text.empty() ? json(nullptr) : table_json(text);
    return text.empty() ? json(nullptr) : json(text);
}

json to_json(const Fields& record, char object) {
    json result = json::object();
    const bool hides = object == 'u' && hides_private(record);  // null would say that it is not set
    for (const Field& field : all_fields())
        if (record.contains(field.name) ||
            (object != '\0' && field.of.find(object) != std::string_view::npos &&
             !(hides && is_private(field))))
            result[std::string(field.name)] = to_json(field.name, value_of(record, field.name));
    for (const auto& [name, value] : record)  // what a newer daemon tells
        if (!find_field(name)) result[name] = to_json(name, value);
    return result;
}

json to_json(const Fields& record, std::span<const std::string> columns) {
    json result = json::object();
    for (const std::string& name : columns) result[name] = to_json(name, value_of(record, name));
    return result;
}

std::string to_text(const json& value, int indent) {
    const std::string raw = value.dump(indent, ' ', false, json::error_handler_t::replace);
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const auto byte = static_cast<unsigned char>(raw[i]);
        const auto next = i + 1 < raw.size() ? static_cast<unsigned char>(raw[i + 1]) : 0U;
        if (byte == 0x7F)
            text += "\\u007f";
        else if (byte == 0xC2 && next < 0xA0)
            text += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(raw[++i])));
        else
            text += raw[i];
    }
    return text;
}

std::string csv_line(std::span<const std::string> cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (&cell != &cells.front()) line += ',';
        if (cell.find_first_of(",\"\r\n") == std::string::npos) {
            line += cell;
            continue;
        }
        line += '"';
        for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
        line += '"';
    }
    return line + "\r\n";
}

std::string csv_cell(std::string_view field, const Value& value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return joined(*list);
    const json shape = to_json(field, value);
    if (shape.is_null() || (shape.is_array() && shape.empty())) return {};
    return shape.is_string() ? shape.get<std::string>() : to_text(shape);
}

std::string heading(std::string_view field) {
    std::string text(field);
    for (char& c : text) c = c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

std::string table(std::span<const std::string> headings, std::span<const std::vector<std::string>> rows,
                  bool with_headings, bool bold) {
    const Table cells(scols_new_table());
    if (!cells) return {};
    scols_table_enable_noheadings(cells.get(), !with_headings);
    // Cells are escaped already. In a locale that is not theirs libsmartcols would go round for ever on them.
    if (std::string_view(nl_langinfo(CODESET)) == "UTF-8") scols_table_enable_noencoding(cells.get(), 1);
    scols_table_set_column_separator(cells.get(), "  ");
    scols_table_set_termforce(cells.get(), SCOLS_TERMFORCE_NEVER);  // cells are never cut to the terminal
    for (const std::string& name : headings) {
        libscols_column* column = scols_table_new_column(cells.get(), name.c_str(), 0, 0);
        if (column && bold) scols_cell_set_color(scols_column_get_header(column), "bold");
    }
    if (bold) scols_table_enable_colors(cells.get(), 1);
    for (const auto& row : rows) {
        libscols_line* line = scols_table_new_line(cells.get(), nullptr);
        for (std::size_t i = 0; line && i < row.size(); ++i) scols_line_set_data(line, i, row[i].c_str());
    }
    CString text;
    const int failed = scols_print_table_to_string(cells.get(), out(text));
    if (failed != 0 || !text) return {};
    std::string result;
    for (std::string_view line : split(trimmed_end(text.get(), '\n'), '\n')) {
        result += trimmed_end(line, ' ');  // the last column is padded too
        result += '\n';
    }
    return result;
}

std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

}  // namespace userd::ctl
