// SPDX-License-Identifier: LGPL-2.1-or-later
// Backup and restore. The files are opened here, by the person's own rights, and handed to the daemon.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/base/text.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/input_file.h"
#include "ctl/output.h"
#include "ctl/progress.h"
#include "ctl/secret_input.h"
#include "ctl/target.h"
#include "ctl/terminal.h"
#include "ctl/time_text.h"

namespace userd::ctl {
namespace {

constexpr std::string_view key_options = "--passphrase-file, --key-to or --without-key";

Refusal system_refusal(std::string_view what, const std::string& path) {
    const Exit exit = errno == ENOENT ? Exit::not_found : Exit::failed;
    return refuse(exit, "cannot {} {}: {}", what, escaped(path), std::strerror(errno));
}

Answer<Fd> open_backup(const std::string& path) {
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return system_refusal("open", path);
    return fd;
}

// A backup may take the place of an older one; what else stands there is somebody's, and not ours to replace
// unasked.
Answer<void> make_room(Client& client, const std::string& path, const Args& args) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) return {};
    if (!S_ISREG(about.st_mode))
        return refuse(Exit::usage, "{} is there and is no regular file", escaped(path));
    if (about.st_size == 0 || args.has("yes")) return {};
    const auto older = client.check_backup(TRY(open_backup(path)));
    if (older) return {};
    if (older.error().exit != Exit::invalid) return refuse(older.error());
    if (!may_ask())
        return refuse(problem(Exit::usage, "{} is there and is no whole backup", escaped(path))
                          .with_hint("another name, or --yes to replace it"));
    return make_sure(args, fmt::format("{} is there and is no whole backup. Replace it?", escaped(path)));
}

// A file beside `path` that takes its name when it is whole.
class NewFile {
 public:
    explicit NewFile(std::string path) : path_(std::move(path)), name_(path_ + ".XXXXXX") {}
    ~NewFile() {
        if (fd_ && !done_) ::unlink(name_.c_str());
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    Answer<void> create() {
        fd_.reset(::mkostemp(name_.data(), O_CLOEXEC));  // 0600
        if (!fd_) return system_refusal("make", path_);
        return {};
    }
    const Fd& fd() const { return fd_; }
    Answer<void> finish() {
        if (::rename(name_.c_str(), path_.c_str()) != 0) return system_refusal("make", path_);
        done_ = true;
        const auto slash = path_.rfind('/');
        const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
        const Fd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!opened || ::fsync(opened.get()) != 0) return system_refusal("sync", folder);
        return {};
    }

 private:
    std::string path_, name_;
    Fd fd_;
    bool done_ = false;
};

// The public key itself, or the file that holds it.
Answer<std::string> public_key(const std::string& given) {
    if (::access(given.c_str(), F_OK) != 0) return given;
    return read_input(given, 1 << 20);
}

bool says_what_of_the_key(const Args& args) {
    return args.has("passphrase-file") || args.has("key-to") || args.has("without-key");
}

std::string sentence_of_key(const Fields& facts) {
    const std::string key = text_of(facts, "sealing_key");
    if (key == "passphrase") return "the sealing key is wrapped with the passphrase";
    if (key == "public-key") return "the sealing key is wrapped for the public key";
    return key == "none" ? "there is no sealing key yet" : "the sealing key is left out";
}

std::string described(const Fields& facts) {
    const auto* made = std::get_if<std::int64_t>(&facts.at("made_at"));
    return fmt::format("{}, generation {}, {} bytes; {}", rfc3339(made ? *made : 0),
                       text_of(facts, "generation"), text_of(facts, "size"), sentence_of_key(facts));
}

Answer<void> verify(Client& client, const std::string& path, Output& out) {
    const Fd fd = TRY(open_backup(path));
    Fields facts = TRY(client.check_backup(fd));
    facts["path"] = escaped(path);
    if (out.human())
        out.line(fmt::format("{} is a whole backup: {}.", escaped(path), described(facts)));
    else
        out.object(facts, 'a', false);
    return {};
}

Answer<void> backup(Client& client, const Args& args, Output& out) {
    const std::string& path = args.words[0];
    if (!args.has("verify") && !says_what_of_the_key(args) && !may_ask())
        return refuse(
            problem(Exit::usage, "what becomes of the sealing key?").with_hint(std::string(key_options)));
    if (args.has("verify") && !says_what_of_the_key(args)) return verify(client, path, out);
    TRY(make_room(client, path, args));
    Secrets secrets;
    Fields options;
    if (args.has("passphrase-file"))
        secrets.files["passphrase"] = TRY(read_secret_file(args.text("passphrase-file"), "passphrase-file"));
    else if (!says_what_of_the_key(args))
        secrets.files["passphrase"] = TRY(ask_new_password("Passphrase for the sealing key", key_options));
    if (args.has("key-to")) options["key_to"] = TRY(public_key(args.text("key-to")));
    if (args.has("without-key")) options["without_key"] = true;
    NewFile file(path);
    TRY(file.create());
    Progress progress(out, "writing the backup");
    Fields facts = TRY(client.backup(file.fd(), secrets, options));
    if (args.has("verify")) TRY(client.check_backup(file.fd()));
    progress.hide();
    TRY(file.finish());
    facts["path"] = escaped(path);
    out.changed("created", facts,
                fmt::format("Wrote {}{}: {}.", escaped(path), args.has("verify") ? " and read it again" : "",
                            described(facts)),
                'a');
    if (text_of(facts, "sealing_key") == "left-out")
        out.note(
            "! The sealing key is not in this backup: keep a copy of it (/var/lib/userd/key or the "
            "credential "
            "userd.key),\n! or no one-time code and no recovery code works after a restore on another "
            "machine.");
    return {};
}

Answer<Secrets> secrets_for(const Args& args, const Fields& facts) {
    Secrets secrets;
    if (args.has("passphrase-file"))
        secrets.files["passphrase"] = TRY(read_secret_file(args.text("passphrase-file"), "passphrase-file"));
    if (args.has("key-file"))
        secrets.files["private_key"] = TRY(read_secret_file(args.text("key-file"), "key-file"));
    if (secrets.files.empty() && text_of(facts, "sealing_key") == "passphrase")
        secrets.files["passphrase"] =
            TRY(ask_password("Passphrase of the backup", "--passphrase-file FILE", "the passphrase"));
    if (secrets.files.empty() && text_of(facts, "sealing_key") == "public-key")
        return refuse(problem(Exit::usage, "the backup's key was wrapped for a public key")
                          .with_hint("--key-file FILE"));
    return secrets;
}

Answer<void> restore(Client& client, const Args& args, Output& out) {
    const std::string& path = args.words[0];
    const Fd fd = TRY(open_backup(path));
    Progress progress(out, "reading the backup");
    const Fields known = TRY(client.check_backup(fd));
    progress.hide();
    const Secrets secrets = TRY(secrets_for(args, known));
    if (args.has("replace") && !args.has("dry-run"))
        TRY(make_sure(args, fmt::format("Put the backup in the place of this host's directory ({})?",
                                        described(known))));
    Fields options;
    if (args.has("replace")) options["replace"] = true;
    Fields facts = TRY(client.restore(fd, secrets, options));
    facts["path"] = escaped(path);
    const std::string kept =
        facts.contains("aside") ? " The store that was there is " + text_of(facts, "aside") + "." : "";
    out.changed("restored", facts, fmt::format("Restored {}: {}.{}", escaped(path), described(known), kept),
                'a');
    if (text_of(facts, "key_missing") == "true")
        out.note(
            fmt::format("! The sealing key {} is not here: no one-time code works until it stands in "
                        "/var/lib/userd/key\n! or comes as the credential userd.key, and userd is restarted.",
                        text_of(facts, "key_id")));
    return {};
}

const Option backup_options[] = {
    {"passphrase-file", 0, "FILE|-", "Wrap the sealing key with this passphrase"},
    {"key-to", 0, "KEY|FILE", "Wrap the sealing key for this X25519 public key (PEM, or base 64)"},
    {"without-key", 0, "", "Leave the sealing key out"},
    {"verify", 0, "", "Read it again; alone: check a backup that is there, and write nothing"},
};
const Option restore_options[] = {
    {"replace", 0, "", "Also when the directory is not empty; the old store is kept aside"},
    {"passphrase-file", 0, "FILE|-", "The passphrase that the sealing key is wrapped with"},
    {"key-file", 0, "FILE|-", "The X25519 private key that the sealing key is wrapped for"},
};

}  // namespace

std::span<const Command> backup_commands() {
    static const Command commands[] = {
        {"backup", "", "FILE", "Write the whole directory into a file, while it is used", backup,
         backup_options, Trait::destroys,
         "The file (0600) holds everything, also password hashes, and takes its name when it is "
         "whole. It may replace an older backup; what else has that name is not replaced unasked. "
         "The sealing key, without which no one-time code works, comes along wrapped with a "
         "passphrase, or for a public key whose private half stays elsewhere (openssl genpkey "
         "-algorithm X25519 -out key.pem; openssl pkey -in key.pem -pubout)."},
        {"restore", "", "FILE", "Put a backup in the place of the directory", restore, restore_options,
         Trait::changes | Trait::destroys,
         "The file is checked as a whole first; one that is cut off, changed, foreign or of a "
         "newer userd changes nothing. The store that was there is kept beside it. Codes that "
         "were used stay used: each authenticator skips a minute or so. Numbers that were given "
         "out since the backup are not given out again."},
    };
    return commands;
}

}  // namespace userd::ctl
