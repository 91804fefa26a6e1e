// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/adoption.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "daemon/bus/record.h"

namespace userd::bus {

void Adoption::tell_row(const std::string& name, std::uint32_t uid, std::string_view deed, const Notes& notes,
                        std::vector<std::string> local_groups) {
    Fields row{{"name", name}, {"deed", std::string(deed)}};
    if (uid != 0) row["uid"] = std::int64_t{uid};
    if (!notes.empty()) row["note"] = fmt::format("{}", fmt::join(notes, "; "));
    if (!local_groups.empty()) row["local_groups"] = std::move(local_groups);
    rows_.push_back(std::move(row));
    changed_ = changed_ || deed == "adopted" || deed == "given-back";
}

void Adoption::refuse_row(const std::string& name, Error error) {
    Notes notes{error.message};
    if (!error.hint.empty()) notes.push_back("try: " + error.hint);
    tell_row(name, 0, "refused", notes);
    if (!first_refusal_) first_refusal_ = std::move(error);
}

std::vector<User> Adoption::named_users() {
    std::vector<User> users;
    for (const auto& name : names_) {
        auto user = core_.directory.get_user(name);
        if (user)
            users.push_back(std::move(*user));
        else
            refuse_row(name, user.error());
    }
    return users;
}

Result<void> Adoption::check_refused() const {
    if (is_all_ || options_.dry_run || !first_refusal_) return {};
    return Failure(*first_refusal_);
}

Result<void> Adoption::answer() {
    std::stable_sort(rows_.begin(), rows_.end(), [](const Fields& a, const Fields& b) {
        return text_in(a, "name") < text_in(b, "name");
    });
    return call_.reply(changed_, rows_);
}

Result<void> AdoptObject::adopt(Call& call) {
    const auto what = TRY(call.read_string());
    auto names = TRY(call.read_strings());
    const auto change = TRY(call.read_change({"undo"}));
    const bool undo = TRY(optional_flag(change.fields, "undo")).value_or(false);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (what == "passwd")
        (undo ? give_accounts_back : adopt_accounts)(core_, call, std::move(names), change.options);
    else if (what == "google-authenticator")
        (undo ? give_authenticators_back : adopt_authenticators)(core_, call, std::move(names),
                                                                 change.options);
    else
        return fail(Error{Errc::invalid, fmt::format("\"{}\" cannot be adopted", what),
                          "passwd or google-authenticator", "what"});
    return {};
}

}  // namespace userd::bus
