// SPDX-License-Identifier: LGPL-2.1-or-later
// SSH keys: add, remove, list.
#include <algorithm>
#include <cctype>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/list.h"
#include "ctl/output.h"
#include "ctl/ssh_key_file.h"
#include "ctl/target.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

Answer<void> add(Client& client, const Args& args, Output& out) {
    if (!args.has("file"))
        return refuse(
            problem(Exit::usage, "which key?").with_hint("--file ~/.ssh/id_ed25519.pub, or --file -"));
    Fields options;
    const std::int64_t expires = TRY(parse_time(args.text("expires"), out.options().now));
    if (expires >= 0) options["expires"] = expires;
    if (args.has("from")) {
        std::vector<std::string> networks;
        for (const std::string& word : args.all("from"))
            for (const std::string_view network : split(word, ',')) networks.emplace_back(network);
        options["from"] = networks;
    }
    const auto keys = TRY(read_key_file(args.text("file")));
    const Found user = TRY(user_or_self(client, args));
    return for_each(keys, out, [&](const std::string& key) -> Answer<void> {
        auto fingerprint = client.add_ssh_key(user.path, key, options);
        const std::string name = text_of(user.record, "name");
        if (!fingerprint && fingerprint.error().name == "org.userd1.Error.Exists" && options.empty()) {
            out.unchanged({{"user", name}}, name + " has this key", 'k');
            return {};
        }
        if (!fingerprint) {
            Problem problem = std::move(fingerprint).error();
            if (problem.name ==
                "org.userd1.Error.Exists") {  // its end and networks are not what was asked for
                problem.message =
                    name + " has this key already; how long and from where it is good stays as it was";
                problem.hint = fmt::format("userctl ssh-key remove {} FINGERPRINT, then add it anew", name);
            }
            problem.target = name;
            return refuse(std::move(problem));
        }
        out.changed("created", {{"user", name}, {"fingerprint", *fingerprint}},
                    fmt::format("Added the key {} to {}.", *fingerprint, name), 'k');
        return {};
    });
}

// As ssh-keygen -l shows it: SHA256 and base 64 without padding.
bool is_fingerprint(std::string_view text) {
    constexpr std::string_view prefix = "SHA256:";
    constexpr std::size_t digest = 43;
    return text.starts_with(prefix) && text.size() == prefix.size() + digest &&
           std::all_of(text.begin() + prefix.size(), text.end(),
                       [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '/'; });
}

Answer<void> remove(Client& client, const Args& args, Output& out) {
    const std::string& fingerprint = args.words.back();
    if (!is_fingerprint(fingerprint))
        return refuse(problem(Exit::usage, "{} is no fingerprint", escaped(fingerprint))
                          .with_hint("SHA256:… as userctl ssh-key list and ssh-keygen -l show it"));
    Args owner = args;
    owner.words.pop_back();
    const Found user = TRY(user_or_self(client, owner));
    const std::string name = text_of(user.record, "name");
    const Fields record = {{"user", name}, {"fingerprint", fingerprint}};
    if (TRY(client.remove_ssh_key(user.path, fingerprint)))
        out.changed("removed", record, fmt::format("Removed the key {} of {}.", fingerprint, name), 'k');
    else
        out.unchanged(record, fmt::format("{} has no key {}", name, fingerprint), 'k');
    return {};
}

Answer<void> list(Client& client, const Args& args, Output& out) {
    Listing wanted{"keys", 'k', {"fingerprint", "type", "comment", "expires", "last_used"}, {}, 0, 0, 0};
    if (args.has("all")) {
        wanted.columns.insert(wanted.columns.begin(), "user");
        return print_list(args, out, wanted,
                          [&](auto offset, auto limit) { return client.list_all_ssh_keys(offset, limit); });
    }
    const Found user = TRY(user_or_self(client, args));
    wanted.rows = TRY(client.list_ssh_keys(user.path));
    for (Fields& row : wanted.rows) row["user"] = text_of(user.record, "name");
    wanted.total = wanted.rows.size();
    out.list(wanted);
    return {};
}

const Option add_options[] = {
    {"file", 'f', "FILE|-", "The public key, as ssh-keygen writes it"},
    {"expires", 0, "TIME", "Not good after this time"},
    {"from", 0, "NETWORK,…", "Only good from these networks", true},
};
const Option list_options[] = {{"all", 0, "", "The keys of all users"}};

}  // namespace

std::span<const Command> ssh_key_commands() {
    static const Command commands[] = {
        {"ssh-key", "add", "[USER]", "Add public keys", add, add_options, Trait::changes},
        {"ssh-key", "remove", "[USER] FINGERPRINT", "Remove a key", remove, {}, Trait::changes},
        {"ssh-key", "list", "[USER]", "List keys", list, list_options},
    };
    return commands;
}

}  // namespace userd::ctl
