// SPDX-License-Identifier: LGPL-2.1-or-later
// org.userd1.User: what a user owns on the host, and what becomes of it. userd-homes does the work.
#include "common/base/text.h"
#include "common/base/unescaped.h"
#include "daemon/bus/departure.h"
#include "daemon/bus/record.h"
#include "daemon/bus/renaming.h"
#include "daemon/bus/resource_stream.h"
#include "daemon/bus/user.h"
#include "daemon/directory/rights.h"
#include "daemon/directory/value_reader.h"
#include "daemon/errands/homes.h"

namespace userd::bus {
namespace {

Result<std::vector<std::string>> optional_list(const Fields& options, std::string_view name) {
    const auto option = options.find(name);
    if (option == options.end()) return std::vector<std::string>();
    return read_list(option->second, name);
}

Result<std::vector<std::string>> paths_in(Core& core, const Fields& options) {
    const auto texts = TRY(optional_list(options, "paths"));
    std::vector<std::string> paths;
    for (const auto& text : texts) {
        const auto path = unescaped(text);
        if (!path || !path->starts_with('/'))
            return fail(Error{Errc::invalid,
                              fmt::format("\"{}\" is not an absolute path", without_controls(text)),
                              path ? "" : "a backslash is \\\\ here, a byte that is no text \\xNN", "paths"});
        paths.push_back(*path);
    }
    return paths.empty() ? core.config().resources_paths : paths;
}

struct Kinds {
    std::uint32_t what = 0;
    bool groups = false;
};
Result<Kinds> kinds_in(const Fields& options) {
    Kinds kinds;
    const auto words = TRY(optional_list(options, "kinds"));
    for (const auto& word : words) {
        if (word == "file")
            kinds.what |= wire::Sought::files;
        else if (word == "process")
            kinds.what |= wire::Sought::processes;
        else if (word == "cron")
            kinds.what |= wire::Sought::jobs;
        else if (word == "session")
            kinds.what |= wire::Sought::sessions;
        else if (word == "group")
            kinds.groups = true;
        else if (word == "all")
            kinds = {wire::Sought::everything, true};
        else
            return fail(Error{Errc::invalid, fmt::format("\"{}\" is no kind of resource", word),
                              "file, process, cron, session, group or all", "kinds"});
    }
    return words.empty() ? Kinds{wire::Sought::everything, true} : kinds;
}

Result<Legacy> legacy_in(Core& core, const Call& call, const User& user, const Fields& options) {
    Legacy legacy;
    const auto heir = TRY(optional_text(options, "transfer_to"));
    if (!heir.empty()) legacy.heir = TRY(core.directory.get_user(heir));
    if (legacy.heir && legacy.heir->id == user.id)
        return fail(Error{Errc::invalid, "the files would go to the very user who goes", {}, "transfer_to"});
    if (legacy.heir) TRY(check_heir(call.actor(), user, *legacy.heir));
    const auto home = TRY(optional_text(options, "home"));
    if (home == "keep")
        legacy.home = Legacy::Home::keep;
    else if (home == "archive")
        legacy.home = Legacy::Home::archive;
    else if (home == "remove")
        legacy.home = Legacy::Home::remove;
    else if (!home.empty())
        return fail(Error{Errc::invalid, "a home can be kept, archived or removed",
                          "one of keep, archive and remove", "home"});
    legacy.clean = TRY(optional_flag(options, "clean")).value_or(false);
    legacy.leave = TRY(optional_flag(options, "leave")).value_or(false);
    return legacy;
}

}  // namespace

Result<void> UserObject::resources(Call& call) {
    auto pipe = TRY(call.read_fd());
    const auto options = TRY(call.read_options({"paths", "kinds"}));
    TRY(call.read_flags());
    const Kinds kinds = TRY(kinds_in(options));
    ErrandRequest request = errand_for(user_, wire::ErrandKind::scan);
    request.what = kinds.what;
    request.paths = TRY(paths_in(core_, options));
    std::vector<ErrandItem> groups;
    if (kinds.groups)
        for (auto& [name, role] : TRY(core_.directory.groups_of(user_.id)))
            groups.push_back({wire::ItemKind::group, name, role, 0});
    TRY(stream_resources(core_, call.caller().uid, std::move(pipe), request, groups));
    return call.reply();
}

Result<void> UserObject::transfer(Call& call) {
    const auto to = TRY(call.read_string());
    const auto change = TRY(call.read_change({"paths"}));
    const User heir = TRY(core_.directory.get_user(to));
    if (heir.id == user_.id) return fail(Error{Errc::invalid, "the files are that user's already", {}, "to"});
    TRY(check_heir(call.actor(), user_, heir));
    auto paths = TRY(optional_list(change.fields, "paths"));
    if (!paths.empty()) paths = TRY(paths_in(core_, change.fields));
    transfer_files(core_, call, user_, heir, std::move(paths), change.options);
    return {};
}

Result<void> UserObject::rename(Call& call) {
    auto name = TRY(call.read_string());
    const auto change = TRY(call.read_change({"move_home", "clean", "leave"}));
    RenameWishes wishes;
    wishes.move_home = TRY(optional_flag(change.fields, "move_home")).value_or(false);
    wishes.clean = TRY(optional_flag(change.fields, "clean")).value_or(false);
    wishes.leave = TRY(optional_flag(change.fields, "leave")).value_or(false);
    rename_user(core_, call, user_, std::move(name), wishes, change.options);
    return {};
}

Result<void> UserObject::remove(Call& call) {
    const auto change = TRY(call.read_change({"transfer_to", "home", "clean", "leave"}));
    auto legacy = TRY(legacy_in(core_, call, user_, change.fields));
    delete_user(core_, call, user_, std::move(legacy), change.options);
    return {};
}

}  // namespace userd::bus
