// SPDX-License-Identifier: LGPL-2.1-or-later
// An entry as a hostile server sends it: its first line says the source, then one "name: value" a line ("\n"
// is the end of a value, so values of several lines stand in no corpus). Whatever is taken goes into a frame.
#include <cstddef>
#include <cstdint>
#include <deque>

#include "common/base/text.h"
#include "daemon/config/ldap_keys.h"
#include "daemon/ldap/schema.h"

using namespace userd;

namespace {

void require(bool holds) {
    if (!holds) __builtin_trap();
}

// "0" rfc2307, "1" rfc2307bis, "2" ad, "3" ad with numbers of SIDs
LdapSource source_of(std::string_view word) {
    LdapSource source = default_ldap_source("fuzz");
    const char c = word.empty() ? '1' : word[0];
    source.schema = c == '0'   ? LdapSource::Schema::rfc2307
                    : c == '1' ? LdapSource::Schema::rfc2307bis
                               : LdapSource::Schema::ad;
    if (c == '3') source.id_mapping = LdapSource::IdMapping::sssd;
    return source;
}

void send(const LdapTaken& taken, EntryReader& reader) {
    static std::vector<char> frame(wire::max_ldap_frame);
    if (const auto* refused = std::get_if<wire::LdapRefused>(&taken))
        require(refused->uuid.empty() || encode(frame, *refused) > 0);
    const auto* entry = std::get_if<wire::LdapEntry>(&taken);
    if (!entry) return;
    const std::size_t size = encode(frame, *entry);
    require(size > 0 && wire::decode_ldap_entry({frame.data(), size}).has_value());
    while (const auto member = reader.next_member())
        require(!member->empty() && member->size() <= wire::max_dn &&
                member->find('\0') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto lines = split({reinterpret_cast<const char*>(data), size}, '\n');
    const LdapSource source = source_of(lines[0]);
    EntryReader reader(source);
    std::string_view dn = "uid=a,dc=x";
    std::deque<std::vector<std::string_view>> values;
    std::vector<LdapAttribute> attributes;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(": ");
        if (colon == std::string_view::npos) continue;
        const auto name = lines[i].substr(0, colon), value = lines[i].substr(colon + 2);
        if (name == "dn") dn = value;
        if (attributes.empty() || attributes.back().name != name)
            attributes.push_back({name, values.emplace_back()});
        values.back().push_back(value);
        attributes.back().values = values.back();
    }
    const std::string uuid(lines.size() % 2 == 0 ? 0 : wire::uuid_size, 'k');
    send(reader.read({dn, attributes, uuid}, from_unix(1'800'000'000)), reader);
    reader.read_more_members(attributes);
    while (reader.next_member()) continue;
    return 0;
}
