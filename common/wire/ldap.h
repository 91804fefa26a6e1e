// SPDX-License-Identifier: LGPL-2.1-or-later
// The messages of /run/userd/ldap between userd-ldap, which speaks LDAP and remembers nothing, and the core,
// which keeps the mirror and believes nothing. userd-ldap connects:
//
//     → Hello                             once
//     ← Begin{source, cookie, tie, whole} for each source of the configuration, and again when asked to sync
//     → Status…                           at any time
//     → Refresh{source, tie, whole}       a refresh begins: afresh if one was under way
//     → Batch{source, items…}             entries, members, present and gone UUIDs, refused entries
//     → Point{source, cookie, phase}      what came before it holds together, and the cookie covers it
//     ← Bind, ModifyPassword, Test        each answered by its number
//     → Verdict, TestStep
//
// Either side ends what it does not like by closing the connection; the core's configuration read anew is one
// such case: userd-ldap ends, is started again and reads it too. Same rules as login.h: free of the C++
// runtime, decoded views point into the frame, encode returns 0 and decode none for what breaks the limits.
#pragma once

#include "common/wire/frame.h"

namespace userd::wire {

inline constexpr std::size_t max_ldap_frame = std::size_t{2} << 20;
inline constexpr std::size_t usual_ldap_frame = std::size_t{64} << 10;  // of a Batch, where items are small
inline constexpr std::size_t uuid_size = 16;  // entryUUID, objectGUID: RFC 4122, binary
inline constexpr std::size_t max_source = 64;
inline constexpr std::size_t max_dn = 8192;
inline constexpr std::size_t max_ldap_value = std::size_t{64} << 10;  // one value of an attribute
inline constexpr std::size_t max_cookie = 4096;                       // so a tie
inline constexpr std::size_t max_ldap_text = 1024;                    // problems and hints, for a person
inline constexpr std::size_t max_password = 1024;  // never empty: such a bind would be anonymous
inline constexpr std::size_t min_totp_secret = 16, max_totp_secret = 64;  // RFC 4226, 4: 128 bits at least
inline constexpr std::size_t max_members = 200'000;                       // of one group
inline constexpr std::uint64_t max_ldap_end = 253402300799;               // the last second of the year 9999
inline constexpr std::size_t max_entry = std::size_t{1} << 20;            // all values but the members

// A list of values, each behind its length; a view into a frame, whose outline `decode` has checked.
class Values {
 public:
    Values() = default;
    // None: the bytes are not such a list, or a value is longer than `longest`.
    static std::optional<Values> parse(std::string_view bytes, std::size_t longest = max_ldap_value);
    // The next value; none after the last.
    std::optional<std::string_view> next();
    std::string_view bytes() const { return rest_; }

 private:
    explicit Values(std::string_view rest) : rest_(rest) {}
    std::string_view rest_;
};

// Appends values to a buffer in the form that `Values` reads.
class ValuesWriter {
 public:
    explicit ValuesWriter(std::span<char> buffer) : buffer_(buffer) {}
    bool put(std::string_view value);  // false: no room, nothing was put
    std::string_view bytes() const { return {buffer_.data(), used_}; }
    bool empty() const { return used_ == 0; }
    void clear() { used_ = 0; }

 private:
    std::span<char> buffer_;
    std::size_t used_ = 0;
};

// ---- core → userd-ldap

struct LdapBegin {
    std::string_view source;
    std::string_view cookie;  // of the last Point; empty: none
    std::string_view tie;     // that came with it: another tie makes the cookie worthless
    bool whole = false;       // compare everything: no cookie
};

struct LdapBind {
    std::uint64_t number = 0;
    std::string_view source, dn;
    std::string_view password;  // a secret, never empty
};

// RFC 3062, on a connection that is bound with the old password.
struct LdapModifyPassword {
    std::uint64_t number = 0;
    std::string_view source, dn;
    std::string_view old_password, new_password;  // secrets, never empty
};

struct LdapTest {
    std::uint64_t number = 0;
    std::string_view source;
    std::string_view user;  // a name to look up; empty: any
};

// ---- userd-ldap → core

struct LdapHello {
    std::string_view version;  // of the program
};

enum class LdapPhase : std::uint8_t {
    connecting = 1,
    refreshing = 2,
    following = 3,  // persist: changes come as they happen
    polling = 4,    // between two refreshes of a server without it
    failed = 5,     // will be tried again
};

struct LdapStatus {
    std::string_view source;
    LdapPhase phase = LdapPhase::connecting;
    std::string_view server;   // URI; empty while there is none
    std::string_view problem;  // why it failed; empty: none
    std::string_view hint;
};

struct LdapRefresh {
    std::string_view source;
    std::string_view tie;  // of the cookies to come: servers, base, filters, attributes
    bool whole = false;    // all entries come: nothing of an older cookie counts
};

struct LdapBatch {
    std::string_view source;
    Values items;  // each a frame of its own: LdapEntry, LdapMembers, LdapTotp, LdapPresent, LdapGone,
                   // LdapRefused
};

enum class LdapPointKind : std::uint8_t {
    change = 1,          // while following
    refreshed = 2,       // a refresh ended well; what is gone was named
    refreshed_rest = 3,  // a refresh ended well; what it neither sent nor called present is gone
};

struct LdapPoint {
    std::string_view source;
    std::string_view cookie;  // empty: the server gives none
    LdapPointKind kind = LdapPointKind::change;
};

// One entry, as the schema's attributes say: a user, or a group, whose members follow at once.
struct LdapEntry {
    std::string_view uuid;
    bool is_group = false;
    std::string_view dn;  // normalised: ldap_dn2bv after ldap_bv2dn, lower case
    std::string_view name;
    std::uint32_t number = 0;  // uid or gid
    // Users only.
    std::uint32_t gid = 0;
    bool is_disabled =
        false;  // by the server's own means: shadowExpire, pwdAccountLockedTime, userAccountControl
    std::uint64_t ends_at = 0;  // seconds since 1970: from then on it is disabled too; 0: never
    std::string_view first_name, last_name, display_name, email, phone, shell, home;
    Values ssh_keys;        // authorized_keys(5) lines
    bool has_totp = false;  // LdapTotp follows at once: the secret is never part of this frame, which is kept
    // Groups only.
    std::string_view description;
};

// The members of the group that came before, in as many parts as it takes; a group without members has one
// part without values.
struct LdapMembers {
    std::string_view uuid;  // of the group
    bool by_name = false;   // names of users (memberUid); else DNs, normalised as an entry's
    Values members;
    bool last = true;
};

// The secret of the one-time codes of the user that came before.
struct LdapTotp {
    std::string_view uuid;
    std::string_view secret;  // as it is, not in base 32
};

struct LdapPresent {
    Values uuids;  // as they are
};

struct LdapGone {
    Values uuids;  // deleted
};

// An entry that cannot be taken: several ids, no name, too large.
struct LdapRefused {
    std::string_view uuid, dn;
    std::string_view reason;  // one word, [a-z0-9-]: bad-name, no-id, several-ids, oversized, …
    std::string_view detail;  // for a person
};

// What became of a password.
enum class LdapAnswer : std::uint8_t {
    ok = 1,
    invalid = 2,      // final, whatever other servers there are
    locked = 3,       // by the server's policy
    expired = 4,      // so is the password, no grace login is left
    must_change = 5,  // right, and good for a change only
    disabled = 6,
    refused = 7,      // the new password, with the server's words
    unreachable = 8,  // no server told within the time
};

struct LdapVerdict {
    std::uint64_t number = 0;
    LdapAnswer answer = LdapAnswer::unreachable;
    std::string_view text;           // for a person, may be empty
    std::uint32_t expires_in = 0;    // seconds until the password ends; 0: not told
    std::uint32_t grace_logins = 0;  // left; 0: not told
};

struct LdapTestStep {
    std::uint64_t number = 0;
    std::string_view step;  // resolve, connect, tls, bind, base, page, user
    bool is_good = false;
    std::string_view text, hint;
    bool last = true;
};

std::size_t encode(std::span<char> out, const LdapBegin&);
std::size_t encode(std::span<char> out, const LdapBind&);
std::size_t encode(std::span<char> out, const LdapModifyPassword&);
std::size_t encode(std::span<char> out, const LdapTest&);
std::size_t encode(std::span<char> out, const LdapHello&);
std::size_t encode(std::span<char> out, const LdapStatus&);
std::size_t encode(std::span<char> out, const LdapRefresh&);
std::size_t encode(std::span<char> out, const LdapBatch&);
std::size_t encode(std::span<char> out, const LdapPoint&);
std::size_t encode(std::span<char> out, const LdapEntry&);
std::size_t encode(std::span<char> out, const LdapMembers&);
std::size_t encode(std::span<char> out, const LdapTotp&);
std::size_t encode(std::span<char> out, const LdapPresent&);
std::size_t encode(std::span<char> out, const LdapGone&);
std::size_t encode(std::span<char> out, const LdapRefused&);
std::size_t encode(std::span<char> out, const LdapVerdict&);
std::size_t encode(std::span<char> out, const LdapTestStep&);

std::optional<LdapBegin> decode_ldap_begin(std::string_view frame);
std::optional<LdapBind> decode_ldap_bind(std::string_view frame);
std::optional<LdapModifyPassword> decode_ldap_modify_password(std::string_view frame);
std::optional<LdapTest> decode_ldap_test(std::string_view frame);
std::optional<LdapHello> decode_ldap_hello(std::string_view frame);
std::optional<LdapStatus> decode_ldap_status(std::string_view frame);
std::optional<LdapRefresh> decode_ldap_refresh(std::string_view frame);
std::optional<LdapBatch> decode_ldap_batch(std::string_view frame);
std::optional<LdapPoint> decode_ldap_point(std::string_view frame);
std::optional<LdapEntry> decode_ldap_entry(std::string_view frame);
std::optional<LdapMembers> decode_ldap_members(std::string_view frame);
std::optional<LdapTotp> decode_ldap_totp(std::string_view frame);
std::optional<LdapPresent> decode_ldap_present(std::string_view frame);
std::optional<LdapGone> decode_ldap_gone(std::string_view frame);
std::optional<LdapRefused> decode_ldap_refused(std::string_view frame);
std::optional<LdapVerdict> decode_ldap_verdict(std::string_view frame);
std::optional<LdapTestStep> decode_ldap_test_step(std::string_view frame);

}  // namespace userd::wire
