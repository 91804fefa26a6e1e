// SPDX-License-Identifier: LGPL-2.1-or-later
// The states of a user: suspend, resume, approve, reject, delete, unlock.
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/resources.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

struct Deed {
    const char* member;  // of org.userd1.User
    const char* key;     // in the JSON object
    const char* said;    // "Suspended alice."
};

Answer<void> change_each(Client& client, const Args& args, Output& out, const Deed& deed,
                         const Fields& options) {
    return for_each(TRY(targets(args)), out, [&](const std::string& target) -> Answer<void> {
        const Found found = TRY(client.get_user(target));
        const Change change = TRY(client.change_user(found.path, deed.member, options));
        const std::string name = text_of(found.record, "name");
        const std::string until = text_of(change.record, "suspended_until");
        if (change.changed) {
            out.changed(deed.key, change.record,
                        fmt::format("{} {}{}{}.", deed.said, name, until.empty() ? "" : " until ", until),
                        'u');
        } else {
            out.unchanged(change.record, fmt::format("{} is {}", name, text_of(change.record, "state")), 'u');
        }
        tell_left(change.record, out);
        return {};
    });
}

// The options whose words the daemon takes as they are.
Fields texts_of(const Args& args, std::initializer_list<const char*> names) {
    Fields options;
    for (const char* name : names)
        if (args.has(name)) options[name] = args.text(name);
    return options;
}

Answer<void> suspend(Client& client, const Args& args, Output& out) {
    Fields options = texts_of(args, {"reason"});
    if (args.has("until")) options["until"] = TRY(parse_time(args.text("until"), out.options().now));
    if (args.has("keep-sessions")) options["keep_sessions"] = true;
    return change_each(client, args, out, {"Suspend", "suspended", "Suspended"}, options);
}

Answer<void> resume(Client& client, const Args& args, Output& out) {
    return change_each(client, args, out, {"Resume", "resumed", "Resumed"}, texts_of(args, {"reason"}));
}

Answer<void> approve(Client& client, const Args& args, Output& out) {
    return change_each(client, args, out, {"Approve", "approved", "Approved"},
                       texts_of(args, {"role", "reason"}));
}

Answer<void> reject(Client& client, const Args& args, Output& out) {
    return change_each(client, args, out, {"Reject", "rejected", "Rejected"}, texts_of(args, {"reason"}));
}

// What became of the home and the files, in the words of a person.
std::string fate(const Fields& record, const Fields& options) {
    const std::string home = text_of(record, "home"), became = text_of(record, "home_fate"),
                      heir = text_of(options, "transfer_to");
    std::string text =
        became == "archived" ? fmt::format("The home {} is archived in {}.", home, text_of(record, "archive"))
        : became == "removed" ? fmt::format("The home {} is removed.", home)
        : became == "none"    ? fmt::format("There was no home {} to {}.", home, text_of(options, "home"))
                              : fmt::format("The home {} was kept.", home);
    if (!heir.empty()) text += fmt::format(" {} files went to {}.", text_of(record, "transferred"), heir);
    return text;
}

Answer<void> remove(Client& client, const Args& args, Output& out) {
    Fields options;
    for (const auto& [option, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {"transfer-to", "transfer_to"}, {"home", "home"}})
        if (args.has(option)) options[field] = args.text(option);
    for (const char* flag : {"clean", "leave"})
        if (args.has(flag)) options[flag] = true;
    const auto names = TRY(targets(args));
    bool asked = false;
    return for_each(names, out, [&](const std::string& target) -> Answer<void> {
        const Found found = TRY(client.get_user(target));
        const std::string name = text_of(found.record, "name");
        Change change;
        const auto deed = [&]() -> Answer<void> {
            change = TRY(client.delete_user(found.path, options));
            return {};
        };
        if (!asked)
            TRY(make_sure(client, args,
                          names.size() == 1 ? fmt::format("Delete {} for good?", name)
                                            : fmt::format("Delete {} users for good?", names.size()),
                          deed));
        asked = true;
        TRY(deed());
        tell_left(change.record, out);
        const Fields& record = change.record.empty() ? found.record : change.record;
        out.changed(
            "deleted", record,
            fmt::format("Deleted {} (uid {}). {}", name, text_of(record, "uid"), fate(record, options)), 'u');
        return {};
    });
}

Answer<void> unlock(Client& client, const Args& args, Output& out) {
    return for_each(TRY(targets(args)), out, [&](const std::string& target) -> Answer<void> {
        const Found found = TRY(client.get_user(target));
        const std::string name = text_of(found.record, "name");
        if (TRY(client.unlock(found.path))) {
            out.changed("unlocked", found.record, fmt::format("Unlocked {}.", name), 'u');
            return {};
        }
        if (text_of(found.record, "state") == "suspended")
            return refuse(Problem{Exit::conflict,
                                  "org.userd1.Error.PolicyViolation",
                                  fmt::format("{} is suspended, not locked", name),
                                  "userctl resume " + name,
                                  {},
                                  {}});
        out.unchanged(found.record, name + " is not locked", 'u');
        return {};
    });
}

const Option suspend_options[] = {
    {"reason", 0, "TEXT", "Why; admins see it"},
    {"until", 0, "TIME", "Resume by itself then"},
    {"keep-sessions", 0, "", "Let open sessions and what runs go on"},
};
const Option delete_options[] = {
    {"transfer-to", 0, "USER", "Who gets the files"},
    {"home", 0, "keep|archive|remove", "What becomes of the home"},
    {"clean", 0, "", "Take the name out of /etc/group, sudoers, cron.allow and the like"},
    {"leave", 0, "", "Leave everything as it is, without looking"},
};
const Option resume_options[] = {{"reason", 0, "TEXT", "Why; it stands in the audit trail"}};
const Option approve_options[] = {{"role", 0, "ROLE", "And give them this role"},
                                  {"reason", 0, "TEXT", "Why; it stands in the audit trail"}};
const Option reject_options[] = {{"reason", 0, "TEXT", "Why; admins see it"}};

}  // namespace

std::span<const Command> state_commands() {
    static const Command commands[] = {
        {"user", "suspend", "TARGET…", "Refuse every login of these users", suspend, suspend_options,
         Trait::changes,
         "Open sessions, processes and the user manager end, at jobs are held, lingering is put aside; what "
         "was held goes on when they are resumed. cron runs no job of a suspended user. Suspending once more "
         "ends what --keep-sessions had left."},
        {"user", "resume", "TARGET…", "Let suspended users log in again", resume, resume_options,
         Trait::changes},
        {"user", "approve", "TARGET…", "Let pending users log in", approve, approve_options, Trait::changes},
        {"user", "reject", "TARGET…", "Turn pending users down", reject, reject_options, Trait::changes},
        {"user", "delete", "TARGET…", "Delete suspended users for good", remove, delete_options,
         Trait::changes | Trait::destroys,
         "Only a suspended user can be deleted. The number never comes back, and the name is held "
         "back for a while (users.names_hold in userd.yaml). Who still owns something on the host "
         "is not deleted before it is said what becomes of it: files go to another user, the home "
         "is kept, archived (/var/lib/userd-homes) or removed, crontab, at jobs and user timers "
         "are put off and listed, processes end; or all of it is left."},
        {"user", "unlock", "TARGET…", "Clear the lock that wrong tries have set", unlock, {}, Trait::changes},
    };
    return commands;
}

}  // namespace userd::ctl
