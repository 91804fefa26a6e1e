// SPDX-License-Identifier: LGPL-2.1-or-later
// Texts that people and databases hand to the logins: keys, hash records, codes, addresses. A key that is
// taken must come out as one line that is taken again as the same key.
#include <stdlib.h>

#include <cstdint>

#include "daemon/login/codes.h"
#include "daemon/login/lockout.h"
#include "daemon/login/password_hash.h"
#include "daemon/login/rules.h"
#include "daemon/login/ssh_key.h"
#include "daemon/login/totp.h"

using namespace userd;

namespace {

void must(bool holds) {
    if (!holds) abort();
}

void read_key(std::string_view text) {
    const auto key = SshKey::parse(text);
    if (!key) return;
    store::SshKeyRecord record;
    record.type = key->type;
    record.key = key->key;
    record.comment = key->comment;
    record.options = key->options;
    record.sources = key->sources;
    const std::string line = authorized_keys_line(record);
    must(line.find('\n') == std::string::npos);
    const auto again = SshKey::parse(line);
    must(again && again->fingerprint == key->fingerprint && again->sources == key->sources &&
         again->options == key->options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_key(text);
    (void)is_acceptable_record(text);
    (void)parse_address(text);
    must(!source_of(text).empty());
    const Secret secret(text);
    if (const auto code = parse_code(secret)) must(equal(*parse_code(shown_code(*code)), *code));
    if (const auto bytes = from_base32(secret); bytes && !bytes->empty())
        must(equal(from_base32(to_base32(*bytes)).value(), *bytes));
    (void)count_characters(secret);
    return 0;
}
