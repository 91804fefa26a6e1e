// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "ctl/problem.h"
#include "daemon/model/value.h"

namespace userd::ctl {

class Progress;

enum class Json { off, pretty, compact, lines };

struct OutputOptions {
    Json json = Json::off;
    bool quiet = false;  // only names
    bool legend = true;  // headings and notices
    bool pager = true;
    bool csv = false;
    bool colour = false;  // on standard output
    bool colour_errors = false;
    bool terminal = false;         // standard output is one: friendly times
    bool terminal_errors = false;  // standard error is one on which a line can be drawn anew
    unsigned width = 80;           // of it
    bool dry_run = false;
    std::vector<std::string> columns;  // chosen ones; empty: the command's own
    std::int64_t now = 0;
};

// A page of a list and where it stands among all that match.
struct Listing {
    const char* plural = "users";
    char object = 'u';                 // letter of ctl/field.h
    std::vector<std::string> columns;  // when none were chosen
    std::vector<Fields> rows;
    std::uint64_t total = 0, limit = 0, offset = 0;  // limit 0: all were asked for
};

// The only place that writes answers, and that knows in which form they are wanted. Data goes to standard
// output, all else to standard error. A command calls it while it works; finish() writes what must stand in
// one piece.
class Output {
 public:
    explicit Output(OutputOptions options, std::FILE* data = stdout, std::FILE* notes = stderr);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output();

    bool json() const { return options_.json != Json::off; }
    bool human() const { return !json() && !options_.quiet; }
    // With -q a secret that is shown once would be lost: commands that show one refuse it.
    Answer<void> can_disclose() const;
    const OutputOptions& options() const { return options_; }

    void line(std::string_view text);      // for people: not with --json, not with -q
    void note(std::string_view text);      // standard error; not with -q
    void problem(const Problem& problem);  // ✗ what, why, what to do; with --json an object

    void object(const Fields& record, char object, bool all);  // one, as `get` shows it
    void objects(const std::vector<Fields>& records, char object, bool all = false);  // several: an array
    void values(const Fields& record, const std::vector<std::string>& names);         // -p: the bare values
    void list(const Listing& listing);
    void text(std::string_view data);  // as it is, whatever the form: scripts, YAML
    void flush();                      // now: what goes on for ever is read as it comes

    // A change: `deed` is the key in the JSON object ("created", "updated"), `sentence` what a person reads,
    // `object` the letter of ctl/field.h: its fields are all there, as `get` shows them.
    void changed(std::string_view deed, const Fields& record, std::string_view sentence, char object = '\0');
    void unchanged(const Fields& record, std::string_view sentence, char object = '\0');
    // A change without an object: JSON tells only whether there was one.
    void did(bool something, std::string_view sentence);
    // What was left as it was: `deed` is the key in JSON ("left", "skipped").
    void kept(std::string_view deed, const Fields& record, std::string_view sentence, char object = '\0');
    // A secret that is shown once, in the JSON object of the last changed(); people read it in the sentence.
    void disclose(std::string_view name, std::string_view secret);
    void disclose(std::string_view name, const std::vector<std::string>& secrets);

    // Asked for a hint before a problem is told.
    void use_adviser(std::function<void(Problem&)> adviser) { adviser_ = std::move(adviser); }

    // For Progress, which says how: its line goes before anything else is said.
    void attach(Progress* progress);
    void draw_line(std::string_view text);
    void erase_line();

    // Writes the JSON of the changes, if there were any, and the pager's end. Once, at the end of the
    // command. False when standard output could not be written.
    bool finish();

 private:
    struct Changes;
    void make_room();                     // for what is said now: the progress line goes
    void write(const std::string& text);  // standard output, through the pager when it is long
    std::string brief(const Fields& record) const;
    nlohmann::ordered_json shape(const Fields& record, char object) const;  // as the columns or `object` say
    std::vector<std::string> columns_or(const std::vector<std::string>& otherwise) const;
    friend class ListPrinter;  // speaks for it while a list comes

    OutputOptions options_;
    std::FILE* data_;
    std::FILE* notes_;
    Progress* progress_ = nullptr;
    std::function<void(Problem&)> adviser_;
    std::unique_ptr<Changes> changes_;
};

}  // namespace userd::ctl
