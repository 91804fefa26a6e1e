// SPDX-License-Identifier: LGPL-2.1-or-later
// What the entries of a directory server mean: which to ask for, and what of them makes a user or a group.
// Rules alone: values come in as the server sent them, messages for the core come out, or a refusal with its
// reason. The core believes none of it and judges names and ids again.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/wire/ldap.h"
#include "daemon/config/config.h"
#include "daemon/ldap/filter.h"
#include "daemon/ldap/id_mapping.h"
#include "daemon/ldap/uuid.h"
#include "daemon/runtime/clock.h"

namespace userd {

// An attribute of an entry as the server sent it; its name may have options ("member;range=0-1499").
struct LdapAttribute {
    std::string_view name;
    std::span<const std::string_view> values;
};

struct LdapEntryParts {
    std::string_view dn;
    std::span<const LdapAttribute> attributes;
    std::string_view uuid = {};  // 16 bytes, of a synchronisation's control; empty: the attribute says
};

// No user and no group of ours: a computer, a mailing list, a group of the server's own. If it was one, it is
// gone.
struct LdapPassedOver {
    std::string_view uuid;  // empty: the entry has none
};

// An entry that others stand below: when it moves, their DNs change, and the server says nothing of them.
struct LdapContainer {
    std::string_view uuid, dn;
};

// Of an entry without a UUID, the refusal has none either, and cannot be sent.
using LdapTaken = std::variant<LdapPassedOver, LdapContainer, wire::LdapEntry, wire::LdapRefused>;

// The attributes that a schema knows, by what they are to us.
enum class LdapField : std::uint8_t {
    name,
    uid,
    gid,
    first_name,
    last_name,
    display_name,
    email,
    phone,
    shell,
    home,
    ssh_keys,
    group_name,
    group_gid,
    description,
    members,
    uuid,
    sid,
    totp_secret,
    // What cannot be called otherwise.
    object_class,
    primary_group,
    group_type,
    shadow_expire,
    locked_time,
    account_lock,
    account_control,
    account_expires,
    count
};

// Judges the entries of one source. What it hands out points into it. One thread.
class EntryReader {
 public:
    // `source` must outlive it.
    explicit EntryReader(const LdapSource& source);
    EntryReader(const EntryReader&) = delete;
    EntryReader& operator=(const EntryReader&) = delete;

    Filter user_filter() const;
    Filter group_filter() const;
    Filter filter() const { return Filter::any_of({user_filter(), group_filter()}); }
    Filter filter_with_containers() const;
    Filter user_named(std::string_view name) const;
    // What to ask for, of users and groups alike.
    const std::vector<std::string>& attributes() const { return wanted_; }
    // The attribute with an entry's key (entryUUID, objectGUID), and the key that its value is.
    const std::string& uuid_attribute() const { return names_of(LdapField::uuid).front(); }
    std::optional<EntryUuid> uuid_of(std::string_view value) const;
    bool is_ad() const { return source_.schema == LdapSource::Schema::ad; }

    // The views are good until the next call, and as long as the entry's values are. `now`: whether an
    // account has expired.
    LdapTaken read(const LdapEntryParts& entry, Time now);

    // The members of the group that was read last, one by one as LdapMembers has them: names, or DNs in
    // normal form; a view is good until the next call. What can be neither is left out. None: that was the
    // last.
    bool members_by_name() const { return source_.schema == LdapSource::Schema::rfc2307; }
    std::optional<std::string_view> next_member();
    // The secret of the user that was read last; empty: it has none.
    std::string_view totp_secret() const { return totp_secret_; }
    // Active Directory hands out large groups in ranges. Not empty: ask for this attribute of the same entry,
    // and give the answer to `read_more_members`.
    const std::string& more_members() const { return more_members_; }
    void read_more_members(std::span<const LdapAttribute> attributes);

 private:
    using Values = std::span<const std::string_view>;
    struct Refusal {
        const char* reason = nullptr;  // null: none
        std::string detail;
    };
    struct MemberValues {
        Values values;
        bool may_have_uid_part = false;  // uniqueMember
    };

    const std::vector<std::string>& names_of(LdapField field) const {
        return names_[static_cast<std::size_t>(field)];
    }
    Values values_of(LdapField field) const { return values_[static_cast<std::size_t>(field)]; }
    std::string_view text_of(LdapField field) const;

    void sort_values(std::span<const LdapAttribute> attributes);
    void take_members(const LdapAttribute& attribute, std::string_view options);
    std::optional<EntryUuid> key_of(const LdapEntryParts& entry) const;
    bool is_group() const;
    bool is_passed_over() const;
    bool is_container() const;
    bool is_disabled() const;
    std::int64_t end() const;  // of the account, in seconds since 1970

    Refusal check_size(const LdapEntryParts& entry) const;
    Refusal read_user(wire::LdapEntry& user, Time now);
    Refusal read_group(wire::LdapEntry& group);
    Refusal read_name(LdapField field, std::string_view& name);
    Refusal read_number(LdapField field, std::uint32_t& number) const;
    Refusal read_sid(std::uint32_t& number);
    Refusal read_primary_group(std::uint32_t& gid);
    Refusal read_places(wire::LdapEntry& user) const;
    void read_ssh_keys(wire::LdapEntry& user);
    Refusal read_totp_secret(wire::LdapEntry& user);

    const LdapSource& source_;
    const std::string base_;  // in normal form
    std::array<std::vector<std::string>, static_cast<std::size_t>(LdapField::count)> names_;
    std::vector<std::string> wanted_;
    IdSlices slices_;
    std::optional<Filter> user_part_, group_part_;  // of the configuration

    // Of the entry that was read last.
    std::array<Values, static_cast<std::size_t>(LdapField::count)> values_{};
    EntryUuid uuid_;
    std::string dn_, name_, detail_;
    std::vector<char> ssh_keys_;
    std::string_view totp_secret_;
    std::vector<MemberValues> members_;
    std::size_t member_list_ = 0, member_ = 0;
    std::string member_dn_, more_members_;
};

}  // namespace userd
