// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>

#include "daemon/directory/rights.h"
#include "daemon/login/ssh_key.h"
#include "daemon/login/totp.h"
#include "daemon/state/planner.h"
#include "daemon/store/credentials.h"
#include "daemon/store/store.h"

namespace userd::state {

namespace {

std::string sources_of(const Fields& options) {
    const auto at = options.find("from");
    if (at == options.end()) return {};
    if (const auto* text = std::get_if<std::string>(&at->second)) return *text;
    std::string sources;
    if (const auto* list = std::get_if<std::vector<std::string>>(&at->second))
        for (const auto& source : *list) sources += (sources.empty() ? "" : ",") + source;
    return sources;
}

std::optional<Time> end_of(const Fields& options) {
    const auto at = options.find("expires");
    const auto* seconds = at == options.end() ? nullptr : std::get_if<std::int64_t>(&at->second);
    if (seconds == nullptr) return std::nullopt;
    return from_unix(*seconds);
}

Result<SshKey> key_of(const WantedKey& wanted) {
    auto key = TRY(SshKey::parse(wanted.line));
    if (wanted.options.contains("from")) key.sources = sources_of(wanted.options);
    if (wanted.options.contains("expires")) key.expires = end_of(wanted.options);
    return key;
}

bool is_the_same(const store::SshKeyRecord& record, const SshKey& key) {
    return record.comment == key.comment && record.options == key.options && record.sources == key.sources &&
           record.expires == key.expires;
}

std::string label(const std::string& comment, const std::string& fingerprint) {
    return comment.empty() ? fingerprint : comment;
}

}  // namespace

void Planner::add_new_keys(const WantedUser& wanted) {
    if (!wanted.ssh_keys || wanted.ssh_keys->empty()) return;
    step(users_then, false, wanted.name, [this, &wanted]() -> Result<void> {
        TRY(check_step_up(change_options(), "ssh-key"));
        const auto user = TRY(parts_.directory.get_user(wanted.name));
        for (const auto& key : *wanted.ssh_keys)
            TRY(parts_.credentials.add_ssh_key(actor_, user.id, key.line, key.options));
        return {};
    });
}

Result<void> Planner::compare_ssh_keys(Subject& subject) {
    const auto& wanted = subject.wanted;
    if (!wanted.ssh_keys) return {};
    const auto now = TRY(parts_.store.credentials().list_ssh_keys(subject.user.id));
    std::vector<const WantedKey*> add;
    std::vector<std::string> remove, kept;  // fingerprints
    FieldChange change{"ssh_authorized_keys", {}, {}, {}, {}};
    for (const auto& asked : *wanted.ssh_keys) {
        auto key = key_of(asked);
        if (!key) {
            problem(false, wanted.name, std::move(key).error().with_field("ssh_authorized_keys"));
            return {};
        }
        kept.push_back(key->fingerprint);
        const auto same = std::find_if(now.begin(), now.end(), [&](const auto& record) {
            return record.fingerprint == key->fingerprint;
        });
        if (same != now.end() && is_the_same(*same, *key)) continue;
        if (same != now.end()) remove.push_back(same->fingerprint);
        change.added.push_back(label(key->comment, key->fingerprint));
        add.push_back(&asked);
    }
    for (const auto& record : now) {
        if (wanted_.only_add_keys || std::find(kept.begin(), kept.end(), record.fingerprint) != kept.end())
            continue;
        remove.push_back(record.fingerprint);
        change.removed.push_back(label(record.comment, record.fingerprint));
    }
    if (add.empty() && remove.empty()) return {};
    subject.plan.changes.push_back(std::move(change));
    step(users_then, false, wanted.name, [this, id = subject.user.id, add, remove]() -> Result<void> {
        TRY(check_step_up(change_options(), "ssh-key"));
        for (const auto& fingerprint : remove)
            TRY(parts_.credentials.remove_ssh_key(actor_, id, fingerprint));
        for (const auto* key : add) TRY(parts_.credentials.add_ssh_key(actor_, id, key->line, key->options));
        return {};
    });
    return {};
}

Result<void> Planner::compare_password(Subject& subject) {
    const auto& wanted = subject.wanted;
    if (!wanted.password) return {};
    const auto id = subject.user.id;
    const bool is_none = wanted.password->kind == WantedPassword::Kind::none;
    if (!is_none && !wanted.password->always) return {};
    const auto now = TRY(parts_.store.credentials().find_password(id));
    if (is_none ? !now : (now && wanted.password->hash.text() == now->hash)) return {};
    if (!is_none && wanted.password->kind == WantedPassword::Kind::generate) return {};
    if (!wanted.problem.empty())
        problem(false, wanted.name, Error{Errc::invalid, wanted.problem, "", "password"});
    subject.plan.changes.push_back({"password", {}, std::string(is_none ? "none" : "set"), {}, {}});
    if (!is_none) needs_password_.push_back(&wanted);
    step(users_then, false, wanted.name, [this, id, is_none, name = wanted.name]() -> Result<void> {
        TRY(check_step_up(change_options(), "password-reset"));
        if (is_none) return parts_.credentials.remove_password(actor_, id);
        const auto at = passwords_->find(name);
        if (at == passwords_->end()) return {};  // a dry run prepares none
        return parts_.credentials.put_password(actor_, id, at->second);
    });
    return {};
}

Result<void> Planner::compare_totp(Subject& subject) {
    const auto& wanted = subject.wanted;
    if (!wanted.totp) return {};
    const auto id = subject.user.id;
    const auto now = TRY(parts_.store.credentials().find_totp(id));
    const bool is_none = wanted.totp->base32.empty();
    if (!wanted.problem.empty()) {
        problem(false, wanted.name, Error{Errc::invalid, wanted.problem, "", "totp"});
        return {};
    }
    if (is_none && !now) return {};
    if (!is_none) {
        const auto secret = from_base32(wanted.totp->base32);
        if (!secret) {
            problem(false, wanted.name, secret.error());
            return {};
        }
        if (now && now->secret && now->secret->text() == secret->text()) return {};
    }
    subject.plan.changes.push_back({"totp", {}, std::string(is_none ? "none" : "set"), {}, {}});
    step(users_then, false, wanted.name, [this, id, is_none, &wanted]() -> Result<void> {
        TRY(check_step_up(change_options(), "mfa-reset"));
        if (is_none) return parts_.credentials.reset_mfa(actor_, id, std::nullopt);
        return parts_.credentials.put_totp(actor_, id, wanted.totp->base32.clone());
    });
    return {};
}

// Runs inside the creation.
Result<void> Planner::store_new_credentials(const WantedUser& wanted, const User& user) {
    const auto at = passwords_->find(wanted.name);
    if (at != passwords_->end()) TRY(parts_.credentials.store_password(user, at->second));
    if (!wanted.totp || wanted.totp->base32.empty()) return {};
    return parts_.credentials.store_totp(user, wanted.totp->base32.clone());
}

}  // namespace userd::state
