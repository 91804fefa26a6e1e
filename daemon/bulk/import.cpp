// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bulk/import.h"

#include <algorithm>

#include "daemon/bulk/rows.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

bool is_same(const Value& wanted, const Fields& record, std::string_view field) {
    const auto found = record.find(field);
    return found != record.end() && found->second == wanted;
}

bool may_have_password(const Fields& fields) {
    const auto kind = fields.find("kind");
    const auto* text = kind == fields.end() ? nullptr : std::get_if<std::string>(&kind->second);
    return text == nullptr || *text != "service";
}

class Import {
 public:
    Import(Directory& directory, Credentials& credentials, const Config& config, const Actor& actor,
           const ChangeOptions& options, const ImportOptions& how, const ImportPasswords& passwords,
           ImportResult& result)
        : directory_(directory),
          credentials_(credentials),
          config_(config),
          actor_(actor),
          how_(how),
          passwords_(passwords),
          result_(result) {
        each_.owes = options.owes;
    }

    // An error of a row is told, and the rows after it are tried: a person mends all of them at once.
    Result<void> run(std::string_view text) {
        ImportRows rows(text, how_, config_, result_);
        for (ImportRow row; rows.next(row);)
            if (const auto done = apply(row); !done) {
                if (is_of_all(done.error())) return done;
                rows.refuse(row.place_of(done.error().field), done.error());
            }
        if (result_.problem_count != 0) return fail(Errc::invalid, "the file has problems");
        return {};
    }

 private:
    // Not a row's fault, and the same for each.
    static bool is_of_all(const Error& error) {
        return error.code == Errc::io || error.code == Errc::no_space || error.code == Errc::internal ||
               error.code == Errc::unavailable || error.code == Errc::denied ||
               error.code == Errc::code_required;
    }

    Result<void> apply(ImportRow& row) {
        complete(row.fields);
        auto existing = directory_.get_user(row.name);
        if (!existing && existing.error().code != Errc::no_such_user) return fail(existing.error());
        if (!existing) return create(row);
        if (how_.if_exists == IfExists::skip) {
            add("skipped", row.name, existing->uid);
            return {};
        }
        if (how_.if_exists == IfExists::update) return update(row, *existing);
        return fail(Error{Errc::exists, fmt::format("the user {} exists", row.name),
                          "--on-exists skip or --on-exists update", "name"});
    }

    // What the call says for all rows; groups beside the row's own. Local groups stand apart.
    void complete(Fields& fields) const {
        for (const auto& [field, value] : how_.defaults)
            if (field != "role" || !fields.contains("roles")) fields.try_emplace(field, value);
        auto& given = fields["groups"];
        if (!std::holds_alternative<std::vector<std::string>>(given)) given = std::vector<std::string>();
        std::vector<std::string> ours, local;
        const auto sort_in = [&](const std::vector<std::string>& names) {
            for (const auto& name : names) (is_local(name) ? local : ours).push_back(name);
        };
        sort_in(std::get<std::vector<std::string>>(given));
        sort_in(how_.groups);
        const bool says_groups = !ours.empty() || local.empty();
        if (const auto own = fields.find("local_groups"); own != fields.end())
            if (const auto* names = std::get_if<std::vector<std::string>>(&own->second))
                local.insert(local.end(), names->begin(), names->end());
        if (!local.empty()) fields["local_groups"] = local;
        if (says_groups && !ours.empty())
            fields["groups"] = ours;
        else
            fields.erase("groups");
    }

    bool is_local(const std::string& name) const {
        const auto& known = config_.local_groups;
        return std::find(known.begin(), known.end(), name) != known.end();
    }

    Result<void> create(const ImportRow& row) {
        const auto password = passwords_.find(row.name);
        const auto outcome = TRY(directory_.create_user(
            actor_, row.name, row.fields, each_, [&](const User& user) -> Result<void> {
                if (password == passwords_.end()) return {};
                return credentials_.store_password(user, password->second);
            }));
        const auto* uid = std::get_if<std::int64_t>(&outcome.record.at("uid"));
        add("created", row.name, static_cast<std::uint32_t>(*uid), may_have_password(row.fields));
        return {};
    }

    // What the file says as it is already is no change: what is settled at the creation may stand there, and
    // a time that was exported in whole seconds is the same time.
    Result<void> update(ImportRow& row, const User& user) {
        const auto record = TRY(directory_.user_record(user, true));
        std::erase_if(row.fields,
                      [&](const auto& entry) { return is_same(entry.second, record, entry.first); });
        const auto outcome = TRY(directory_.update_user(actor_, user.id, row.fields, each_));
        add(outcome.changed ? "updated" : "unchanged", row.name, user.uid);
        return {};
    }

    void add(std::string_view deed, const std::string& name, std::uint32_t uid, bool wants_password = false) {
        result_.done.push_back({deed, name, uid, wants_password});
    }

    Directory& directory_;
    Credentials& credentials_;
    const Config& config_;
    const Actor& actor_;
    ChangeOptions each_;  // of one row; the rest is the batch's
    const ImportOptions& how_;
    const ImportPasswords& passwords_;
    ImportResult& result_;
};

}  // namespace

Result<ImportResult> import_users(Directory& directory, Credentials& credentials, const Config& config,
                                  const Actor& actor, const ChangeOptions& options, std::string_view text,
                                  const ImportOptions& how, const ImportPasswords& passwords) {
    ImportResult result;
    Import import(directory, credentials, config, actor, options, how, passwords, result);
    const auto done = directory.batch(options, [&] { return import.run(text); });
    if (!done && result.problem_count == 0) return fail(done.error());
    if (!done) result.done.clear();
    return result;
}

ImportResult check_form(std::string_view text, const ImportOptions& how, const Config& config) {
    ImportResult result;
    ImportRows rows(text, how, config, result);
    UserDraft draft;
    for (ImportRow row; rows.next(row);)
        if (const auto read = apply_fields(draft, row.fields, config, Purpose::creation); !read)
            rows.refuse(row.place_of(read.error().field), read.error());
    return result;
}

}  // namespace userd
