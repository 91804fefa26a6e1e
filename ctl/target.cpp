// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/target.h"

#include <iostream>

#include "common/base/text.h"
#include "ctl/progress.h"
#include "ctl/render.h"
#include "ctl/terminal.h"

namespace userd::ctl {

Answer<std::vector<std::string>> targets(const Args& args) {
    std::vector<std::string> list;
    for (const std::string& word : args.words) {
        if (word != "-") {
            list.push_back(word);
            continue;
        }
        for (std::string line; std::getline(std::cin, line);)
            if (const auto name = trimmed(line); !name.empty()) list.emplace_back(name);
    }
    if (list.empty() && !args.words.empty()) return refuse(Exit::usage, "no names on standard input");
    return list;
}

Answer<Found> user_or_self(Client& client, const Args& args, std::size_t index) {
    if (index < args.words.size()) return client.get_user(args.words[index]);
    const Fields me = TRY(client.who_am_i());
    const std::string uid = text_of(me, "uid");
    const auto kind =
        argument_kind(*args.command, index);  // of the argument that names a user, where one may
    auto found = client.get_user("uid:" + uid);
    if (found || found.error().exit != Exit::not_found) return found;
    return refuse(Problem{Exit::not_found,
                          found.error().name,
                          fmt::format("you (uid {}) are not a user of this directory", uid),
                          kind == "USER" || kind == "TARGET"
                              ? fmt::format("userctl {} {}", title(*args.command), kind)
                              : "the same command as a user of the directory",
                          {},
                          {}});
}

Answer<void> for_each(const std::vector<std::string>& targets, Output& out,
                      const std::function<Answer<void>(const std::string&)>& deed) {
    std::size_t failed = 0, done_count = 0;
    Problem last;
    Progress progress(out, "done", targets.size());
    for (const std::string& target : targets) {
        progress.at(done_count++);
        const Answer<void> done = deed(target);
        if (done) continue;
        last = done.error();
        if (last.target.empty()) last.target = target;
        if (last.exit == Exit::interrupted || last.exit == Exit::unreachable || targets.size() == 1)
            return refuse(std::move(last));
        ++failed;
        out.problem(last);
    }
    if (failed == 0) return {};
    return refuse(Problem{failed == targets.size() ? last.exit : Exit::some_failed, {}, {}, {}, {}, {}});
}

std::string text_of(const Fields& record, std::string_view field) {
    return csv_cell(field, value_of(record, field));
}

std::int64_t number_of(const Fields& record, std::string_view field) {
    const auto* number = std::get_if<std::int64_t>(&value_of(record, field));
    return number == nullptr ? 0 : *number;
}

Answer<void> make_sure(const Args& args, std::string_view question) {
    if (args.has("yes") || args.has("dry-run")) return {};
    if (!may_ask())
        return refuse(
            problem(Exit::usage, "this needs a confirmation, and there is nobody to ask").with_hint("--yes"));
    if (!TRY(confirm(question))) return refuse(Exit::cancelled, "cancelled; nothing was changed");
    return {};
}

Answer<void> make_sure(Client& client, const Args& args, std::string_view question,
                       const std::function<Answer<void>()>& deed) {
    if (args.has("yes") || args.has("dry-run")) return {};
    {
        const Rehearsal rehearsal(client);
        TRY(deed());
    }
    return make_sure(args, question);
}

}  // namespace userd::ctl
