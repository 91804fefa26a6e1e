// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/list.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "ctl/list_printer.h"
#include "ctl/progress.h"
#include "ctl/suggest.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr std::uint64_t page_size = 1000;  // the most that the daemon sends at once

Answer<std::uint64_t> number(const Args& args, std::string_view option, std::uint64_t otherwise) {
    if (!args.has(option)) return otherwise;
    const auto value = parse_number(args.text(option));
    if (!value || (option == "limit" && *value == 0))
        return refuse(problem(Exit::usage, "--{} is a number{}, not \"{}\"", option,
                              option == "limit" ? " from 1" : "", escaped(args.text(option)))
                          .with_field(std::string(option)));
    return *value;
}

}  // namespace

Answer<void> print_list(const Args& args, Output& out, Listing wanted, const FetchPage& fetch,
                        const SeePage& see) {
    const bool all = args.has("all");
    if (all && args.has("limit")) return refuse(Exit::usage, "--all and --limit exclude each other");
    wanted.offset = TRY(number(args, "offset", 0));
    wanted.limit = TRY(number(args, "limit", 100));
    const std::uint64_t most = all ? UINT64_MAX : wanted.limit;
    if (all) wanted.limit = 0;
    Progress progress(out, fmt::format("reading {}", wanted.plural));
    ListPrinter printer(out, wanted);
    for (std::uint64_t shown = 0; shown < most;) {
        const std::uint64_t want = std::min<std::uint64_t>(page_size, most - shown);
        const Page page = TRY(fetch(wanted.offset + shown, want));
        wanted.total = page.total;
        if (shown == 0 && see) TRY(see(page, wanted));
        printer.rows(page.rows);
        shown += page.rows.size();
        if (page.rows.size() < want) break;
        progress.at(shown, std::min(most, wanted.total - std::min(wanted.offset, wanted.total)));
    }
    printer.finish();
    return {};
}

Answer<void> check_known(std::string_view kind, const std::string& name,
                         const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return {};
    const auto near = nearest_word(name, {known.begin(), known.end()});
    return refuse(Problem{Exit::not_found,
                          "org.freedesktop.DBus.Error.InvalidArgs",
                          fmt::format("there is no {} {}", kind, escaped(name)),
                          near.empty()
                              ? fmt::format("{}{}", known.size() > 1 ? "one of " : "", fmt::join(known, ", "))
                              : fmt::format("Did you mean \"{}\"?", near),
                          std::string(kind),
                          {}});
}

Answer<void> check_source(Client& client, const Args& args) {
    if (!args.has("source")) return {};
    std::vector<std::string> known{"local"};
    for (const Fields& server : TRY(client.ldap_status())) known.push_back(text_of(server, "name"));
    const std::string given = args.text("source");
    return check_known("source", given.starts_with("ldap:") ? given.substr(5) : given, known);
}

}  // namespace userd::ctl
