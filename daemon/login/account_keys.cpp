// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/account_keys.h"

#include <iterator>

#include "common/wire/ldap.h"
#include "daemon/login/ssh_key.h"
#include "daemon/model/origin.h"
#include "daemon/store/remote.h"

namespace userd {
namespace {

constexpr std::size_t most_from_a_server = 64;  // as many as are kept here: each is a line that sshd tries

}  // namespace

Result<std::vector<store::SshKeyRecord>> keys_at_server(store::Store& store, const User& user) {
    std::vector<store::SshKeyRecord> keys;
    if (!is_mirrored(user)) return keys;
    const auto entry = TRY(store.remote().find_by_user(user.id));
    const auto facts = entry && !entry->vanished_at ? wire::decode_ldap_entry(entry->frame) : std::nullopt;
    if (!facts) return keys;
    auto lines = facts->ssh_keys;
    for (std::size_t i = 0; i < most_from_a_server; ++i) {
        const auto line = lines.next();
        if (!line) break;
        if (auto key = SshKey::parse(*line))
            keys.push_back({user.id,
                            key->fingerprint,
                            key->type,
                            key->key,
                            key->comment,
                            key->options,
                            key->sources,
                            key->expires,
                            {},
                            user.created_at});
    }
    return keys;
}

Result<std::vector<store::SshKeyRecord>> keys_of(store::Store& store, const User& user) {
    auto keys = TRY(store.credentials().list_ssh_keys(user.id));
    auto others = TRY(keys_at_server(store, user));
    keys.insert(keys.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
    return keys;
}

}  // namespace userd
