// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/import.h"

#include <algorithm>
#include <deque>

#include "daemon/bulk/import.h"
#include "daemon/bus/pipe.h"
#include "daemon/bus/record.h"
#include "daemon/bus/secret_fd.h"
#include "daemon/runtime/memory.h"

namespace userd::bus {
namespace {

constexpr unsigned most_hashes_at_once = 4;  // they wait in the queue of all hashes like anybody's
constexpr Duration busy_pause = std::chrono::seconds(1);
constexpr std::size_t room_without_password = 64;  // what was done, name, uid and tabs, of one line

Result<ImportOptions> read_how(const Fields& options) {
    ImportOptions how;
    if (const auto map = options.find("map"); map != options.end()) {
        const auto* table = std::get_if<std::map<std::string, std::string>>(&map->second);
        if (table == nullptr) return fail(Error{Errc::invalid, "map is a table", {}, "map"});
        how.map.insert(table->begin(), table->end());
    }
    if (const auto groups = options.find("groups"); groups != options.end()) {
        const auto* list = std::get_if<std::vector<std::string>>(&groups->second);
        if (list == nullptr) return fail(Error{Errc::invalid, "groups is a list", {}, "groups"});
        how.groups = *list;
    }
    how.name_from = TRY(optional_text(options, "name_from"));
    for (const char* field : {"role", "mfa", "must_change"})
        if (const auto given = options.find(field); given != options.end()) how.defaults.insert(*given);
    const auto word = TRY(optional_text(options, "on_exists"));
    if (word != "" && word != "fail" && word != "skip" && word != "update")
        return fail(Error{Errc::invalid, fmt::format("on_exists cannot be \"{}\"", word),
                          "one of skip, update, fail", "on_exists"});
    how.if_exists = word == "skip" ? IfExists::skip : word == "update" ? IfExists::update : IfExists::fail;
    return how;
}

std::int64_t count_of(const ImportResult& result, std::string_view deed) {
    return std::count_if(result.done.begin(), result.done.end(),
                         [&](const auto& done) { return done.deed == deed; });
}

Fields summary_of(const ImportResult& result) {
    Fields summary;
    for (const char* deed : {"created", "updated", "unchanged", "skipped"})
        summary[deed] = count_of(result, deed);
    summary["problems"] = static_cast<std::int64_t>(result.problem_count);
    if (!result.ignored.empty()) summary["ignored"] = result.ignored;
    return summary;
}

std::vector<Fields> problems_of(const ImportResult& result) {
    std::vector<Fields> rows;
    for (const auto& problem : result.problems) {
        Fields row{{"line", std::int64_t{problem.place.line}},
                   {"column", std::int64_t{problem.place.column}},
                   {"message", problem.message}};
        if (!problem.hint.empty()) row["hint"] = problem.hint;
        if (!problem.field.empty()) row["field"] = problem.field;
        rows.push_back(std::move(row));
    }
    return rows;
}

// One import, from the file's first byte to the answer.
class Importing : public std::enable_shared_from_this<Importing> {
 public:
    Importing(Core& core, Call call, ImportOptions how, ChangeOptions options, bool generate)
        : core_(core), call_(std::move(call)), how_(std::move(how)), options_(options), generate_(generate) {
        is_there_ = call_.watch_caller();
    }

    void start(Fd pipe) {
        read_pipe(core_.loop, std::move(pipe), most_import_bytes,
                  [self = shared_from_this()](Result<std::string> text) {
                      if (!text) return self->call_.fail(text.error());
                      self->text_ = std::make_shared<const std::string>(*std::move(text));
                      self->check();
                  });
    }

 private:
    // What can be seen without the directory is looked at on the worker. When that finds problems a rehearsal
    // tells them together with those of the directory: a person mends all of them at once.
    void check() {
        core_.long_jobs.run(
            [text = text_, how = how_, config = core_.config()] { return check_form(*text, how, config); },
            [self = shared_from_this()](Result<ImportResult> form) {
                if (!form) return self->call_.fail(form.error());
                if (form->problem_count != 0) self->options_.dry_run = true;
                if (self->generate_ && !self->options_.dry_run) return self->rehearse();
                self->apply();
            });
    }

    Result<ImportResult> run(const ChangeOptions& options) {
        if (!is_there_()) return fail(Errc::denied, "the caller has gone");
        const auto actor = TRY(call_.actor_still(RoleGrant::directory_apply));
        return import_users(core_.directory, core_.credentials, core_.config(), actor, options, *text_, how_,
                            passwords_);
    }

    // Who will be new is known after a rehearsal; only for them passwords are made.
    void rehearse() {
        auto options = options_;
        options.dry_run = true;
        const auto result = run(options);
        if (!result) return call_.fail(result.error());
        if (result->problem_count != 0) return answer(*result, make_memfd(0));
        for (const auto& done : result->done)
            if (done.wants_password) waiting_.push_back(done.name);
        hash_more();
    }

    void hash_more() {
        if (!is_there_()) return waiting_.clear();  // nobody would ever see them
        while (!waiting_.empty() && hashing_ < most_hashes_at_once) {
            auto name = std::move(waiting_.front());
            waiting_.pop_front();
            hash(std::move(name));
        }
        if (waiting_.empty() && hashing_ == 0) apply();
    }

    void hash(std::string name) {
        ++hashing_;
        NewPassword request;
        request.generate = true;
        User candidate;
        candidate.name = name;
        core_.credentials.prepare_password(
            candidate, std::move(request),
            [self = shared_from_this(), name](Result<PreparedPassword> prepared) {
                --self->hashing_;
                if (prepared) {
                    self->passwords_.emplace(name, *std::move(prepared));
                    return self->core_.loop.call_soon([self] { self->hash_more(); });
                }
                if (prepared.error().code != Errc::busy) return self->give_up(prepared.error());
                self->waiting_.push_back(name);  // logins go first
                self->rest();
            });
    }

    void rest() {
        auto timer = core_.loop.call_after(busy_pause, [self = shared_from_this()] { self->hash_more(); });
        if (!timer) return give_up(timer.error());
        pause_ = *std::move(timer);
    }

    void give_up(const Error& error) {
        applied_ = true;  // never
        waiting_.clear();
        pause_ = Watch();
        call_.fail(error);
    }

    void apply() {
        if (std::exchange(applied_, true)) return;
        auto results = make_memfd(most_results());  // now: after the change nothing may stand in its way
        if (!results) return call_.fail(results.error());
        const auto result = run(options_);
        if (!result) return call_.fail(result.error());
        answer(*result, std::move(results));
    }

    std::size_t most_results() const {
        std::size_t size = (static_cast<std::size_t>(std::count(text_->begin(), text_->end(), '\n')) + 1) *
                           room_without_password;
        for (const auto& [name, password] : passwords_) size += password.generated.size();
        return size;
    }

    void answer(const ImportResult& result, Result<Fd> into) {
        if (!into) return call_.fail(into.error());
        const auto told = to_memfd(results_of(result), *std::move(into));
        if (!told) return call_.fail(told.error());
        call_.finish(call_.reply(summary_of(result), problems_of(result), *told));
        core_.loop.call_soon(give_back_memory);
    }

    // "created TAB alice TAB 70001 TAB PASSWORD" for each line of the file.
    Secret results_of(const ImportResult& result) const {
        std::size_t size = 0;
        for (const auto& done : result.done) size += done.deed.size() + done.name.size() + 80;
        for (const auto& [name, password] : passwords_) size += password.generated.size();
        Secret all = Secret::with_size(size);
        std::size_t at = 0;
        const auto put = [&](std::string_view text) {
            std::copy(text.begin(), text.end(), all.data() + at);
            at += text.size();
        };
        for (const auto& done : result.done) {
            put(fmt::format("{}\t{}\t{}\t", done.deed, done.name, done.uid));
            const auto password = passwords_.find(done.name);
            if (password != passwords_.end() && done.deed == "created")
                put(password->second.generated.text());
            put("\n");
        }
        all.shrink(at);
        return all;
    }

    Core& core_;
    Call call_;
    ImportOptions how_;
    ChangeOptions options_;
    bool generate_;
    std::function<bool()> is_there_;
    std::shared_ptr<const std::string> text_;
    std::deque<std::string> waiting_;  // names whose password is still to be made
    unsigned hashing_ = 0;
    bool applied_ = false;
    ImportPasswords passwords_;
    Watch pause_;
};

}  // namespace

Result<void> ImportObject::import(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto asked = TRY(call.read_options(
        {"map", "name_from", "groups", "role", "mfa", "must_change", "on_exists", "generate"}));
    const auto options = TRY(call.read_flags());
    auto how = TRY(read_how(asked));
    const bool generate = TRY(optional_flag(asked, "generate")).value_or(false);
    std::make_shared<Importing>(core_, call, std::move(how), options, generate)->start(std::move(pipe));
    return {};
}

}  // namespace userd::bus
