// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/check.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "daemon/bus/pipe.h"
#include "daemon/check/check.h"
#include "daemon/check/repair.h"

namespace userd::bus {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Finding& finding) {
    Json line = {{"rule", finding.rule->name},
                 {"severity", to_word(finding.rule->severity)},
                 {"subject", finding.subject}};
    if (finding.uid != 0) line["uid"] = finding.uid;
    line["message"] = finding.message;
    if (!finding.advice.empty()) line["advice"] = finding.advice;
    line["repairable"] = finding.repairable;
    return line;
}

Json to_json(const Finding& finding, const Deed& deed) {
    Json line = to_json(finding);
    line["mended"] = deed.mended;
    if (!deed.why.empty()) line["advice"] = deed.why;
    return line;
}

// Findings, and what became of them, as lines.
class Lines : public ByteSource {
 public:
    Lines(std::vector<Finding> findings, std::vector<Deed> deeds)
        : findings_(std::move(findings)), deeds_(std::move(deeds)) {}

    Result<std::string> next() override {
        std::string text;
        for (; at_ < findings_.size() && text.size() < 256 * 1024; ++at_) {
            const auto line = deeds_.empty() ? to_json(findings_[at_]) : to_json(findings_[at_], deeds_[at_]);
            text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
        }
        return text;
    }

 private:
    std::vector<Finding> findings_;
    std::vector<Deed> deeds_;
    std::size_t at_ = 0;
};

Result<std::vector<std::string>> words_in(const Fields& options, std::string_view name) {
    const auto found = options.find(name);
    if (found == options.end()) return std::vector<std::string>();
    if (const auto* words = std::get_if<std::vector<std::string>>(&found->second)) return *words;
    return fail(Error{Errc::invalid, fmt::format("{} is a list", name), {}, std::string(name)});
}

Result<std::vector<const Rule*>> rules_of(const std::vector<std::string>& names) {
    std::vector<const Rule*> rules;
    std::vector<std::string_view> known;
    for (const auto& rule : all_rules()) known.push_back(rule.name);
    for (const auto& name : names) {
        const auto* rule = find_rule(name);
        const auto near = nearest_word(name, known);
        if (rule == nullptr)
            return fail(
                Error{Errc::invalid, fmt::format("there is no rule {}", escaped(name.substr(0, 64))),
                      near.empty() ? fmt::format("one of {}", fmt::join(known, ", ")) : std::string(near),
                      "rules"});
        rules.push_back(rule);
    }
    return rules;
}

Result<CheckRequest> read_request(Core& core, const Fields& options) {
    CheckRequest request;
    const auto rules = TRY(words_in(options, "rules"));
    const auto targets = TRY(words_in(options, "targets"));
    request.rules = TRY(rules_of(rules));
    for (const auto& target : targets) request.users.push_back(TRY(core.directory.get_user(target)).id);
    request.root = core.root;
    request.store_path = core.store_path;
    request.snapshot_folder = core.snapshot_folder;
    request.config = core.config();
    request.now = core.directory.now();
    return request;
}

// Runs the check on the worker; `then` gets what it found on the loop's thread.
template <typename Then>
void run_check(Core& core, CheckRequest request, Call call, Then then) {
    core.long_jobs.run([request = std::move(request)] { return userd::check(request); },
                       [call = std::move(call), then = std::move(then)](Result<CheckResult> found) mutable {
                           if (!found) return call.fail(found.error());
                           then(*std::move(found));
                       });
}

}  // namespace

Result<void> CheckObject::check(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto asked = TRY(call.read_options({"rules", "targets"}));
    auto request = TRY(read_request(core_, asked));
    auto shared = std::make_shared<Fd>(std::move(pipe));
    run_check(core_, std::move(request), call, [&core = core_, call, shared](CheckResult found) mutable {
        const auto total = found.total;
        write_pipe(core.loop, core.long_jobs, std::move(*shared),
                   std::make_unique<Lines>(std::move(found.findings), std::vector<Deed>()),
                   [call, total](const Result<void>& written) mutable {
                       call.finish(written ? call.reply(total) : written);
                   });
    });
    return {};
}

Result<void> CheckObject::repair(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto asked = TRY(call.read_options({"rules", "targets"}));
    auto request = TRY(read_request(core_, asked));
    const auto options = TRY(call.read_flags());
    auto shared = std::make_shared<Fd>(std::move(pipe));
    run_check(
        core_, std::move(request), call, [&core = core_, call, options, shared](CheckResult found) mutable {
            const auto actor = call.actor();
            auto deeds = userd::repair(
                {core.directory, core.credentials, core.rebuild_snapshot, actor, options}, found.findings);
            if (!deeds) return call.fail(deeds.error());
            const auto mended = static_cast<std::uint64_t>(
                std::count_if(deeds->begin(), deeds->end(), [](const Deed& deed) { return deed.mended; }));
            const auto left = found.total - mended;
            write_pipe(core.loop, core.long_jobs, std::move(*shared),
                       std::make_unique<Lines>(std::move(found.findings), *std::move(deeds)),
                       [call, mended, left](const Result<void>& written) mutable {
                           call.finish(written ? call.reply(mended, left) : written);
                       });
        });
    return {};
}

}  // namespace userd::bus
