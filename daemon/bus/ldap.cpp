// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.Ldap at /org/userd1: the directory servers that are mirrored, as their admin sees them.
#include "daemon/bus/ldap.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "common/base/text.h"
#include "daemon/bulk/form.h"
#include "daemon/bus/dispatch.h"
#include "daemon/bus/record.h"
#include "daemon/bus/tables.h"

namespace userd::bus {
namespace {

std::int64_t wide_number_in(const Fields& row, std::string_view name) {
    const auto found = row.find(name);
    const auto* number = found == row.end() ? nullptr : std::get_if<std::int64_t>(&found->second);
    return number == nullptr ? 0 : *number;
}

// Of one source; empty: nothing.
std::string problem_of(const Fields& source) {
    const auto name = text_in(source, "name"), state = text_in(source, "state");
    std::string text;
    if (const auto held = wide_number_in(source, "held"); held > 0)
        text = fmt::format("{} removal{} of {} wait{} for an admin", held, held == 1 ? "" : "s", name,
                           held == 1 ? "s" : "");
    if (state != "away" && state != "failed") return text;
    if (!text.empty()) text += "; ";
    text += state == "away" ? fmt::format("{}: userd-ldap does not run", name)
                            : fmt::format("{}: {}", name, text_in(source, "problem"));
    if (const auto since = wide_number_in(source, "stale_since"); since != 0)
        text += fmt::format(", stale since {}", rfc3339(since));
    return text;
}

class LdapObject {
 public:
    explicit LdapObject(Core& core) : core_(core) {}
    static Result<LdapObject> find(Core& core, const Call&) { return LdapObject(core); }
    ObjectId id() const { return {}; }
    bool belongs_to(const Call&) const { return false; }

    Result<void> status(Call& call);
    Result<void> sync(Call& call);
    Result<void> test(Call& call);
    Result<void> quarantine(Call& call);
    Result<void> confirm(Call& call);
    Result<void> adopt(Call& call);

 private:
    std::vector<Fields> rows() const {
        return core_.servers.status ? core_.servers.status() : std::vector<Fields>();
    }
    Result<std::string> read_source(Call& call) const;

    Core& core_;
};

// One that is mirrored, or was: what userd.yaml has no more keeps its rows.
Result<std::string> LdapObject::read_source(Call& call) const {
    auto name = TRY(call.read_string());
    std::vector<std::string> known;
    for (const auto& row : rows()) known.push_back(text_in(row, "name"));
    if (std::find(known.begin(), known.end(), name) != known.end()) return name;
    const auto near = nearest_word(name, {known.begin(), known.end()});
    return fail(Error{Errc::invalid,
                      fmt::format("there is no directory server {}", escaped(name.substr(0, 64))),
                      known.empty()  ? "one under ldap in userd.yaml"
                      : near.empty() ? fmt::format("one of {}", fmt::join(known, ", "))
                                     : std::string(near),
                      "source"});
}

Result<void> LdapObject::status(Call& call) {
    return call.reply(rows());
}

Result<void> LdapObject::sync(Call& call) {
    const auto source = TRY(read_source(call));
    const bool full = TRY(call.read_bool());
    const auto options = TRY(call.read_flags());
    if (!options.dry_run) TRY(core_.servers.sync(source, full));
    return call.reply();
}

Result<void> LdapObject::test(Call& call) {
    const auto source = TRY(read_source(call));
    const auto user = TRY(call.read_string());
    core_.servers.test(source, user, [call](Result<std::vector<Fields>> steps) mutable {
        call.finish(steps ? call.reply(*steps) : Failure(std::move(steps).error()));
    });
    return {};
}

Result<void> LdapObject::quarantine(Call& call) {
    const auto source = TRY(read_source(call));
    const auto extent = TRY(call.read_extent());
    const auto page = TRY(core_.servers.quarantine(source, extent.offset, extent.limit));
    return call.reply(page.rows, page.total);
}

Result<void> LdapObject::confirm(Call& call) {
    const auto source = TRY(read_source(call));
    const auto removals = TRY(call.read_count());
    const auto options = TRY(call.read_flags());
    TRY(core_.servers.confirm(call.actor(), source, removals, options));
    return call.reply();
}

Result<void> LdapObject::adopt(Call& call) {
    const auto source = TRY(read_source(call));
    const auto users = TRY(call.read_strings());
    const auto options = TRY(call.read_flags());
    const auto adopted = TRY(core_.servers.adopt(call.actor(), source, users, options));
    return call.reply(adopted.changed, adopted.page.rows, adopted.page.total);
}

}  // namespace

std::string ldap_problem(const std::vector<Fields>& sources) {
    std::string text;
    for (const auto& source : sources)
        if (const auto problem = problem_of(source); !problem.empty())
            text += (text.empty() ? "" : "; ") + problem;
    return text;
}

const sd_bus_vtable ldap_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_ARGS("Status", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", sources),
                            (on_call<&LdapObject::status, Action::anyone>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Sync", SD_BUS_ARGS("s", source, "b", full, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&LdapObject::sync, Action::synchronise>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Test", SD_BUS_ARGS("s", source, "s", user), SD_BUS_RESULT("aa{sv}", steps),
                            (on_call<&LdapObject::test, Action::check>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Quarantine", SD_BUS_ARGS("s", source, "t", offset, "t", limit),
                            SD_BUS_RESULT("aa{sv}", page, "t", total),
                            (on_call<&LdapObject::quarantine, Action::check>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Confirm", SD_BUS_ARGS("s", source, "t", removals, "t", flags), SD_BUS_NO_RESULT,
                            (on_call<&LdapObject::confirm, Action::confirm_removals>),
                            SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_ARGS("Adopt", SD_BUS_ARGS("s", source, "as", users, "t", flags),
                            SD_BUS_RESULT("b", changed, "aa{sv}", rows, "t", total),
                            (on_call<&LdapObject::adopt, Action::root>), SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

}  // namespace userd::bus
