// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/completion_file.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/base/text.h"
#include "ctl/complete.h"
#include "ctl/output.h"

namespace userd::ctl {
namespace {

std::string variable(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value && *value ? value : otherwise;
}

std::string own_shell() {
    const std::string path = variable("SHELL", "bash");
    return path.substr(path.rfind('/') + 1);
}

Answer<void> install(const std::string& shell, std::string_view script, Output& out) {
    const std::string path = completion_path(shell, geteuid() == 0);
    if (out.options().dry_run) {
        out.line("Dry run, nothing was changed. The file is " + path + ".");
        return {};
    }
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    std::ofstream file(path, std::ios::trunc);
    file << script << std::flush;
    if (!file) return refuse(Exit::failed, "cannot write {}", escaped(path));
    out.line(fmt::format("Wrote {}; new shells complete userctl.", path));
    if (shell == "zsh" && geteuid() != 0)
        out.line("zsh looks there when ~/.zshrc says, before compinit: fpath+=(~/.zfunc)");
    return {};
}

Answer<void> completion(Client&, const Args& args, Output& out) {
    const bool to_file = args.has("install");
    const std::string shell = !args.words.empty() ? args.words[0] : to_file ? own_shell() : "bash";
    const std::string_view script = completion_script(shell);
    if (script.empty())
        return refuse(problem(Exit::usage, "there is no completion for \"{}\"", escaped(shell))
                          .with_hint("bash, zsh or fish"));
    if (to_file) return install(shell, script, out);
    out.text(script);
    return {};
}

const Option options[] = {
    {"install", 0, "", "Write it where the shell looks: root for everybody, else for you"}};

}  // namespace

std::string completion_path(std::string_view shell, bool for_everybody) {
    const std::string everybody = "/usr/local/share/", home = variable("HOME", "/");
    if (shell == "zsh")
        return for_everybody ? everybody + "zsh/site-functions/_userctl"
                             : variable("ZDOTDIR", home) + "/.zfunc/_userctl";
    if (shell == "fish")
        return for_everybody
                   ? "/etc/fish/completions/userctl.fish"
                   : variable("XDG_CONFIG_HOME", home + "/.config") + "/fish/completions/userctl.fish";
    return (for_everybody ? everybody : variable("XDG_DATA_HOME", home + "/.local/share") + "/") +
           "bash-completion/completions/userctl";
}

Command completion_command() {
    return {"completion",  "",
            "[SHELL]",     "Print the completion script for bash, zsh or fish, or install it",
            completion,    options,
            Trait::changes};
}

}  // namespace userd::ctl
