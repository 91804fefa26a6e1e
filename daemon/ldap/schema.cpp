// SPDX-License-Identifier: LGPL-2.1-or-later
// RFC 2307 and its successor, which never became one (draft-howard-rfc2307bis), differ in how a group names
// its members; Active Directory differs in nearly everything.
#include "daemon/ldap/schema.h"

#include <fmt/core.h>

#include <algorithm>

#include "common/base/text.h"
#include "common/names.h"
#include "daemon/ldap/dn.h"
#include "daemon/ldap/fold.h"

namespace userd {
namespace {

using Schema = LdapSource::Schema;
using Names = std::vector<std::string_view>;

// What an attribute is called: by `attributes:` where that may say otherwise, else by the schema. Of several
// names the first one with a value counts.
struct Row {
    LdapField field;
    std::string_view ours;  // in `attributes:`; empty: it cannot be remapped
    Names rfc2307, ad;
};

const Row rows[] = {
    {LdapField::name, "name", {"uid"}, {"sAMAccountName"}},
    {LdapField::uid, "uid", {"uidNumber"}, {"uidNumber"}},
    {LdapField::gid, "gid", {"gidNumber"}, {"gidNumber"}},
    {LdapField::first_name, "first_name", {"givenName"}, {"givenName"}},
    {LdapField::last_name, "last_name", {"sn"}, {"sn"}},
    {LdapField::display_name, "display_name", {"gecos", "displayName", "cn"}, {"displayName", "cn"}},
    {LdapField::email, "email", {"mail"}, {"mail"}},
    {LdapField::phone, "phone", {"telephoneNumber"}, {"telephoneNumber"}},
    {LdapField::shell, "shell", {"loginShell"}, {"loginShell"}},
    {LdapField::home, "home", {"homeDirectory"}, {"unixHomeDirectory"}},
    {LdapField::ssh_keys, "ssh_keys", {"sshPublicKey"}, {"sshPublicKey"}},
    {LdapField::group_name, "group_name", {"cn"}, {"sAMAccountName"}},
    {LdapField::group_gid, "group_gid", {"gidNumber"}, {"gidNumber"}},
    {LdapField::description, "description", {"description"}, {"description"}},
    {LdapField::members, "members", {}, {"member"}},  // rfc2307: below
    {LdapField::uuid, "uuid", {"entryUUID"}, {"objectGUID"}},
    {LdapField::sid, "sid", {}, {"objectSid"}},
    {LdapField::totp_secret, "totp_secret", {}, {}},  // none is read unless one is named
    {LdapField::object_class, "", {"objectClass"}, {"objectClass"}},
    {LdapField::primary_group, "", {}, {"primaryGroupID"}},
    {LdapField::group_type, "", {}, {"groupType"}},
    {LdapField::shadow_expire, "", {"shadowExpire"}, {}},
    {LdapField::locked_time, "", {"pwdAccountLockedTime"}, {}},
    {LdapField::account_lock, "", {"nsAccountLock"}, {}},
    {LdapField::account_control, "", {}, {"userAccountControl"}},
    {LdapField::account_expires, "", {}, {"accountExpires"}},
};

// What users and groups stand below (RFC 4519, 3; RFC 2247; Active Directory; 389 Directory Server).
constexpr std::string_view container_classes[] = {
    "organizationalUnit", "organization", "locality",  "country",
    "dcObject",           "domain",       "container", "nsContainer"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_word(std::string_view one, std::string_view other) {
    return one.size() == other.size() && std::equal(one.begin(), one.end(), other.begin(),
                                                    [](char a, char b) { return lower(a) == lower(b); });
}

bool holds(std::span<const std::string_view> values, std::string_view word) {
    return std::any_of(values.begin(), values.end(),
                       [&](std::string_view value) { return same_word(value, word); });
}

// For the detail of a refusal.
std::string shown(std::string_view value) {
    return escaped(value.substr(0, 100));
}

bool is_clean(std::string_view text) {
    return std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// What passwd(5) can hold.
bool is_path(std::string_view text) {
    return text.size() <= 4096 && text.starts_with('/') && is_clean(text) &&
           text.find(':') == std::string_view::npos;
}

std::optional<std::int64_t> signed_number(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    const auto number = parse_number(is_negative ? text.substr(1) : text);
    if (!number || *number > INT64_MAX) return std::nullopt;
    return is_negative ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
}

constexpr std::int64_t never = INT64_MAX, long_ago = 0;  // seconds since 1970

// shadow(5): days since 1970, from the beginning of which the account is no more. -1: never. What cannot be
// read lets nobody in.
std::int64_t end_by_shadow(std::string_view shadow_expire) {
    constexpr std::int64_t seconds = 86400;
    const auto day = signed_number(shadow_expire);
    if (!day) return long_ago;
    return *day < 0 || *day > never / seconds ? never : *day * seconds;
}

// [MS-ADA1] 2.1: 100 nanoseconds since 1601; 0 and the largest number: never.
std::int64_t end_in_ad(std::string_view account_expires) {
    constexpr std::int64_t second = 10'000'000, unix_begin = 11'644'473'600;
    const auto time = signed_number(account_expires);
    if (!time) return long_ago;
    return *time == 0 || *time == INT64_MAX ? never : *time / second - unix_begin;
}

Filter with(Filter schema, const std::optional<Filter>& configured) {
    return configured ? Filter::all_of({std::move(schema), *configured}) : schema;
}

std::optional<Filter> configured(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return Filter::parse(text).value_or(Filter::any_of({}));
}

}  // namespace

EntryReader::EntryReader(const LdapSource& source)
    : source_(source),
      base_(normal_dn(source.base).value_or(std::string())),
      user_part_(configured(source.user_filter)),
      group_part_(configured(source.group_filter)) {
    for (const Row& row : rows) {
        const Names& schema = is_ad() ? row.ad : row.rfc2307;
        auto& names = names_[static_cast<std::size_t>(row.field)];
        const auto remapped = source.attributes.find(std::string(row.ours));
        if (remapped != source.attributes.end())
            names = {remapped->second};
        else if (row.field == LdapField::members && source.schema == Schema::rfc2307)
            names = {"memberUid"};
        else if (row.field == LdapField::members && source.schema == Schema::rfc2307bis)
            names = {"member", "uniqueMember"};
        else
            names.assign(schema.begin(), schema.end());
        for (const std::string& name : names)
            if (std::none_of(wanted_.begin(), wanted_.end(),
                             [&](const std::string& one) { return same_word(one, name); }))
                wanted_.push_back(name);
    }
}

Filter EntryReader::user_filter() const {
    if (!is_ad()) return with(Filter::equals("objectClass", "posixAccount"), user_part_);
    std::vector<Filter> parts{Filter::equals("objectClass", "user"),
                              Filter::none_of(Filter::equals("objectClass", "computer"))};
    if (source_.id_mapping == LdapSource::IdMapping::none)
        parts.push_back(Filter::present(names_of(LdapField::uid).front()));
    return with(Filter::all_of(parts), user_part_);
}

Filter EntryReader::group_filter() const {
    if (!is_ad()) return with(Filter::equals("objectClass", "posixGroup"), group_part_);
    std::vector<Filter> parts{Filter::equals("objectClass", "group")};
    if (source_.id_mapping == LdapSource::IdMapping::none)
        parts.push_back(Filter::present(names_of(LdapField::group_gid).front()));
    return with(Filter::all_of(parts), group_part_);
}

Filter EntryReader::filter_with_containers() const {
    std::vector<Filter> any{user_filter(), group_filter()};
    for (const auto name : container_classes) any.push_back(Filter::equals("objectClass", name));
    return Filter::any_of(any);
}

Filter EntryReader::user_named(std::string_view name) const {
    return Filter::all_of({user_filter(), Filter::equals(names_of(LdapField::name).front(), name)});
}

std::optional<EntryUuid> EntryReader::uuid_of(std::string_view value) const {
    auto uuid = is_ad() && value.size() == wire::uuid_size ? uuid_of_guid(value) : parse_uuid(value);
    if (uuid && uuid->is_zero()) uuid.reset();
    return uuid;
}

LdapTaken EntryReader::read(const LdapEntryParts& entry, Time now) {
    sort_values(entry.attributes);
    totp_secret_ = {};
    const auto uuid = key_of(entry);
    uuid_ = uuid.value_or(EntryUuid{});
    const std::string_view key = uuid ? uuid_.view() : std::string_view();
    if (is_passed_over()) {
        if (!uuid || !is_container() || !normalise_dn(entry.dn, dn_) || dn_ == base_)
            return LdapPassedOver{key};
        return LdapContainer{key, dn_};
    }
    if (!normalise_dn(entry.dn, dn_)) {
        dn_ = entry.dn.empty() ? "(none)" : shown(entry.dn);
        detail_ = "its name is no DN";
        return wire::LdapRefused{key, dn_, "bad-value", detail_};
    }
    wire::LdapEntry taken{.uuid = key, .is_group = is_group(), .dn = dn_};
    Refusal refusal =
        uuid ? check_size(entry) : Refusal{"bad-value", uuid_attribute() + " is missing or no UUID"};
    if (!refusal.reason) refusal = taken.is_group ? read_group(taken) : read_user(taken, now);
    if (!refusal.reason) return taken;
    detail_ = std::move(refusal.detail);
    return wire::LdapRefused{key, dn_, refusal.reason, detail_};
}

// Each value where it belongs, whatever the order in which they came.
void EntryReader::sort_values(std::span<const LdapAttribute> attributes) {
    values_.fill({});
    members_.clear();
    more_members_.clear();
    member_list_ = member_ = 0;
    std::array<std::size_t, static_cast<std::size_t>(LdapField::count)> ranks{};
    for (const LdapAttribute& attribute : attributes) {
        const std::size_t end = std::min(attribute.name.find(';'), attribute.name.size());
        const LdapAttribute plain{attribute.name.substr(0, end), attribute.values};
        for (std::size_t field = 0; field < names_.size(); ++field)
            for (std::size_t rank = 0; rank < names_[field].size(); ++rank) {
                if (plain.values.empty() || !same_word(names_[field][rank], plain.name)) continue;
                if (field == static_cast<std::size_t>(LdapField::members))
                    take_members(plain, attribute.name.substr(end));
                else if (values_[field].empty() || rank < ranks[field]) {
                    values_[field] = plain.values;
                    ranks[field] = rank;
                }
            }
    }
}

// [MS-ADTS] 3.1.1.3.1.3.3: ";range=0-1499", of which more follows, or ";range=1500-*", the last.
void EntryReader::take_members(const LdapAttribute& attribute, std::string_view options) {
    constexpr std::string_view range = ";range=";
    members_.push_back({attribute.values, same_word(attribute.name, "uniqueMember")});
    if (!is_ad() || !same_word(options.substr(0, range.size()), range)) return;
    const std::string_view bounds = options.substr(range.size());
    const auto last = parse_number(bounds.substr(std::min(bounds.find('-'), bounds.size() - 1) + 1));
    if (last && *last < wire::max_members + attribute.values.size())
        more_members_ = fmt::format("{};range={}-*", attribute.name, *last + 1);
}

void EntryReader::read_more_members(std::span<const LdapAttribute> attributes) {
    sort_values(attributes);
}

std::optional<EntryUuid> EntryReader::key_of(const LdapEntryParts& entry) const {
    if (!entry.uuid.empty()) {
        const auto uuid = uuid_of_bytes(entry.uuid);
        return uuid && !uuid->is_zero() ? uuid : std::nullopt;
    }
    const Values values = values_of(LdapField::uuid);
    return values.size() == 1 ? uuid_of(values[0]) : std::nullopt;
}

bool EntryReader::is_group() const {
    const Values classes = values_of(LdapField::object_class);
    if (is_ad()) return holds(classes, "group");
    return holds(classes, "posixGroup") && !holds(classes, "posixAccount");
}

bool EntryReader::is_passed_over() const {
    const Values classes = values_of(LdapField::object_class);
    if (!is_ad()) return !holds(classes, "posixAccount") && !holds(classes, "posixGroup");
    if (holds(classes, "computer") || (!holds(classes, "user") && !holds(classes, "group"))) return true;
    const Values names = values_of(LdapField::name), sids = values_of(LdapField::sid);
    if (!names.empty() && names[0].ends_with('$')) return true;  // trusts
    if (!is_group()) return false;
    const auto type = signed_number(text_of(LdapField::group_type));
    const bool is_mailing_list = type && (static_cast<std::uint64_t>(*type) & 0x80000000U) == 0;
    const auto sid = sids.empty() ? std::nullopt : Sid::parse_binary(sids[0]);
    const bool is_builtin = sid && (!sid->domain() || !sid->domain()->is_domain());
    return is_mailing_list || is_builtin;
}

bool EntryReader::is_container() const {
    const Values classes = values_of(LdapField::object_class);
    return std::any_of(std::begin(container_classes), std::end(container_classes),
                       [&](std::string_view name) { return holds(classes, name); });
}

// pwdAccountLockedTime with a time is a lock of a while, which a right password may end: the server says so
// when it is asked. The year 0 is for good (draft-behera-ldap-password-policy, 5.3.3). What cannot be read
// lets nobody in.
bool EntryReader::is_disabled() const {
    constexpr std::string_view for_good = "000001010000Z";
    const auto any = [&](LdapField field, auto says_so) {
        const Values values = values_of(field);
        return std::any_of(values.begin(), values.end(), says_so);
    };
    return any(LdapField::locked_time, [&](auto value) { return value == for_good; }) ||
           any(LdapField::account_lock, [&](auto value) { return !same_word(value, "false"); }) ||
           any(LdapField::account_control, [&](auto value) {
               const auto bits = signed_number(value);
               return !bits || (*bits & 2) != 0;
           });
}

// The earliest of what the entry says.
std::int64_t EntryReader::end() const {
    std::int64_t earliest = never;
    for (const auto value : values_of(LdapField::shadow_expire))
        earliest = std::min(earliest, end_by_shadow(value));
    for (const auto value : values_of(LdapField::account_expires))
        earliest = std::min(earliest, end_in_ad(value));
    return earliest;
}

EntryReader::Refusal EntryReader::check_size(const LdapEntryParts& entry) const {
    std::size_t members = 0, sum = 0;
    for (const MemberValues& list : members_) members += list.values.size();
    if (members > wire::max_members)
        return {"oversized",
                fmt::format("it has {} members, and {} are the most", members, wire::max_members)};
    for (const LdapAttribute& attribute : entry.attributes) {
        if (std::any_of(members_.begin(), members_.end(), [&](const MemberValues& list) {
                return list.values.data() == attribute.values.data();
            }))
            continue;
        for (const std::string_view value : attribute.values) {
            sum += value.size();
            if (value.size() > wire::max_ldap_value)
                return {"oversized", fmt::format("{} has {} bytes, and {} are the most",
                                                 shown(attribute.name), value.size(), wire::max_ldap_value)};
        }
    }
    if (sum > wire::max_entry)
        return {"oversized", fmt::format("it has {} bytes, and {} are the most", sum, wire::max_entry)};
    return {};
}

// The first value, if it is text of one line.
std::string_view EntryReader::text_of(LdapField field) const {
    const Values values = values_of(field);
    return !values.empty() && is_utf8(values[0]) && is_clean(values[0]) ? values[0] : std::string_view();
}

EntryReader::Refusal EntryReader::read_user(wire::LdapEntry& user, Time now) {
    const bool is_mapped = source_.id_mapping == LdapSource::IdMapping::sssd;
    Refusal refusal = read_name(LdapField::name, user.name);
    if (!refusal.reason)
        refusal = is_mapped ? read_sid(user.number) : read_number(LdapField::uid, user.number);
    if (!refusal.reason)
        refusal = is_mapped ? read_primary_group(user.gid) : read_number(LdapField::gid, user.gid);
    if (!refusal.reason) refusal = read_places(user);
    if (!refusal.reason) refusal = read_totp_secret(user);
    if (refusal.reason) return refusal;
    const auto end = this->end();
    user.is_disabled = is_disabled() || end <= to_unix(now);
    if (!user.is_disabled && end <= static_cast<std::int64_t>(wire::max_ldap_end))
        user.ends_at = static_cast<std::uint64_t>(end);
    user.first_name = text_of(LdapField::first_name);
    user.last_name = text_of(LdapField::last_name);
    user.display_name = text_of(LdapField::display_name);  // GECOS has rooms and phones behind the name
    user.display_name = trimmed(user.display_name.substr(0, user.display_name.find(',')));
    user.email = text_of(LdapField::email);
    user.phone = text_of(LdapField::phone);
    read_ssh_keys(user);
    return {};
}

EntryReader::Refusal EntryReader::read_group(wire::LdapEntry& group) {
    Refusal refusal = read_name(LdapField::group_name, group.name);
    if (!refusal.reason)
        refusal = source_.id_mapping == LdapSource::IdMapping::sssd
                      ? read_sid(group.number)
                      : read_number(LdapField::group_gid, group.number);
    group.description = text_of(LdapField::description);
    return refusal;
}

// Active Directory takes Alice and alice for one: here she is alice, as with SSSD.
EntryReader::Refusal EntryReader::read_name(LdapField field, std::string_view& name) {
    const Values values = values_of(field);
    if (values.empty()) return {"bad-name", fmt::format("it has no {}", names_of(field).front())};
    if (values.size() > 1)
        return {"several-names", fmt::format("{}: {}, {}{}", names_of(field).front(), shown(values[0]),
                                             shown(values[1]), values.size() > 2 ? ", …" : "")};
    name_.clear();
    if (is_ad())
        append_folded(values[0], name_);
    else
        name_ = values[0];
    name = name_;
    if (!is_lookup_name(name_)) return {"bad-name", fmt::format("\"{}\" cannot be a name", shown(name_))};
    return {};
}

EntryReader::Refusal EntryReader::read_number(LdapField field, std::uint32_t& number) const {
    const Values values = values_of(field);
    const std::string& attribute = names_of(field).front();
    if (values.empty()) return {"no-id", fmt::format("it has no {}", attribute)};
    if (values.size() > 1)
        return {"several-ids", fmt::format("{}: {}, {}{}", attribute, shown(values[0]), shown(values[1]),
                                           values.size() > 2 ? ", …" : "")};
    const auto value = parse_number(values[0]);
    if (!value || *value == 0 || *value > UINT32_MAX)
        return {"bad-id", fmt::format("{} is \"{}\"", attribute, shown(values[0]))};
    number = static_cast<std::uint32_t>(*value);
    return {};
}

EntryReader::Refusal EntryReader::read_sid(std::uint32_t& number) {
    const Values values = values_of(LdapField::sid);
    if (values.empty()) return {"no-id", "it has no objectSid"};
    if (values.size() > 1) return {"several-ids", "it has several SIDs"};
    const auto sid = Sid::parse_binary(values[0]);
    if (!sid) return {"bad-id", "its objectSid is no SID"};
    const auto id = slices_.id_of(*sid);
    if (!id) return {"no-id", fmt::format("{} is no account of a domain", sid->text())};
    number = *id;
    return {};
}

EntryReader::Refusal EntryReader::read_primary_group(std::uint32_t& gid) {
    const Values values = values_of(LdapField::primary_group);
    const auto rid = values.size() == 1 ? parse_number(values[0]) : std::nullopt;
    if (!rid || *rid > UINT32_MAX) return {"no-id", "its primaryGroupID is missing or no number"};
    const auto domain = Sid::parse_binary(values_of(LdapField::sid)[0])->domain();
    const auto id = slices_.id_of(domain->with_rid(static_cast<std::uint32_t>(*rid)));
    if (!id) return {"no-id", "its primary group has no number"};
    gid = *id;
    return {};
}

// As the server has them: what the configuration puts in their place, and what stands there for none, is the
// core's. A shell that cannot be one may be meant to keep somebody out: it does not become another one.
EntryReader::Refusal EntryReader::read_places(wire::LdapEntry& user) const {
    const auto first = [&](LdapField field) {
        const Values values = values_of(field);
        return values.empty() ? std::string_view() : values[0];
    };
    user.shell = first(LdapField::shell);
    if (!user.shell.empty() && !is_path(user.shell))
        return {"bad-value", fmt::format("its shell is \"{}\"", shown(user.shell))};
    if (const auto home = first(LdapField::home); is_path(home)) user.home = home;
    return {};
}

// A value may hold several lines; what is no text of one line is left out.
void EntryReader::read_ssh_keys(wire::LdapEntry& user) {
    const Values values = values_of(LdapField::ssh_keys);
    std::size_t room = 0;
    for (const std::string_view value : values)
        room += value.size() + 8 + 8 * static_cast<std::size_t>(std::count(value.begin(), value.end(), '\n'));
    ssh_keys_.resize(room);
    wire::ValuesWriter writer(ssh_keys_);
    for (const std::string_view value : values)
        for (std::string_view line : split(value, '\n')) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            line = trimmed(line);
            if (!line.empty() && line[0] != '#' && is_utf8(line) && is_clean(line)) writer.put(line);
        }
    user.ssh_keys = wire::Values::parse(writer.bytes()).value_or(wire::Values{});
}

// Whose secret cannot be taken is left out: without it a password would be enough.
EntryReader::Refusal EntryReader::read_totp_secret(wire::LdapEntry& user) {
    const Values values = values_of(LdapField::totp_secret);
    if (values.empty()) return {};
    const std::string& attribute = names_of(LdapField::totp_secret).front();
    if (values.size() > 1) return {"bad-value", fmt::format("it has several of {}", attribute)};
    const std::size_t size = values[0].size();
    if (size < wire::min_totp_secret || size > wire::max_totp_secret)
        return {"bad-value", fmt::format("{} has {} bytes, and {} to {} are taken", attribute, size,
                                         wire::min_totp_secret, wire::max_totp_secret)};
    user.has_totp = true;
    totp_secret_ = values[0];
    return {};
}

std::optional<std::string_view> EntryReader::next_member() {
    for (; member_list_ < members_.size(); ++member_list_, member_ = 0) {
        const MemberValues& list = members_[member_list_];
        while (member_ < list.values.size()) {
            std::string_view value = list.values[member_++];
            if (members_by_name()) {
                if (is_lookup_name(value)) return value;
                continue;
            }
            // RFC 4517, 3.3.21: a DN, and perhaps #'0101'B behind it
            const std::size_t hash = value.rfind("#'");
            if (list.may_have_uid_part && hash != std::string_view::npos && value.ends_with("'B") &&
                value.substr(hash + 2, value.size() - hash - 4).find_first_not_of("01") ==
                    std::string_view::npos)
                value = value.substr(0, hash);
            if (normalise_dn(value, member_dn_)) return member_dn_;
        }
    }
    return std::nullopt;
}

}  // namespace userd
