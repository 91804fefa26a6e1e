// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/field.h"

namespace userd::ctl {
namespace {

const Field fields[] = {
    {"id", Shape::text, "ug", "Internal id: random, never used again"},
    {"name", Shape::text, "ugbrhojwPq", "Login name, or name of the group, role or directory server"},
    {"uid", Shape::number, "ubihow", "Number of the user"},
    {"gid", Shape::number, "ugb", "Number of the primary group, or of the group"},
    {"first_name", Shape::text, "u*", "First name. Private"},
    {"last_name", Shape::text, "u*", "Last name. Private"},
    {"display_name", Shape::text, "u", "Full name as shown; the GECOS field"},
    {"description", Shape::text, "gr", "What the group or role is for"},
    {"email", Shape::text, "u*", "Mail address; the domain is folded to lower case. Private"},
    {"phone", Shape::text, "u*", "Phone number, kept as +440123456789. Private"},
    {"shell", Shape::text, "u", "Login shell"},
    {"home", Shape::text, "u", "Home directory"},
    {"kind", Shape::text, "ueq",
     "Of a user: person, service or sftp; of a resource: file, process, cron, session or group; of an "
     "entry left out: user or group"},
    {"primary_group", Shape::text, "u",
     "Name of the primary group; private: one of the user's own name and number"},
    {"grants", Shape::list, "r", "What the role's holders may do"},
    {"scope", Shape::list, "r", "Groups whose members the role reaches; none: everybody"},
    {"excluded", Shape::list, "r", "Roles whose holders the role does not reach"},
    {"groups", Shape::list, "urw", "Groups that the user was put into; that come with the role"},
    {"nested_groups", Shape::list, "u", "Groups that the user is in because they hold one of those"},
    {"local_groups", Shape::list, "uow", "Groups of /etc/group that the user is in"},
    {"role", Shape::text, "u*",
     "The default role, or the first; user: none but everybody's. Set: this role alone. Private"},
    {"roles", Shape::list, "u*w", "All roles of the user. Private"},
    {"class", Shape::text, "u*", "Resource class, one of classes in userd.yaml. Private"},
    {"tags", Shape::list, "u*", "Words of your own, to list by. Private"},
    {"metadata", Shape::table, "u*", "Values of your own, nested, up to 16 KiB. Private"},
    {"check", Shape::text, "d", "Name of a check of doctor, or step of a test"},
    {"state", Shape::text, "uxwdP",
     "Of a user: pending, active or suspended; of the SSH setup: none, trial, confirmed or "
     "changed; of a check: right, wrong or unknown; of a directory server: connecting, refreshing, "
     "following, polling, failed or away"},
    {"server", Shape::escaped, "P", "The address that answers"},
    {"state_reason", Shape::text, "u*", "Why suspended or rejected. Private"},
    {"suspended_until", Shape::time, "u*", "When a suspension ends by itself. Private"},
    {"mfa", Shape::text, "u*gw",
     "Policy for one-time codes: inherit, off, optional or required. A user's is private"},
    {"factors", Shape::list, "u*mw", "What is enrolled beside the password: totp. Private"},
    {"enrol_until", Shape::time, "u*m", "Until then a login with the password alone may enrol. Private"},
    {"notify", Shape::text, "u*", "Which mails the user gets: all, security or none. Private"},
    {"source", Shape::text, "ug", "Where the object comes from: local, or ldap:NAME"},
    {"set", Shape::text, "u*g", "State file that manages the object; a user's is private"},
    {"created_at", Shape::time, "ugkr", "When it was created"},
    {"updated_at", Shape::time, "ugr", "When it was changed last"},
    {"created_by", Shape::text, "u*", "Who created it. Private"},
    {"last_login", Shape::time, "u*w", "Last login. Private"},
    {"password_changed_at", Shape::time, "u*my", "When the password was set last. Private"},
    {"must_change", Shape::flag, "u*y", "Must the password be changed at the next login. Private"},
    {"not_before", Shape::time, "u*", "No login before. Private"},
    {"expires", Shape::time, "u*k", "No login after, no use of the key after. Private"},
    {"locked_until", Shape::time, "u*m",
     "Locked by wrong tries until then; 9999-12-31T23:59:59Z: until an admin unlocks. Private"},
    {"members", Shape::list, "g", "Users that were put into the group, and groups, as group:NAME"},
    {"member_count", Shape::number, "g",
     "How many members there are, where the record has only the first 1,000"},
    {"administrators", Shape::list, "g", "Users who may change the group's members"},
    {"generation", Shape::number, "ugsar", "Number of the directory's change that touched it last"},
    {"built_in", Shape::flag, "r", "Is the role one that cannot be changed"},
    {"default", Shape::flag, "h", "Do the user's calls drop to this role"},
    {"granted_by", Shape::text, "h", "Who granted the role"},
    {"granted_at", Shape::time, "h", "When the role was granted"},
    {"user", Shape::text, "k", "Owner of the key"},
    {"fingerprint", Shape::text, "k", "SHA256:…, as ssh-keygen -l prints"},
    {"type", Shape::text, "bk", "Of a key: ssh-ed25519, ssh-rsa, …; of a member: user or group"},
    {"comment", Shape::text, "k", "The key's comment"},
    {"options", Shape::text, "k", "Options of authorized_keys"},
    {"from", Shape::text, "kjn",
     "Networks that the key may be used from; where a login comes from, or a code was given"},
    {"last_used", Shape::time, "k", "When a session was opened with the key last"},
    {"session", Shape::number, "n", "Login session that the code was given in: the kernel's audit session"},
    {"given_at", Shape::time, "n", "When the code was given"},
    {"until", Shape::time, "bn", "When the membership, or what was remembered, ends by itself"},
    {"direct", Shape::flag, "b", "Was the user put into this very group"},
    {"via", Shape::text, "b", "Way of a user who was not, through the member groups: ops/web"},
    {"policy", Shape::text, "my",
     "The policy that applies: of codes off, optional or required; of passwords nist or cis"},
    {"min_length", Shape::number, "y", "Least characters of a new password"},
    {"second_factor", Shape::flag, "y", "Is no login complete without a code, so that a shorter one does"},
    {"classes", Shape::number, "y", "How many of small letters, capitals, digits and others must occur"},
    {"blocklist", Shape::flag, "y", "Is there a list of passwords that are refused"},
    {"guesses", Shape::number, "y", "Guesses that it must stand, as a power of ten"},
    {"history", Shape::number, "y", "How many of the last ones may not come back"},
    {"max_age", Shape::number, "y", "Seconds after which it must be changed"},
    {"change_due", Shape::time, "y", "When that is"},
    {"kept", Shape::flag, "t", "Is the rule kept"},
    {"finding", Shape::text, "t", "What was found, and what is asked for"},
    {"enrolled", Shape::flag, "m", "Is an authenticator enrolled"},
    {"digits", Shape::number, "m", "Digits of a code"},
    {"algorithm", Shape::text, "m", "SHA1, SHA256 or SHA512"},
    {"recovery_left", Shape::number, "m", "Recovery codes not used yet"},
    {"key", Shape::text, "c", "Name of a setting: users.shell"},
    {"value", Shape::text, "c", "Its value"},
    {"where", Shape::text, "c", "file:line, or default"},
    {"number", Shape::number, "l", "Number of the row"},
    {"time", Shape::time, "l", "When it happened"},
    {"actor", Shape::text, "l", "Who did it"},
    {"action", Shape::text, "l", "What: user.update, login.denied, session.open"},
    {"subject", Shape::text, "li", "To whom or what: user:alice, group:web"},
    {"reason", Shape::text, "ljq",
     "Why it ended so: bad-code, locked-out; why an entry was left out: bad-name"},
    {"count", Shape::number, "l", "How many wrong tries the row stands for"},
    {"attempt", Shape::text, "l", "Reference that the person at the prompt was shown"},
    {"origin", Shape::text, "l", "From where: bus, admin socket, login"},
    {"txn", Shape::number, "l", "Generation that the change made"},
    {"changes", Shape::text, "l", "What changed, in one line"},
    {"detail", Shape::table, "l", "before, after; of a login service, rhost, tty"},
    {"whole", Shape::flag, "v", "Does the chain hold"},
    {"rows", Shape::number, "v", "Rows of the trail"},
    {"first", Shape::number, "v", "The oldest row that is kept"},
    {"head", Shape::number, "v", "The newest row"},
    {"head_hash", Shape::text, "v", "Its hash, which stands for all rows before: keep it elsewhere"},
    {"broken", Shape::number, "v", "The first row that does not fit"},
    {"problem", Shape::text, "vaP", "What is wrong with it"},
    {"hint", Shape::escaped, "P", "What to do about it"},
    {"allowed", Shape::flag, "jw", "Would a login be let in"},
    {"verdict", Shape::text, "w", "yes, or the reason why a login would be refused"},
    {"with", Shape::text, "jw", "What lets in: password, totp, key"},
    {"service", Shape::text, "j", "PAM service that is asked about"},
    {"at", Shape::time, "j", "Time that is asked about"},
    {"keys", Shape::number, "w", "How many SSH keys the user has"},
    {"points", Shape::table, "j", "What speaks for and against: good, reason, text, where"},
    {"last", Shape::table, "j", "The last refused attempt: action, time, reason, attempt, service, from"},
    {"checkpoints", Shape::list, "v", "Where rows were dropped for age or size"},
    {"path", Shape::escaped, "aex",
     "The backup, or sshd's drop-in; of a resource the file or job, a process's command, a group's name"},
    {"made_at", Shape::time, "a", "When it was made"},
    {"size", Shape::number, "a", "Its bytes"},
    {"sealing_key", Shape::text, "a", "How the key comes along: passphrase, public-key, left-out or none"},
    {"key_id", Shape::text, "a", "Name of the sealing key"},
    {"aside", Shape::text, "a", "Where the store is that was replaced"},
    {"key_missing", Shape::flag, "a", "Is the restored store without its key"},
    {"version", Shape::text, "s", "Version of the daemon"},
    {"started_at", Shape::time, "s", "When the daemon was started"},
    {"uptime", Shape::number, "s", "How long it has run, in seconds"},
    {"store_bytes", Shape::number, "s", "Size of the store on the disk"},
    {"audit_bytes", Shape::number, "s", "Size of the audit trail in it, about"},
    {"last_backup", Shape::time, "s", "When the last backup was made"},
    {"hashes_waiting", Shape::number, "s", "Password hashes that wait for a worker"},
    {"locked_accounts", Shape::number, "s", "Accounts locked by wrong tries, from somewhere at least"},
    {"stopped_accounts", Shape::number, "s", "Of them, locked for unknown networks until an admin unlocks"},
    {"writable", Shape::flag, "s", "Can the store be written"},
    {"user_count", Shape::number, "sP", "Users in the directory, or of the directory server"},
    {"group_count", Shape::number, "sP", "Groups in the directory, or of the directory server"},
    {"quarantined", Shape::number, "P", "Entries that were left out"},
    {"vanished", Shape::number, "P", "Accounts gone there: suspended here, deleted after the grace time"},
    {"synced_at", Shape::time, "P", "When all that the server had was here last"},
    {"stale_since", Shape::time, "P", "Since when changes there do not come here"},
    {"held", Shape::number, "P", "Removals that the guard holds until an admin confirms them"},
    {"dn", Shape::escaped, "q", "Where the entry is on the server"},
    {"published", Shape::number, "s", "Generation that lookups see"},
    {"on_bus", Shape::flag, "s", "Has the daemon its name on the system bus"},
    {"key_problem", Shape::text, "s", "Why one-time codes cannot be checked"},
    {"snapshot_problem", Shape::text, "s", "Why lookups do not see the newest changes"},
    {"disk_problem", Shape::text, "s", "Why no space is kept for logins on a full disk"},
    {"blocklist_problem", Shape::text, "s",
     "Why no new password is taken: password.blocklist cannot be read"},
    {"ldap_problem", Shape::text, "s",
     "Which directory servers are not followed, or wait with removals for an admin"},
    {"deed", Shape::text, "o",
     "What became of a line of a file: created, updated, unchanged, skipped; of what was to "
     "be adopted: adopted, given-back, unchanged, refused, failed"},
    {"note", Shape::text, "o", "Why it was left, or what is to be known of it besides"},
    {"rule", Shape::text, "it", "Which rule it is that found it"},
    {"severity", Shape::text, "i", "note, warning or error"},
    {"message", Shape::text, "idq", "What is inconsistent, or what a check found"},
    {"advice", Shape::text, "id", "What to do where repair does nothing, or where a check is wrong"},
    {"repairable", Shape::flag, "i", "Can repair mend it"},
    {"mended", Shape::flag, "i", "Did repair mend it"},
    {"what", Shape::escaped, "e", "What sort of file or job it is"},
    {"bytes", Shape::number, "e", "Length of the file"},
    {"since", Shape::time, "xq", "When the SSH setup was put in force; when the entry was left out first"},
    {"undo_at", Shape::time, "x", "When it is undone unless it is confirmed"},
    {"undone_at", Shape::time, "x", "When the last one was undone because nobody had confirmed it"},
    {"require_mfa", Shape::flag, "x", "Was it made with --require-mfa"},
    {"sftp_group", Shape::text, "x", "Group that sshd confines to files"},
    {"fits", Shape::flag, "x", "Is it what ssh setup would write now, by login.rules and /etc/passwd"},
    {"temporary_codes", Shape::number, "m", "Temporary codes that are still good"},
    {"home_fate", Shape::text, "f",
     "What became of the home: kept, archived, removed, or none when there was none"},
    {"archive", Shape::text, "f", "The archive of the home, in /var/lib/userd-homes"},
    {"transferred", Shape::number, "f", "How many files went to another user"},
    {"to", Shape::text, "f", "Who got the files"},
    {"files", Shape::number, "f", "How many files that were"},
    {"stopped", Shape::list, "f", "What was put off or ended"},
    {"released", Shape::list, "f", "What goes on again"},
    {"cleaned", Shape::list, "f", "Where the name was taken out of the host's own files"},
    {"left", Shape::list, "f", "What was left as it is, and why"},
    {"warning", Shape::text, "f", "What could not be done on the host"},
};

}  // namespace

std::span<const Field> all_fields() {
    return fields;
}

const Field* find_field(std::string_view name) {
    for (const Field& field : fields)
        if (field.name == name) return &field;
    return nullptr;
}

std::vector<const Field*> fields_of(char object) {
    std::vector<const Field*> list;
    for (const Field& field : fields)
        if (field.of.find(object) != std::string_view::npos) list.push_back(&field);
    return list;
}

bool is_private(const Field& field) {
    return field.of.find('*') != std::string_view::npos;
}

bool hides_private(const Fields& user) {
    return !user.contains("must_change");
}

Shape shape_of(std::string_view name) {
    const Field* field = find_field(name);
    return field ? field->shape : Shape::text;
}

}  // namespace userd::ctl
