// SPDX-License-Identifier: LGPL-2.1-or-later
// Are the data right: check and repair.
#include <algorithm>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/compare.h"
#include "ctl/findings.h"
#include "ctl/output.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

Answer<Fields> request(const Args& args) {
    Fields options;
    if (!args.words.empty()) options["targets"] = TRY(targets(args));
    std::vector<std::string> rules;
    for (const std::string& given : args.all("only"))
        for (const std::string_view rule : split(given, ',')) rules.emplace_back(rule);
    if (!rules.empty()) options["rules"] = rules;
    return options;
}

bool flag_of(const Fields& record, std::string_view name) {
    const auto found = record.find(name);
    const auto* flag = found == record.end() ? nullptr : std::get_if<bool>(&found->second);
    return flag != nullptr && *flag;
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// All has been said: only the exit code is left to tell.
Refusal differences() {
    return refuse(Problem{Exit::differences, {}, {}, {}, {}, {}});
}

Answer<void> check(Client& client, const Args& args, Output& out) {
    if (args.has("compare")) return compare(client, args, out);
    const Fields options = TRY(request(args));
    Listing listing{"findings", 'i', {"severity", "rule", "subject", "message"}, {}, 0, 0, 0};
    listing.total =
        TRY(with_findings(listing.rows, [&](const Fd& pipe) { return client.check(pipe, options); }));
    if (listing.total == 0 && out.human()) {
        out.line("Nothing is inconsistent.");
        return {};
    }
    out.list(listing);
    if (listing.total == 0) return {};
    const auto mends = static_cast<std::uint64_t>(
        std::count_if(listing.rows.begin(), listing.rows.end(),
                      [](const Fields& finding) { return flag_of(finding, "repairable"); }));
    const std::string rest =
        mends == listing.total
            ? ""
            : "; what to do about the rest: userctl check --columns subject,message,advice";
    if (out.human() && out.options().legend)
        out.note(
            fmt::format("{}; userctl repair mends {}{}", counted(listing.total, "finding"), mends, rest));
    return differences();
}

Answer<void> repair(Client& client, const Args& args, Output& out) {
    const Fields options = TRY(request(args));
    std::vector<Fields> findings;
    const Repaired result =
        TRY(with_findings(findings, [&](const Fd& pipe) { return client.repair(pipe, options); }));
    for (const Fields& finding : findings) {
        const std::string what =
            fmt::format("{}, {}: {}", text_of(finding, "rule"), escaped(text_of(finding, "subject")),
                        escaped(text_of(finding, "message")));
        if (flag_of(finding, "mended"))
            out.changed("mended", finding, fmt::format("Mended {}.", what), 'i');
        else
            out.kept("left", finding,
                     fmt::format("Left {}.\n  Try: {}", what, escaped(text_of(finding, "advice"))), 'i');
    }
    if (result.mended + result.left == 0) out.did(false, "Nothing is inconsistent: nothing to do.");
    if (result.left == 0 && !(client.dry_run() && result.mended != 0)) return {};
    return differences();
}

#define RULES \
    { "only", 0, "RULE", "Only by this rule; userctl(1) and docs/reference/check.md list them", true }
const Option check_options[] = {
    RULES,
    {"compare", 0, "NSS", "Hold all against another source of nsswitch.conf, such as sss, instead"},
};
const Option repair_options[] = {RULES};

}  // namespace

std::span<const Command> check_commands() {
    static const Command commands[] = {
        {"user", "check", "[TARGET…]", "Look for what is inconsistent, with some users or all", check,
         check_options, Trait::none,
         "Nothing is changed. The exit code is 10 when something was found. What may be seen without root is "
         "seen: a home directory below a folder that may not be searched is not looked at.\n\n"
         "With --compare each user and group is asked of another source, by its module alone: number, name, "
         "home, shell and groups as both have them. Groups of /etc/group are no part of it, nor what the "
         "other one has more and does not list."},
        {"user", "repair", "[TARGET…]", "Mend what check finds, as far as it is safe", repair, repair_options,
         Trait::changes,
         "What is left is named, with what to do. The exit code is 10 when something is left. "
         "Each thing that is mended stands in the log."},
    };
    return commands;
}

}  // namespace userd::ctl
