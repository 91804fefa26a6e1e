// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/new_password.h"

#include "ctl/secret_input.h"

namespace userd::ctl {

Answer<Secrets> new_password(const Args& args, std::string_view prompt, std::string_view instead) {
    std::string_view chosen;
    for (const std::string_view option : {"generate", "password-file", "hash-file", "no-password"}) {
        if (!args.has(option)) continue;
        if (!chosen.empty()) return refuse(Exit::usage, "--{} and --{} exclude each other", chosen, option);
        chosen = option;
    }
    if (args.has("keep") && chosen != "generate") return refuse(Exit::usage, "--keep belongs to --generate");
    Secrets secrets;
    if (chosen == "generate") {
        secrets.generate = true;
    } else if (chosen == "password-file") {
        secrets.files["password"] = TRY(read_secret_file(args.text(chosen), chosen));
    } else if (chosen == "hash-file") {
        secrets.files["hash"] = TRY(read_secret_file(args.text(chosen), chosen));
    } else {
        secrets.files["password"] = TRY(ask_new_password(prompt, instead));
    }
    return secrets;
}

}  // namespace userd::ctl
