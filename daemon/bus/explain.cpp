// SPDX-License-Identifier: LGPL-2.1-or-later
// What a login would come to, as fields. The answer is the rules' (daemon/login/explain).
#include "daemon/bus/explain.h"

#include "daemon/bus/record.h"
#include "daemon/bus/user.h"
#include "daemon/login/explain.h"

namespace userd::bus {
namespace {

constexpr std::uint64_t most_at_once = 200;  // users of one call: nobody waits long behind it
constexpr std::size_t longest_word = 256;

Result<std::string> word_in(const Fields& query, std::string_view name, std::string_view otherwise) {
    auto word = TRY(optional_text(query, name));
    if (word.size() > longest_word)
        return fail(Error{Errc::invalid, fmt::format("{} is too long", name), {}, std::string(name)});
    return word.empty() ? std::string(otherwise) : word;
}

Result<ExplainQuestion> read_question(Core& core, Call& call) {
    const auto query = TRY(call.read_options({"service", "from", "at"}));
    ExplainQuestion question;
    question.service = TRY(word_in(query, "service", question.service));
    question.rhost = TRY(word_in(query, "from", ""));
    question.at = TRY(time_in(query, "at")).value_or(core.directory.now());
    return question;
}

Fields fields_of(const Explanation& explanation) {
    return {{"allowed", explanation.allowed},
            {"reason", std::string(to_text(explanation.reason))},
            {"with", explanation.with}};
}

}  // namespace

Result<void> UserObject::explain(Call& call) {
    const auto question = TRY(read_question(core_, call));
    const auto explanation = TRY(core_.credentials.explain(user_, question, core_.root));
    Fields verdict = fields_of(explanation);
    verdict["hint"] = explanation.hint;
    verdict["service"] = question.service;
    verdict["from"] = question.rhost;
    verdict["at"] = to_unix(question.at);
    std::vector<Fields> points;
    for (const auto& point : explanation.points)
        points.push_back({{"good", point.good},
                          {"reason", std::string(to_text(point.reason))},
                          {"text", point.text},
                          {"where", point.where}});
    return call.reply(verdict, points);
}

Result<void> ExplainObject::explain_all(Call& call) {
    const auto question = TRY(read_question(core_, call));
    const auto extent = TRY(call.read_extent());
    auto page =
        TRY(core_.directory.list_users({}, extent.offset, std::min(extent.limit, most_at_once), true));
    for (Fields& row : page.rows) {
        const auto user = TRY(core_.directory.get_user(text_in(row, "name")));
        row.merge(TRY(core_.credentials.record(user.id)));
        row.merge(fields_of(TRY(core_.credentials.explain(user, question, core_.root))));
        row["keys"] = static_cast<std::int64_t>(TRY(core_.credentials.list_ssh_keys(user.id)).size());
    }
    return call.reply(page.rows, page.total);
}

}  // namespace userd::bus
