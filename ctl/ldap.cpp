// SPDX-License-Identifier: LGPL-2.1-or-later
// The directory servers that are mirrored.
#include <algorithm>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/doctor/diagnosis.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

std::uint64_t count_in(const Fields& source, std::string_view name) {
    return parse_number(text_of(source, name)).value_or(0);
}

std::string accounts(std::uint64_t count) {
    return fmt::format("{} account{}", count, count == 1 ? "" : "s");
}

Answer<Fields> find_source(Client& client, const std::string& name) {
    const auto sources = TRY(client.ldap_status());
    std::vector<std::string> known;
    for (const Fields& source : sources) {
        known.push_back(text_of(source, "name"));
        if (known.back() == name) return source;
    }
    if (known.empty())
        return refuse(Problem{Exit::not_found,
                              "org.freedesktop.DBus.Error.InvalidArgs",
                              fmt::format("there is no directory server {}", escaped(name)),
                              "naming one under ldap in userd.yaml",
                              "source",
                              {}});
    TRY(check_known("directory server", name, known));
    return Fields();
}

// What there is to do about it, for a person who looks.
void advise(const Fields& source, Output& out) {
    const std::string name = text_of(source, "name"), said = text_of(source, "problem");
    if (text_of(source, "state") == "away") {
        out.line(fmt::format("✗ {}: userd-ldap does not run: what is mirrored stays, and ages", name));
        out.line("  Try: systemctl status userd-ldap");
    } else if (!said.empty()) {
        const std::string hint = text_of(source, "hint");
        out.line(fmt::format("✗ {}: {}", name, without_controls(said)));
        out.line(
            fmt::format("  Try: {}", hint.empty() ? "userctl ldap test " + name : without_controls(hint)));
    }
    if (const auto held = count_in(source, "held"); held > 0) {
        out.line(fmt::format("✗ {}: {} would be removed, which is more than the guard lets pass", name,
                             accounts(held)));
        out.line(fmt::format("  Try: userctl ldap confirm {} --removals {}", name, held));
    }
}

Answer<void> status(Client& client, const Args& args, Output& out) {
    const bool advises =
        out.human() && out.options().legend && !out.options().csv && out.options().columns.empty();
    if (!args.words.empty()) {
        const Fields source = TRY(find_source(client, args.words[0]));
        out.object(source, 'P', false);
        if (advises) advise(source, out);
        return {};
    }
    Listing listing{
        "sources", 'P', {"name", "state", "server", "user_count", "group_count", "synced_at", "stale_since"},
        {},        0,   0,
        0};
    listing.rows = TRY(client.ldap_status());
    listing.total = listing.rows.size();
    if (listing.rows.empty() && out.human()) {
        out.line("No directory server is mirrored: userd.yaml has none under ldap.");
        return {};
    }
    out.list(listing);
    if (advises)
        for (const Fields& source : listing.rows) advise(source, out);
    return {};
}

Answer<void> sync(Client& client, const Args& args, Output& out) {
    const Fields source = TRY(find_source(client, args.words[0]));
    TRY(client.sync_ldap(args.words[0], args.has("full")));
    out.changed("asked", source,
                fmt::format("Asked for a {}refresh of {}.\n  How it goes: userctl ldap status {}",
                            args.has("full") ? "full " : "", args.words[0], args.words[0]),
                'P');
    return {};
}

Answer<void> test(Client& client, const Args& args, Output& out) {
    TRY(find_source(client, args.words[0]));
    Listing listing{"checks", 'd', {"check", "state", "message", "advice"}, {}, 0, 0, 0};
    listing.rows = TRY(client.test_ldap(args.words[0], args.words.size() > 1 ? args.words[1] : ""));
    listing.total = listing.rows.size();
    const bool for_a_person = out.human() && !out.options().csv && out.options().columns.empty();
    if (!for_a_person) out.list(listing);
    bool is_good = !listing.rows.empty();
    for (const Fields& step : listing.rows) {
        const bool is_right = text_of(step, "state") == "right";
        is_good = is_good && is_right;
        if (!for_a_person) continue;
        out.line(fmt::format(
            "{} {:<10}  {}",
            mark_of(is_right ? Diagnosis::State::right : Diagnosis::State::wrong, out.options().colour),
            text_of(step, "check"), without_controls(text_of(step, "message"))));
        if (const std::string advice = text_of(step, "advice"); !advice.empty())
            out.line(fmt::format("    Try: {}", without_controls(advice)));
    }
    if (is_good) return {};
    return refuse(Problem{Exit::failed, {}, {}, {}, {}, {}});
}

Answer<void> quarantine(Client& client, const Args& args, Output& out) {
    TRY(find_source(client, args.words[0]));
    const Listing wanted{"entries", 'q', {"kind", "name", "reason", "message", "dn"}, {}, 0, 0, 0};
    return print_list(args, out, wanted, [&](auto offset, auto limit) {
        return client.list_quarantine(args.words[0], offset, limit);
    });
}

// A number that was given is the answer to the question that would be asked.
Answer<void> confirm(Client& client, const Args& args, Output& out) {
    const Fields source = TRY(find_source(client, args.words[0]));
    const std::string name = text_of(source, "name");
    std::uint64_t removals = count_in(source, "held");
    if (args.has("removals")) {
        const auto given = parse_number(args.text("removals"));
        if (!given || *given == 0)
            return refuse(problem(Exit::usage, "--removals is a number from 1, not \"{}\"",
                                  escaped(args.text("removals")))
                              .with_field("removals"));
        if (removals != 0) removals = *given;
    }
    if (removals == 0) {
        out.unchanged(source, fmt::format("{}: no removals wait", name), 'P');
        return {};
    }
    if (!args.has("removals"))
        TRY(make_sure(args, fmt::format("Let {} of {} be removed?", accounts(removals), name)));
    TRY(client.confirm_ldap(name, removals));
    out.changed("confirmed", source,
                fmt::format("Confirmed: {} of {} are suspended now, and deleted after its grace time.",
                            accounts(removals), name),
                'P');
    return {};
}

std::uint64_t count_deeds(const Page& page, std::string_view deed) {
    return static_cast<std::uint64_t>(std::count_if(
        page.rows.begin(), page.rows.end(), [&](const Fields& row) { return text_of(row, "deed") == deed; }));
}

void show_adoptions(const Page& page, Output& out) {
    Listing listing{"adoptions", 'o', {"name", "uid", "deed", "note"}, page.rows, page.total, 0, 0};
    out.list(listing);
}

// Who was named and stayed is an error of the call; here are those that were not named.
Answer<void> tell_adoptions(const Page& page, const std::string& source, Output& out) {
    for (const Fields& row : page.rows) {
        const std::string name = text_of(row, "name"), note = text_of(row, "note"),
                          deed = text_of(row, "deed");
        const std::string tail = note.empty() ? "." : fmt::format(" ({}).", without_controls(note));
        if (deed == "adopted")
            out.changed("adopted", row, fmt::format("{} is {}'s now{}", name, source, tail), 'o');
        else if (deed == "unchanged")
            out.unchanged(row, fmt::format("{} is {}'s already", name, source), 'o');
        else
            out.kept("refused", row, fmt::format("✗ {} stays{}", name, tail), 'o');
    }
    if (page.total > page.rows.size() && out.human())
        out.line(fmt::format("… and {} more.", page.total - page.rows.size()));
    if (page.rows.empty())
        out.did(false, fmt::format("Nothing to do: nobody of this host keeps out an entry of {}.", source));
    const auto refused = count_deeds(page, "refused");
    if (refused == 0) return {};
    return refuse(Problem{refused == page.total ? Exit::conflict : Exit::some_failed, {}, {}, {}, {}, {}});
}

// What would happen is shown before anybody is asked; who is named and cannot be is told by the call itself.
Answer<void> adopt(Client& client, const Args& args, Output& out) {
    auto names = TRY(targets(args));
    const std::string source = names.front();
    names.erase(names.begin());
    if (names.empty() != args.has("all")) {
        const char* why = names.empty() ? "which users?" : "--all, or users by name: not both";
        return refuse(problem(Exit::usage, "{}", why)
                          .with_hint("USER…, or --all for all who keep out an entry of the source"));
    }
    TRY(find_source(client, source));
    if (client.dry_run()) {
        const Page plan = TRY(client.adopt_ldap(source, names));
        if (plan.rows.empty() && out.human())
            out.line("Nothing to do.");
        else
            show_adoptions(plan, out);
        return {};
    }
    if (!args.has("yes")) {
        const Rehearsal rehearsal(client);
        const Page plan = TRY(client.adopt_ldap(source, names));
        const bool is_refused = !names.empty() && count_deeds(plan, "refused") > 0;
        const auto count = plan.total - count_deeds(plan, "refused") - count_deeds(plan, "unchanged");
        if (out.human() && !is_refused && count > 0) show_adoptions(plan, out);
        if (!is_refused && count > 0)
            TRY(make_sure(args, fmt::format("Hand {} over to {}?", count == 1 ? "it" : "them", source)));
    }
    return tell_adoptions(TRY(client.adopt_ldap(source, names)), source, out);
}

const Option sync_options[] = {
    {"full", 0, "", "Compare everything, not only what changed since the last time"},
};
const Option adopt_options[] = {
    {"all", 0, "", "All who keep an entry of the source out, and can be adopted"},
};
const Option confirm_options[] = {
    {"removals", 0, "NUMBER", "How many: what status shows; without it, it is asked"},
};

}  // namespace

std::span<const Command> ldap_commands() {
    static const Command commands[] = {
        {"ldap",
         "status",
         "[SOURCE]",
         "Show the directory servers that are mirrored, and how fresh their users are",
         status,
         {},
         Trait::none,
         "State: connecting, refreshing, following (changes come as they happen), polling, failed (it will "
         "be tried again), away (userd-ldap does not run). What was mirrored stays whatever becomes of the "
         "server; stale since tells how old it is."},
        {"ldap", "sync", "SOURCE", "Ask for a refresh now", sync, sync_options, Trait::changes},
        {"ldap",
         "test",
         "SOURCE [USER]",
         "Walk the way to a server: name, connection, TLS, bind, base, a page, a user",
         test,
         {},
         Trait::none,
         "Nothing is changed. The exit code is 1 when a step failed; what to try stands below it."},
        {"ldap",
         "quarantine",
         "SOURCE",
         "List the entries that were left out, and why",
         quarantine,
         {},
         Trait::pages,
         "An entry is left out alone, the rest goes on; it comes in by itself when it is mended on the "
         "server, or what stood in its way here is gone."},
        {"ldap", "confirm", "SOURCE", "Let the removals through that the guard holds", confirm,
         confirm_options, Trait::changes | Trait::destroys,
         "A refresh that would remove many accounts at once waits for this. The number must be the one that "
         "waits: what came to it since has not been looked at. Nobody is deleted at once: they are "
         "suspended, "
         "and deleted after the grace time of the source unless they come back."},
        {"ldap", "adopt", "SOURCE [USER…]",
         "Hand users of this host over to a directory server that has them too", adopt, adopt_options,
         Trait::changes | Trait::destroys,
         "For users whose name, uid and primary gid an entry of the source has, which is left out because of "
         "them (ldap quarantine). From then on the server owns what it owns of them, the password too; "
         "codes, "
         "roles, tags, SSH keys, end, suspension and groups of this host stay. The hash of the password "
         "goes: it "
         "lets in while the server is away, for offline.max_age. Groups of the same name and gid go along "
         "with everybody in them, or stay. All of it is one change, and lookups never miss anybody.\n\n"
         "With USER… either all are adopted or none; with --all who cannot be is told with the reason, and "
         "stays. There is no way back but a backup made before (backup, restore)."},
    };
    return commands;
}

}  // namespace userd::ctl
