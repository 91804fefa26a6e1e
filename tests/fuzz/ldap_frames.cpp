// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever arrives on /run/userd/ldap, at either end. What can be read must be within the limits, and what is
// written of it must read the same, byte for byte.
#include <stdlib.h>

#include <string>
#include <vector>

#include "common/wire/ldap.h"

using namespace userd::wire;

namespace {

void must(bool holds) {
    if (!holds) abort();
}

template <typename Message>
std::string rewritten(const Message& message) {
    static std::vector<char> buffer(max_ldap_frame);
    const std::size_t size = encode(std::span<char>(buffer), message);
    must(size > 0);
    return {buffer.data(), size};
}

template <typename Decode>
auto read(std::string_view bytes, Decode decode) {
    const auto message = decode(bytes);
    if (message) {
        const auto once = rewritten(*message);
        const auto again = decode(once);
        must(again && rewritten(*again) == once);
    }
    return message;
}

void read_item(std::string_view bytes) {
    if (auto entry = read(bytes, decode_ldap_entry))
        must(entry->uuid.size() == uuid_size && !entry->dn.empty() && !entry->name.empty());
    if (auto members = read(bytes, decode_ldap_members))
        while (const auto member = members->members.next()) must(!member->empty());
    if (auto present = read(bytes, decode_ldap_present))
        while (const auto uuid = present->uuids.next()) must(uuid->size() == uuid_size);
    if (auto gone = read(bytes, decode_ldap_gone))
        while (const auto uuid = gone->uuids.next()) must(uuid->size() == uuid_size);
    read(bytes, decode_ldap_totp);
    read(bytes, decode_ldap_refused);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    read(bytes, decode_ldap_begin);
    if (const auto bind = read(bytes, decode_ldap_bind)) must(!bind->password.empty() && !bind->dn.empty());
    if (const auto change = read(bytes, decode_ldap_modify_password))
        must(!change->old_password.empty() && !change->new_password.empty());
    read(bytes, decode_ldap_test);
    read(bytes, decode_ldap_hello);
    read(bytes, decode_ldap_status);
    read(bytes, decode_ldap_refresh);
    read(bytes, decode_ldap_point);
    read(bytes, decode_ldap_verdict);
    read(bytes, decode_ldap_test_step);
    read_item(bytes);
    if (auto batch = read(bytes, decode_ldap_batch))
        while (const auto item = batch->items.next()) read_item(*item);
    return 0;
}
