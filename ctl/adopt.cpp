// SPDX-License-Identifier: LGPL-2.1-or-later
// What the host has already: accounts of /etc/passwd, keys of google-authenticator.
#include <algorithm>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

bool was(const Fields& row, std::string_view deed) {
    return text_of(row, "deed") == deed;
}

// Groups of the host come along with an account alone.
void show(const std::vector<Fields>& rows, std::string_view kind, Output& out) {
    Listing listing{"adoptions", 'o', {"name", "uid", "deed", "local_groups", "note"}, rows, 0, 0, 0};
    if (kind != "passwd") listing.columns = {"name", "uid", "deed", "note"};
    listing.total = rows.size();
    out.list(listing);
}

std::string sentence_on(const Fields& row, const char* what) {
    const std::string name = text_of(row, "name"), note = text_of(row, "note");
    const std::string tail = note.empty() ? "." : fmt::format(" ({}).", escaped(note));
    if (was(row, "adopted")) return fmt::format("Adopted {} of {}{}", what, name, tail);
    if (was(row, "given-back")) return fmt::format("Gave {} of {} back{}", what, name, tail);
    if (was(row, "unchanged")) return fmt::format("{}: nothing to do{}", name, tail);
    if (was(row, "refused")) return fmt::format("Left {}{}", name, tail);
    return fmt::format("✗ {}: {}", name, escaped(note));
}

Answer<void> tell(const std::vector<Fields>& rows, const char* what, Output& out) {
    const auto bad = static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [](const auto& row) { return was(row, "failed"); }));
    for (const Fields& row : rows) {
        const std::string deed = text_of(row, "deed");
        if (deed == "adopted" || deed == "given-back")
            out.changed(deed == "adopted" ? "adopted" : "given_back", row, sentence_on(row, what), 'o');
        else
            out.kept(deed, row, sentence_on(row, what), 'o');
    }
    if (rows.empty()) out.did(false, "Nothing to do.");
    if (bad == 0) return {};
    return refuse(Problem{bad == rows.size() ? Exit::failed : Exit::some_failed, {}, {}, {}, {}, {}});
}

// What would happen is shown before anybody is asked; who is named and cannot be is an error then already.
Answer<void> adopt(Client& client, const Args& args, Output& out, const char* kind, const char* what) {
    const auto names = TRY(targets(args));
    const bool undo = args.has("undo");
    if (client.dry_run()) {
        const auto plan = TRY(client.adopt(kind, names, undo));
        if (plan.empty() && out.human())
            out.line("Nothing to do.");
        else
            show(plan, kind, out);
        return {};
    }
    if (!args.has("yes")) {
        const Rehearsal rehearsal(client);
        const auto plan = TRY(client.adopt(kind, names, undo));
        const auto count = std::count_if(plan.begin(), plan.end(), [](const auto& row) {
            return was(row, "adopted") || was(row, "given-back");
        });
        const bool is_refused = !names.empty() && std::any_of(plan.begin(), plan.end(), [](const auto& row) {
            return was(row, "refused");
        });  // then the call itself says so, before it touches anything
        if (out.human() && !plan.empty() && !is_refused) show(plan, kind, out);
        if (count == 0 && names.empty()) {
            out.did(false, "Nothing to do.");
            return {};
        }
        if (!is_refused && count > 0)
            TRY(make_sure(args, fmt::format("{} {} of {} user{}?", undo ? "Give back" : "Adopt", what, count,
                                            count == 1 ? "" : "s")));
    }
    return tell(TRY(client.adopt(kind, names, undo)), what, out);
}

Answer<void> adopt_passwd(Client& client, const Args& args, Output& out) {
    return adopt(client, args, out, "passwd", "the account");
}

Answer<void> adopt_authenticator(Client& client, const Args& args, Output& out) {
    return adopt(client, args, out, "google-authenticator", "the authenticator");
}

const Option adopt_options[] = {
    {"undo", 0, "", "Give back to the host what was adopted"},
};

}  // namespace

std::span<const Command> adopt_commands() {
    static const Command commands[] = {
        {"adopt", "passwd", "[ACCOUNT…]", "Take accounts of /etc/passwd over", adopt_passwd, adopt_options,
         Trait::changes | Trait::destroys,
         "Name, uid, gid, password, home, shell and end stay what they are; the lines go out of "
         "passwd, shadow, group and gshadow, and are kept for --undo. Memberships of groups that "
         "local_groups lists come along, others stay in /etc/group. Left alone, with the reason: "
         "uids outside 1000-59999, an account that shares its name or number with others or has "
         "no private group, an empty password or a hash of an unknown kind, one who is root by a "
         "group that local_groups does not list, and the last way in. Without ACCOUNT all that "
         "can be.\n\n"
         "/etc/userd/homes.yaml must say adopt: yes, which is for root alone to write, and may "
         "say no again afterwards. What was interrupted is finished by the same command. --undo "
         "puts the lines back as they were: what was changed since, the password too, is not in "
         "them. --dry-run shows what would happen."},
        {"adopt", "google-authenticator", "[USER…]", "Take keys of google-authenticator over",
         adopt_authenticator, adopt_options, Trait::changes | Trait::destroys,
         "Reads ~/.google_authenticator of users of userd: the key, also one of 80 bits (check rule "
         "weak-totp-key), and the "
         "scratch codes, which become recovery codes; codes that were used stay used. Its window and its "
         "rate limit give "
         "way to userd's own, with a note. The file is then called .google_authenticator.adopted; --undo "
         "gives it its name "
         "again, and knows nothing of codes used since. Files that count codes (HOTP) are left alone."},
    };
    return commands;
}

}  // namespace userd::ctl
