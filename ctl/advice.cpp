// SPDX-License-Identifier: LGPL-2.1-or-later
// One wrong, missing or swapped letter leaves one half of a name whole: a search for each half finds it among
// few, however many names there are.
#include "ctl/advice.h"

#include "common/base/text.h"
#include "ctl/host_accounts.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr std::size_t longest = 64;
constexpr std::uint64_t most_names = 100;

// "there is no user alcie" → alcie
std::string_view missing_name(const Problem& problem) {
    const std::string_view message = problem.message;
    for (const std::string_view start : {"there is no user ", "there is no group "})
        if (message.starts_with(start)) return message.substr(start.size());
    return {};
}

// Not a slip: the account is there, and somebody else's.
void tell_local(Problem& problem, const std::string& name, bool is_group) {
    problem.message = fmt::format("{} is a local {} of /etc/{}: userd does not manage it", name,
                                  is_group ? "group" : "account", is_group ? "group" : "passwd");
    problem.hint = is_group ? "groupmod(8), gpasswd(1)" : "usermod(8), passwd(1)";
}

}  // namespace

void add_advice(Client& client, Problem& problem) {
    const bool is_group = problem.name == "org.userd1.Error.NoSuchGroup";
    if ((!is_group && problem.name != "org.userd1.Error.NoSuchUser") || !problem.hint.empty()) return;
    const std::string name(missing_name(problem));
    if (name.empty()) return;
    if (is_group ? has_local_group(name) : has_local_user(name)) return tell_local(problem, name, is_group);
    problem.hint = is_group ? "userctl group list" : "userctl list";
    if (name.size() < 2 || name.size() > longest || name.find(':') != std::string::npos) return;
    std::vector<std::string> names;
    for (const std::string& half : {name.substr(0, name.size() / 2), name.substr(name.size() / 2)}) {
        const Fields query = {{"text", half}, {"in", std::vector<std::string>{"name"}}};
        const auto page = is_group ? client.list_groups(Fields{{"text", half}}, 0, most_names)
                                   : client.list_users(query, 0, most_names);
        if (!page) return;
        for (const Fields& row : page->rows) names.push_back(text_of(row, "name"));
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    if (const auto near = nearest_word(name, views); !near.empty())
        problem.hint = fmt::format("Did you mean \"{}\"?", escaped(near));
}

}  // namespace userd::ctl
