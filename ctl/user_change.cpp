// SPDX-License-Identifier: LGPL-2.1-or-later
// Writing users: create, update, rename.
#include "ctl/user_change.h"

#include <fmt/ranges.h>
#include <grp.h>

#include <set>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/enrolment.h"
#include "ctl/file_problem.h"
#include "ctl/input_file.h"
#include "ctl/new_password.h"
#include "ctl/output.h"
#include "ctl/render.h"
#include "ctl/resources.h"
#include "ctl/secret_input.h"
#include "ctl/ssh_key_file.h"
#include "ctl/target.h"
#include "ctl/user_fields.h"
#include "ctl/user_notes.h"
#include "ctl/user_patch.h"

namespace userd::ctl {

Answer<void> part_local_groups(Client& client, Fields& fields) {
    for (const std::string edit : {"", "_add", "_remove"}) {
        const auto found = fields.find("groups" + edit);
        if (found == fields.end()) continue;
        std::vector<std::string> ours, local;
        for (const std::string& name : std::get<std::vector<std::string>>(found->second)) {
            const auto known = client.get_group(name);
            if (!known && known.error().exit != Exit::not_found) return refuse(known.error());
            (known || !getgrnam(name.c_str()) ? ours : local).push_back(name);
        }
        if (!local.empty()) fields["local_groups" + edit] = local;
        if (ours.empty() && !local.empty()) {
            fields.erase(found);
        } else {
            found->second = ours;
        }
    }
    return {};
}

Answer<Change> update_unmoved(Client& client, Found& found,
                              const std::function<Answer<Fields>(const Fields& record)>& make) {
    constexpr int most_tries = 5;
    for (int i = 1;; ++i) {
        const Fields status = TRY(client.status());
        found = TRY(client.get_user("id:" + text_of(found.record, "id")));
        const Fields fields = TRY(make(found.record));
        if (fields.empty()) return Change{false, found.record};
        auto change =
            client.update_user(found.path, fields, {{"generation", value_of(status, "generation")}});
        if (change || i == most_tries || change.error().name != "org.userd1.Error.GenerationConflict")
            return change;
    }
}

namespace {

std::string joined_groups(const Fields& record) {
    std::string text = text_of(record, "groups");
    const std::string local = text_of(record, "local_groups");
    return text + (text.empty() || local.empty() ? "" : ",") + local;
}

// "Created alice (uid 70001, groups sudo). Password: … (shown once; …). Code: enrols at first login."
std::string created_sentence(const Args& args, const Created& created) {
    const Fields& record = created.object.record;
    const std::string groups = joined_groups(record);
    std::string text = fmt::format("Created {} (uid {}{}).", text_of(record, "name"), text_of(record, "uid"),
                                   groups.empty() ? "" : ", groups " + groups);
    const auto password = created.disclosed.secrets.find("password");
    if (password != created.disclosed.secrets.end())
        text += fmt::format(" Password: {} (shown once{}).", password->second.text(),
                            args.has("keep") ? "" : "; must be changed at first login");
    if (text_of(record, "state") == "pending") text += " Pending: waits for userctl approve.";
    if (text_of(record, "mfa") == "required" && text_of(record, "kind") != "service" &&
        !args.has("totp-file"))
        text += " Code: enrols at first login.";
    return text;
}

Answer<Secrets> new_user_secrets(const Args& args) {
    Secrets secrets;
    const bool is_service = args.text("kind") == "service";
    if (is_service && args.text("mfa") == "required")
        return refuse(problem(Exit::usage, "a service user logs in with keys alone: --mfa required cannot be")
                          .with_field("mfa"));
    if (is_service)
        for (const char* option : {"generate", "password-file", "hash-file", "totp-file"})
            if (args.has(option))
                return refuse(problem(Exit::usage,
                                      "a service user has neither password nor code: --{} cannot be", option)
                                  .with_hint("--ssh-key-file"));
    const bool wants_password = !args.has("no-password") && !is_service;
    if (wants_password)
        secrets = TRY(new_password(args, "Password for " + args.words[0],
                                   "--generate, --password-file, --hash-file "
                                   "or --no-password"));
    if (args.has("totp-file"))
        secrets.files["totp"] = TRY(read_secret_file(args.text("totp-file"), "totp-file"));
    return secrets;
}

Answer<void> create(Client& client, const Args& args, Output& out) {
    if (args.has("generate")) TRY(out.can_disclose());
    Fields fields = TRY(user_fields(args, out.options().now));
    TRY(part_local_groups(client, fields));
    if (args.has("pending")) fields["state"] = std::string("pending");
    if (args.has("keep")) fields["must_change"] = false;
    std::vector<std::string> keys;
    for (const std::string& file : args.all("ssh-key-file"))
        for (std::string& line : TRY(read_key_file(file))) keys.push_back(std::move(line));
    if (!keys.empty()) fields["ssh_authorized_keys"] = std::move(keys);
    Secrets secrets = TRY(new_user_secrets(args));
    const Created created = TRY(client.create_user(args.words[0], fields, std::move(secrets)));
    out.changed("created", created.object.record, created_sentence(args, created), 'u');
    for (const auto& [name, secret] : created.disclosed.secrets) out.disclose(name, secret.text());
    tell_doubts(client, args, created.object.record, out);
    return {};
}

constexpr std::size_t most_bytes = 1 << 20;  // of a patch: metadata has at most 16 KiB

Answer<std::string> read_patch(const std::string& place) {
    auto text = read_input(place, most_bytes);
    if (!text) return refuse(std::move(text).error().with_field("from"));
    return text;
}

// The options' fields and, over them, the file's. Metadata is merged with what the record has, here: so the
// daemon is told the generation it was read at, and it is read again when the directory has moved on.
Answer<Change> update_from(Client& client, Output& out, Found& found, const Fields& fields,
                           const std::string& place) {
    const std::string text = TRY(read_patch(place)), name = input_name(place);
    UserPatch patch;
    auto change = update_unmoved(client, found, [&](const Fields& record) -> Answer<Fields> {
        auto read = parse_user_patch(text, name, record, out.options().now);
        if (!read) return refuse_file(read.error(), out);
        patch = *std::move(read);
        Fields all = fields;
        for (const auto& [field, value] : patch.fields) all[field] = value;
        TRY(part_local_groups(client, all));
        return all;
    });
    if (!change) return refuse(placed(std::move(change).error(), patch));
    return change;
}

// Which of the fields that can be set read differently afterwards. One record may have private fields, which
// every user has some of, and the other not: then nothing is known of what only one of them shows.
std::string changed_fields(const Fields& before, const Fields& after) {
    const bool alike = before.count("roles") == after.count("roles");
    std::set<std::string> names;
    for (const std::string& field : settable_fields()) {
        if (!alike && before.count(field) != after.count(field)) continue;
        if (text_of(before, field) != text_of(after, field)) names.insert(field);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

Answer<void> update(Client& client, const Args& args, Output& out) {
    Found found = TRY(user_or_self(client, args));
    Fields fields = TRY(user_fields(args, out.options().now));
    const bool from = args.has("from");
    if (fields.empty() && !from)
        return refuse(
            problem(Exit::usage, "no field to change was given").with_hint("userctl update --help"));
    TRY(part_local_groups(client, fields));
    const Change change = TRY(from ? update_from(client, out, found, fields, args.text("from"))
                                   : client.update_user(found.path, fields, {}));
    const std::string name = text_of(found.record, "name");
    if (!change.changed) {
        out.unchanged(change.record, name, 'u');
        return {};
    }
    const std::string what = changed_fields(found.record, change.record);
    out.changed("updated", change.record,
                fmt::format("Updated {}{}.{}", name, what.empty() ? "" : ": " + what,
                            about_enrolment(found.record, change.record, out.options().now)),
                'u');
    tell_doubts(client, args, change.record, out);
    return {};
}

Answer<void> rename(Client& client, const Args& args, Output& out) {
    const Found found = TRY(client.get_user(args.words[0]));
    const std::string before = text_of(found.record, "name");
    Fields options;
    for (const auto& [option, field] : std::initializer_list<std::pair<const char*, const char*>>{
             {"move-home", "move_home"}, {"clean", "clean"}, {"leave", "leave"}})
        if (args.has(option)) options[field] = true;
    const Change change = TRY(client.rename_user(found.path, args.words[1], options));
    tell_left(change.record, out);
    if (!change.changed) {
        out.unchanged(change.record, before, 'u');
    } else {
        out.changed(
            "renamed", change.record,
            fmt::format("Renamed {} to {} (uid {} stays; home {}).", before, text_of(change.record, "name"),
                        text_of(change.record, "uid"), text_of(change.record, "home")),
            'u');
    }
    return {};
}

std::span<const Option> with_field_options(std::initializer_list<Option> more) {
    static std::vector<std::vector<Option>> kept;  // the table's texts live as long as the program
    kept.reserve(4);
    auto& list = kept.emplace_back(user_field_options().begin(), user_field_options().end());
    list.insert(list.end(), more);
    return list;
}

}  // namespace

Command create_command() {
    static const auto options = with_field_options({
        {"pending", 0, "", "No login until somebody approves"},
        {"generate", 0, "", "Make a password and show it once; it must be changed at the first login"},
        {"keep", 0, "", "With --generate: it need not be changed"},
        {"password-file", 0, "FILE|-|fd:N", "Read the password there"},
        {"hash-file", 0, "FILE|-|fd:N", "Read a password hash there, of crypt(5) or Argon2id"},
        {"no-password", 0, "", "No password"},
        {"ssh-key-file", 0, "FILE", "Add the public keys in this file", true},
        {"totp-file", 0, "FILE|-|fd:N", "Enrol this TOTP key, in base32"},
    });
    return {"user",
            "create",
            "NAME",
            "Create a user",
            create,
            options,
            Trait::changes,
            "Without one of --generate, --password-file, --hash-file and --no-password the password "
            "is asked for on the terminal. A service user (--kind service) has none."};
}

Command update_command() {
    static const auto options = with_field_options(
        {{"from", 0, "FILE|-", "Take the fields from YAML or JSON, as a merge patch: null clears"}});
    return {"user", "update", "[TARGET]",     "Change fields of a user, without a target your own",
            update, options,  Trait::changes, "An empty value clears a field: --phone \"\"."};
}

Command rename_command() {
    static const Option options[] = {
        {"move-home", 0, "", "Move the home to the new name as well"},
        {"clean", 0, "", "Take the old name out of /etc/group, sudoers, cron.allow and the like"},
        {"leave", 0, "", "Leave it there, without looking"},
    };
    return {"user",
            "rename",
            "TARGET NEW",
            "Give a user another name; uid, groups and credentials stay",
            rename,
            options,
            Trait::changes,
            "The host's own files (/etc/group, gshadow, sudoers, cron.allow, at.allow, access.conf, subuid, "
            "subgid) are "
            "looked through for the old name: what grants something there would go to the next user of that "
            "name. Lines "
            "that refuse somebody, and sudo rules that name several, are left to you, and told."};
}

}  // namespace userd::ctl
