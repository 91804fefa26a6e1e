// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/rows.h"

#include <algorithm>
#include <cctype>

#include "common/base/text.h"
#include "daemon/bulk/cell.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

// "First Name" → first_name
std::string as_field(std::string_view column) {
    std::string name(trimmed(column));
    for (char& c : name)
        c = c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

// What a column may be called: fields that can be set, and the name.
std::vector<std::string_view> column_names() {
    std::vector<std::string_view> names{"name"};
    for (const auto& field : user_fields())
        if (field.settable != Settable::never && !field.name.ends_with("_add") &&
            !field.name.ends_with("_remove"))
            names.push_back(field.name);
    return names;
}

}  // namespace

ImportRows::ImportRows(std::string_view text, const ImportOptions& how, const Config& config,
                       ImportResult& result)
    : reader_(text), how_(how), result_(result), rule_(config) {
    usable_ = read_header();
}

void ImportRows::refuse(TextPlace place, const Error& error) {
    if (++result_.problem_count <= most_import_problems)
        result_.problems.push_back({place, error.message, error.hint, error.field});
}

bool ImportRows::read_header() {
    if (!how_.name_from.empty()) {
        auto maker = NameMaker::parse(how_.name_from, rule_);
        if (!maker) return refuse({}, maker.error()), false;
        maker_ = *std::move(maker);
    }
    std::vector<CsvCell> cells;
    const auto status = reader_.next(cells);
    if (status == CsvReader::Status::problem)
        return refuse(reader_.problem().place, {Errc::invalid, reader_.problem().message, {}, {}}), false;
    if (status == CsvReader::Status::end)
        return refuse({}, {Errc::invalid, "the file is empty: its first line must name the columns", {}, {}}),
               false;
    const auto before = result_.problem_count;
    for (const auto& cell : cells) take_column(cell);
    if (!maker_ && std::find(columns_.begin(), columns_.end(), "name") == columns_.end())
        refuse(cells.front().place, {Errc::invalid, "no column is the login name",
                                     "a column name, --map COLUMN=name, or --name-from", "name"});
    return result_.problem_count == before;
}

void ImportRows::take_column(const CsvCell& cell) {
    const auto mapped = how_.map.find(trimmed(cell.text));
    const bool is_mapped = mapped != how_.map.end();
    const auto field = is_mapped ? mapped->second : as_field(cell.text);
    columns_.push_back(field);
    if (field.empty() && is_mapped) return;
    const auto known = column_names();
    if (std::find(known.begin(), known.end(), field) == known.end()) {
        if (!is_mapped && find_user_field(field) != nullptr) {  // of an export: it follows from other things
            result_.ignored.push_back(field);
            columns_.back().clear();
            return;
        }
        if (find_user_field(field) != nullptr)
            return refuse(cell.place, {Errc::invalid,
                                       fmt::format("{} cannot be imported: it follows from other things, or "
                                                   "has a command of its own",
                                                   field),
                                       "--map COLUMN= leaves it out", field});
        const auto near = nearest_word(field, known);
        return refuse(cell.place, {Errc::invalid,
                                   fmt::format("unknown column \"{}\"", escaped(cell.text.substr(0, 64))),
                                   near.empty() ? "--map COLUMN=FIELD; --map COLUMN= leaves it out"
                                                : fmt::format("Did you mean \"{}\"?", near),
                                   {}});
    }
    if (std::count(columns_.begin(), columns_.end(), field) > 1)
        refuse(cell.place, {Errc::invalid, fmt::format("a second column {}", field), {}, field});
}

bool ImportRows::fill(const std::vector<CsvCell>& cells, ImportRow& row) {
    bool good = true;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto& field = columns_[i];
        const auto text = trimmed(cells[i].text);
        if (field.empty() || text.empty()) continue;
        row.places.emplace(field, cells[i].place);
        if (field == "name") {
            row.name = text;
            continue;
        }
        auto value = parse_cell(field, text);
        if (value)
            row.fields[field] = *std::move(value);
        else
            refuse(cells[i].place, value.error()), good = false;
    }
    return good;
}

bool ImportRows::make_name(const std::vector<CsvCell>& cells, ImportRow& row) {
    if (!row.name.empty()) return true;
    if (!maker_) return refuse(row.place, {Errc::invalid, "the line has no name", {}, "name"}), false;
    auto name = maker_->make([&](std::string_view field) -> std::string {
        const auto at = std::find(columns_.begin(), columns_.end(), field);
        return at == columns_.end() ? "" : cells[static_cast<std::size_t>(at - columns_.begin())].text;
    });
    if (!name) return refuse(row.place, name.error()), false;
    row.name = *std::move(name);
    return true;
}

bool ImportRows::next(ImportRow& row) {
    std::vector<CsvCell> cells;
    while (usable_) {
        const auto status = reader_.next(cells);
        usable_ = status == CsvReader::Status::row;
        if (status == CsvReader::Status::problem)
            refuse(reader_.problem().place, {Errc::invalid, reader_.problem().message, {}, {}});
        if (!usable_) break;
        if (++rows_ > most_import_rows) {
            refuse(cells.front().place, {Errc::limits,
                                         fmt::format("the file has more than {} lines", most_import_rows),
                                         "several files, with --on-exists",
                                         {}});
            usable_ = false;
            break;
        }
        row = {};
        row.place = cells.front().place;
        if (cells.size() != columns_.size()) {
            refuse(row.place, {Errc::invalid,
                               fmt::format("{} cells, but the first line names {} columns", cells.size(),
                                           columns_.size()),
                               {},
                               {}});
            continue;
        }
        const bool filled = fill(cells, row);
        if (make_name(cells, row) && filled) return true;
    }
    return false;
}

}  // namespace userd
