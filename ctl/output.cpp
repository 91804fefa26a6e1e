// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "ctl/field.h"
#include "ctl/list_printer.h"
#include "ctl/pager.h"
#include "ctl/progress.h"
#include "ctl/render.h"

namespace userd::ctl {
namespace {

// Keys in the order in which they were written: a reader sees "changed" first.
using Ordered = nlohmann::ordered_json;

std::string dumped(const Ordered& value, Json style) {
    return to_text(value, style == Json::pretty ? 2 : -1) + "\n";
}

std::string name_of(const Fields& record) {
    for (const char* key : {"name", "fingerprint", "key", "subject", "path", "check"})
        if (const auto* text = std::get_if<std::string>(&value_of(record, key)))
            return shown_text(key, *text);
    return "-";
}

Ordered error_object(const Problem& problem) {
    auto text = [](const std::string& s) { return s.empty() ? Ordered(nullptr) : Ordered(s); };
    return {{"error",
             {{"name", problem.name},
              {"message", problem.message},
              {"hint", text(problem.hint)},
              {"field", text(problem.field)},
              {"target", text(escaped(problem.target))}}}};
}

}  // namespace

struct Output::Changes {
    bool any = false;  // has a changing command spoken?
    bool changed = false;
    Ordered deeds = Ordered::object();
    std::string last;  // the deed that spoke last

    Ordered& last_object() {
        Ordered& objects = deeds[last];
        if (objects.empty()) objects.push_back(Ordered::object());
        return objects.back();
    }
};

Output::Output(OutputOptions options, std::FILE* data, std::FILE* notes)
    : options_(std::move(options)), data_(data), notes_(notes), changes_(std::make_unique<Changes>()) {}
Output::~Output() = default;

Answer<void> Output::can_disclose() const {
    if (!options_.quiet || json()) return {};
    return refuse(
        ctl::problem(Exit::usage, "--quiet would swallow what is shown only once").with_hint("--json"));
}

void Output::line(std::string_view text) {
    if (!human()) return;
    make_room();
    fmt::print(data_, "{}\n", text);
}

void Output::note(std::string_view text) {
    if (options_.quiet) return;
    make_room();
    std::fflush(data_);
    fmt::print(notes_, "{}\n", text);
}

void Output::attach(Progress* progress) {
    progress_ = progress;
}

void Output::make_room() {
    if (progress_) progress_->hide();
}

void Output::draw_line(std::string_view text) {
    if (options_.quiet) return;
    std::fflush(data_);
    fmt::print(notes_, "\r{}\x1b[K", text.substr(0, options_.width > 1 ? options_.width - 1 : 0));
    std::fflush(notes_);
}

void Output::erase_line() {
    if (options_.quiet) return;
    std::fputs("\r\x1b[K", notes_);
    std::fflush(notes_);
}

void Output::problem(const Problem& told) {
    if (told.message.empty()) return;
    Problem problem = told;
    if (adviser_) adviser_(problem);
    make_room();
    std::fflush(data_);
    if (json()) {
        std::fputs(dumped(error_object(problem), options_.json).c_str(), notes_);
        return;
    }
    const char* mark = options_.colour_errors ? "\x1b[31m✗\x1b[0m" : "✗";
    const bool sentence =
        problem.message[0] >= 'A' && problem.message[0] <= 'Z' && !problem.message.ends_with('.');
    fmt::print(notes_, "{} {}{}\n", mark, problem.message, sentence ? "." : "");
    if (!problem.excerpt.empty()) fmt::print(notes_, "{}\n", problem.excerpt);
    if (problem.hint.empty()) return;
    fmt::print(notes_, "  {}{}\n", problem.hint.ends_with('?') ? "" : "Try: ", problem.hint);
}

void Output::write(const std::string& text) {
    make_room();
    if (options_.pager && options_.terminal && page(text)) return;
    std::fwrite(text.data(), 1, text.size(), data_);
}

void Output::text(std::string_view data) {
    write(std::string(data));
}

void Output::flush() {
    std::fflush(data_);
}

std::vector<std::string> Output::columns_or(const std::vector<std::string>& otherwise) const {
    return options_.columns.empty() ? otherwise : options_.columns;
}

// What -q shows of an object: its name, or the field that was asked for.
std::string Output::brief(const Fields& record) const {
    return options_.columns.empty() ? name_of(record)
                                    : csv_cell(options_.columns[0], value_of(record, options_.columns[0]));
}

void Output::object(const Fields& record, char object, bool all) {
    if (options_.quiet) return write(brief(record) + "\n");
    if (json()) return write(dumped(shape(record, object), options_.json));
    std::vector<std::string> names = options_.columns;
    if (names.empty())
        for (const Field& field : all_fields())
            if (record.contains(field.name) || (all && field.of.find(object) != std::string_view::npos))
                names.emplace_back(field.name);
    std::size_t width = 0;
    for (const std::string& name : names) width = std::max(width, name.size());
    std::string text;
    for (const std::string& name : names) {
        const Value& value = value_of(record, name);
        const std::string cell = shown(name, value, options_.terminal, options_.now);
        if (all || !options_.columns.empty() || cell != "-")
            text += fmt::format("{:<{}}  {}\n", name, width, cell);
    }
    write(text);
}

void Output::objects(const std::vector<Fields>& records, char object, bool all) {
    if (json()) {
        Ordered array = Ordered::array();
        for (const Fields& record : records) array.push_back(shape(record, object));
        if (options_.json != Json::lines) return write(dumped(array, options_.json));
        std::string text;
        for (const Ordered& one : array) text += dumped(one, Json::lines);
        return write(text);
    }
    for (const Fields& record : records) {
        if (&record != &records.front() && !options_.quiet) line("");
        this->object(record, object, all);
    }
}

void Output::values(const Fields& record, const std::vector<std::string>& names) {
    if (json()) return write(dumped(to_json(record, names), options_.json));
    for (const std::string& name : names) {
        const std::string value = csv_cell(name, value_of(record, name));
        write(names.size() == 1 ? value + "\n" : fmt::format("{}={}\n", name, value));
    }
}

void Output::list(const Listing& listing) {
    ListPrinter printer(*this, listing);
    printer.rows(listing.rows);
    printer.finish();
}

Ordered Output::shape(const Fields& record, char object) const {
    return options_.columns.empty() ? to_json(record, object) : to_json(record, options_.columns);
}

void Output::changed(std::string_view deed, const Fields& record, std::string_view sentence, char object) {
    changes_->any = changes_->changed = true;
    changes_->last = deed;
    changes_->deeds[changes_->last].push_back(shape(record, object));
    if (options_.quiet && !json()) return write(brief(record) + "\n");
    line(options_.dry_run ? fmt::format("Dry run, nothing was changed. {}", sentence)
                          : std::string(sentence));
}

void Output::unchanged(const Fields& record, std::string_view sentence, char object) {
    changes_->any = true;
    changes_->deeds["unchanged"].push_back(shape(record, object));
    line(fmt::format("{}: nothing to do", sentence));
}

void Output::did(bool something, std::string_view sentence) {
    changes_->any = true;
    changes_->changed = changes_->changed || something;
    line(sentence);
}

void Output::kept(std::string_view deed, const Fields& record, std::string_view sentence, char object) {
    changes_->any = true;
    changes_->deeds[std::string(deed)].push_back(shape(record, object));
    line(sentence);
}

void Output::disclose(std::string_view name, std::string_view secret) {
    changes_->last_object()[std::string(name)] = std::string(secret);
}

void Output::disclose(std::string_view name, const std::vector<std::string>& secrets) {
    changes_->last_object()[std::string(name)] = secrets;
}

bool Output::finish() {
    if (json() && changes_->any) {
        Ordered result = {{"changed", changes_->changed && !options_.dry_run}};
        if (options_.dry_run) result["dry_run"] = true;
        for (const auto& [deed, objects] : changes_->deeds.items()) result[deed] = objects;
        write(dumped(result, options_.json));
        *changes_ = {};
    }
    return std::fflush(data_) == 0 && std::ferror(data_) == 0;
}

}  // namespace userd::ctl
