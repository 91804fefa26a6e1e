// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/login/account_keys.h"
#include "daemon/login/credentials_impl.h"
#include "daemon/login/ssh_key.h"
#include "daemon/model/origin.h"

namespace userd {
namespace {

constexpr std::size_t most_keys = 64;  // of one account: each is a line that sshd tries

Failure bad_option(std::string_view name, std::string_view why) {
    return fail(Error{Errc::invalid, fmt::format("{}: {}", name, why), {}, std::string(name)});
}

Result<void> apply_option(SshKey& key, const std::string& name, const Value& value) {
    if (name == "expires") {
        const auto* seconds = std::get_if<std::int64_t>(&value);
        if (seconds == nullptr) return bad_option(name, "not a time");
        key.expires = from_unix(*seconds);
        return {};
    }
    if (name == "from") {
        std::string sources;
        if (const auto* text = std::get_if<std::string>(&value)) sources = *text;
        if (const auto* list = std::get_if<std::vector<std::string>>(&value))
            for (const auto& text : *list) sources += (sources.empty() ? "" : ",") + text;
        if (!is_source_list(sources)) return bad_option(name, "not a list of addresses and patterns");
        key.sources = sources;
        return {};
    }
    if (name == "comment") {
        const auto* text = std::get_if<std::string>(&value);
        const bool one_line =
            text != nullptr && text->size() <= 255 && text->find_first_of("\n\r") == std::string::npos;
        if (!one_line) return bad_option(name, "not a short line");
        key.comment = *text;
        return {};
    }
    return bad_option(name, "not an option of a key (expires, from, comment)");
}

Fields fields_of(const store::SshKeyRecord& key) {
    Fields fields{{"fingerprint", key.fingerprint},
                  {"type", key.type},
                  {"comment", key.comment},
                  {"options", key.options},
                  {"from", key.sources},
                  {"created_at", to_unix(key.created_at)},
                  {"source", std::string(local_origin)}};
    if (key.expires) fields["expires"] = to_unix(*key.expires);
    if (key.last_used) fields["last_used"] = to_unix(*key.last_used);
    return fields;
}

}  // namespace

Result<std::string> Credentials::add_ssh_key(const Actor& actor, ObjectId id, std::string_view line,
                                             const Fields& key_options, const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::ssh_key_update, user, impl_->clock.now()));
    auto& table = impl_->store.credentials();
    SshKey key = TRY(SshKey::parse(line));
    for (const auto& [name, value] : key_options) TRY(apply_option(key, name, value));
    if (TRY(table.list_ssh_keys(id)).size() >= most_keys)
        return fail(Errc::limits, "an account has at most {} keys", most_keys);
    auto change = TRY(impl_->store.begin());
    const auto added = table.add_ssh_key({id,
                                          key.fingerprint,
                                          key.type,
                                          key.key,
                                          key.comment,
                                          key.options,
                                          key.sources,
                                          key.expires,
                                          {},
                                          impl_->clock.now()});
    if (!added && added.error().code == Errc::exists)
        return fail(Errc::exists, "{} has the key {} already", user.name, key.fingerprint);
    TRY(added);
    TRY(impl_->audit(actor, "ssh-key.add", user, key.fingerprint));
    TRY(impl_->finish(change, id, options));
    return key.fingerprint;
}

Result<bool> Credentials::remove_ssh_key(const Actor& actor, ObjectId id, std::string_view fingerprint,
                                         const ChangeOptions& options) {
    const User user = TRY(impl_->user(id));
    TRY(check_user(impl_->store, actor, RoleGrant::ssh_key_update, user, impl_->clock.now()));
    const auto guard = TRY(impl_->guard(options));
    auto change = TRY(impl_->store.begin());
    if (!TRY(impl_->store.credentials().remove_ssh_key(id, fingerprint))) return false;
    TRY(impl_->audit(actor, "ssh-key.remove", user, fingerprint));
    TRY(guard.after());
    TRY(impl_->finish(change, id, options));
    return true;
}

Result<std::vector<Fields>> Credentials::list_ssh_keys(ObjectId id) const {
    std::vector<Fields> rows;
    for (const auto& key : TRY(impl_->store.credentials().list_ssh_keys(id))) rows.push_back(fields_of(key));
    const User user = TRY(impl_->user(id));
    for (const auto& key : TRY(keys_at_server(impl_->store, user))) {
        rows.push_back(fields_of(key));
        rows.back()["source"] = user.source;
    }
    return rows;
}

Result<std::vector<Fields>> Credentials::list_all_ssh_keys(std::uint64_t offset, std::uint64_t limit) const {
    std::vector<Fields> rows;
    for (const auto& key : TRY(impl_->store.credentials().list_all_ssh_keys(offset, limit))) {
        rows.push_back(fields_of(key));
        if (const auto user = TRY(impl_->store.users().find(key.user))) rows.back()["user"] = user->name;
    }
    return rows;
}

Result<std::uint64_t> Credentials::count_ssh_keys() const {
    return impl_->store.credentials().count_ssh_keys();
}

}  // namespace userd
