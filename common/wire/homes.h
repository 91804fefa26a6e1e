// SPDX-License-Identifier: LGPL-2.1-or-later
// The messages of /run/userd/homes.sock: the core sends one errand a connection, userd-homes answers with
// words until the last one, `done`. Hanging up cancels the errand. Paths are bytes. Same rules as login.h.
#pragma once

#include "common/wire/frame.h"

namespace userd::wire {

inline constexpr std::size_t max_path = 4096;
inline constexpr std::size_t max_paths = 3000;    // of an errand's list, all together
inline constexpr std::size_t max_message = 2048;  // of an error, and of an item's detail

enum class ErrandKind : std::uint8_t {
    create_home = 1,  // uid gid home skeleton mode sftp
    archive_home,     // uid home name sftp: written to an archive, then removed
    remove_home,      // uid home sftp
    move_home,        // uid home to_home
    prune_archives,   // most: seconds after which an archive goes, a day at least
    scan,             // uid gid name home paths what most: an item for each thing that is the user's
    change_owner,     // uid gid to_uid to_gid paths: files; a note for each that was left alone
    stop_jobs,        // uid name home what: an item for each that was put off or ended
    find_names,       // name: an item for each line of the host's files that names it
    clean_names,      // name: takes it out of them; a note for each line that is left to a person
    find_accounts,    // name, or all: of /etc/passwd: an account for each that may be adopted, administrators
    take_account,     // uid name most (its fingerprint) paths (groups it leaves): its lines go
    give_account_back,        // uid name: they come back
    read_authenticator,       // uid home: texts, of ~/.google_authenticator
    put_authenticator_aside,  // uid home: it gets another name
    put_authenticator_back,   // uid home: its old one
    limit_slice,              // uid tasks_max memory_max
    suspend_user,             // uid name what (jobs: held; sessions, processes: end): an item for each
    resume_user,              // uid name: an item for each job that is held no more
};
inline constexpr ErrandKind last_errand = ErrandKind::resume_user;

// What `scan` looks for.
enum Sought : std::uint32_t { files = 1, processes = 2, jobs = 4, sessions = 8, everything = 15 };

struct Errand {
    ErrandKind kind = ErrandKind::create_home;
    std::uint32_t uid = 0, gid = 0;
    std::uint32_t to_uid = 0, to_gid = 0;
    std::uint32_t mode = 0;                       // of a home; only its permission bits
    std::uint32_t what = 0;                       // Sought
    std::uint64_t most = 0;                       // items after which a scan ends; 0: all
    std::uint64_t tasks_max = 0, memory_max = 0;  // of the user's slice, in tasks and bytes; 0: no limit
    bool sftp = false;                            // the home's top folder is root's, files/ the user's
    std::string_view name;                        // the user's login name
    std::string_view to_name;                     // the new one
    std::string_view home, to_home, skeleton;
    std::string_view paths;  // each ended by a NUL; empty: all that the limits allow
};

enum class WordKind : std::uint8_t { progress = 1, item, done };
// group: the core's own word, never on the wire
enum class ItemKind : std::uint8_t {
    file = 1,
    process,
    cron,
    session,
    name,
    note,
    account,        // detail: daemon/model/host_account, with the hash
    administrator,  // path: the name of a local account that can make itself root, and has a password
    text,           // detail: a part of a file, with secrets
    group
};
inline constexpr ItemKind last_item = ItemKind::text;

struct Word {
    WordKind kind = WordKind::done;
    std::uint64_t count = 0;  // progress, done: things dealt with
    std::uint64_t bytes = 0;  // progress, done: of files; item: of this one
    ItemKind item = ItemKind::note;
    std::string_view path;     // item: a path, a command, or a line's place; done: the archive
    std::string_view detail;   // item
    std::string_view error;    // done: a D-Bus error name; empty: it is done
    std::string_view message;  // done: the error's text on the wire (common/base/errors)
};

std::size_t encode(std::span<char> out, const Errand& errand);
std::size_t encode(std::span<char> out, const Word& word);

std::optional<Errand> decode_errand(std::string_view frame);
std::optional<Word> decode_word(std::string_view frame);

}  // namespace userd::wire
