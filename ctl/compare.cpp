// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/base/text.h"
#include "common/names.h"
#include "ctl/host_accounts.h"
#include "ctl/nss_module.h"
#include "ctl/progress.h"
#include "ctl/render.h"
#include "ctl/target.h"

namespace userd::ctl {
namespace {

constexpr std::uint64_t page_size = 1000;

using Gids = std::set<gid_t>;

std::uint32_t number_in(const Fields& record, std::string_view field) {
    return static_cast<std::uint32_t>(parse_number(text_of(record, field)).value_or(0));
}

NssUser user_of(const Fields& record) {
    return {text_of(record, "name"),  text_of(record, "display_name"), text_of(record, "home"),
            text_of(record, "shell"), number_in(record, "uid"),        number_in(record, "gid")};
}

std::string counted(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", grouped(count), what, count == 1 ? "" : "s");
}

class Comparison {
 public:
    Comparison(Client& client, NssModule source, Output& out)
        : client_(client), source_(std::move(source)), progress_(out, "comparing") {}

    Answer<void> read_groups();
    Answer<void> compare_groups();
    Answer<void> compare_users(const std::vector<std::string>& targets);
    Answer<void> look_for_others();

    std::vector<Fields> take_differences() { return std::move(differences_); }
    std::uint64_t users() const { return users_.size(); }
    std::uint64_t groups() const { return groups_.size(); }

 private:
    Answer<void> compare_user(const Fields& record);
    void compare_memberships(const Fields& record, const NssUser& here, const std::vector<gid_t>& there);
    std::string names_of(const Gids& gids) const;
    void differ(const std::string& subject, const char* field, const std::string& here,
                const std::string& there);

    Client& client_;
    NssModule source_;
    Progress progress_;
    std::map<std::string, gid_t, std::less<>> groups_;
    std::map<gid_t, std::string> names_;
    std::set<std::string, std::less<>> users_;
    std::vector<Fields> differences_;
};

// An empty side: it is not there.
void Comparison::differ(const std::string& subject, const char* field, const std::string& here,
                        const std::string& there) {
    if (here == there) return;
    Fields row{{"subject", subject}, {"field", std::string(field)}};
    if (!here.empty()) row["here"] = here;
    if (!there.empty()) row["there"] = there;
    differences_.push_back(std::move(row));
}

std::string Comparison::names_of(const Gids& gids) const {
    std::vector<std::string> words;
    for (const gid_t gid : gids) {
        const auto name = names_.find(gid);
        words.push_back(name == names_.end() ? std::to_string(gid) : name->second);
    }
    std::sort(words.begin(), words.end());
    return fmt::format("{}", fmt::join(words, ","));
}

Answer<void> Comparison::read_groups() {
    for (std::uint64_t offset = 0;; offset += page_size) {
        const Page page = TRY(client_.list_groups({}, offset, page_size));
        for (const Fields& record : page.rows) {
            const auto gid = number_in(record, "gid");
            groups_.emplace(text_of(record, "name"), gid);
            names_.emplace(gid, text_of(record, "name"));
        }
        if (page.rows.size() < page_size) return {};
    }
}

Answer<void> Comparison::compare_groups() {
    for (const auto& [name, gid] : groups_) {
        const auto there = TRY(source_.find_group(name));
        if (!there)
            differ("group:" + name, "name", name, "");
        else
            differ("group:" + name, "gid", std::to_string(gid), std::to_string(there->gid));
    }
    return {};
}

// Groups of /etc/group are the host's own, whoever else is asked.
void Comparison::compare_memberships(const Fields& record, const NssUser& here,
                                     const std::vector<gid_t>& there) {
    Gids ours{here.gid}, theirs;
    for (const char* field : {"groups", "nested_groups"})
        if (const auto* list = std::get_if<std::vector<std::string>>(&value_of(record, field)))
            for (const std::string& name : *list)
                if (const auto group = groups_.find(name); group != groups_.end()) ours.insert(group->second);
    for (const gid_t gid : there)
        if (!is_reserved_id(gid)) theirs.insert(gid);
    if (ours != theirs) differ("user:" + here.name, "groups", names_of(ours), names_of(theirs));
}

Answer<void> Comparison::compare_user(const Fields& record) {
    const NssUser here = user_of(record);
    users_.insert(here.name);
    names_.emplace(here.gid, here.name);
    const auto there = TRY(source_.find_user(here.name));
    const std::string subject = "user:" + here.name;
    if (!there) {
        differ(subject, "name", here.name, "");
        return {};
    }
    differ(subject, "uid", std::to_string(here.uid), std::to_string(there->uid));
    differ(subject, "gid", std::to_string(here.gid), std::to_string(there->gid));
    differ(subject, "display_name", here.gecos, there->gecos);
    differ(subject, "home", here.home, there->home);
    differ(subject, "shell", here.shell, there->shell);
    if (const auto groups = TRY(source_.groups_of(*there))) compare_memberships(record, here, *groups);
    progress_.at(users_.size());
    return {};
}

Answer<void> Comparison::compare_users(const std::vector<std::string>& targets) {
    for (const std::string& target : targets) {
        const Found found = TRY(client_.get_user(target));
        TRY(compare_user(found.record));
    }
    if (!targets.empty()) return {};
    for (std::uint64_t offset = 0;; offset += page_size) {
        const Page page = TRY(client_.list_users({{"sort", std::string("name")}}, offset, page_size));
        for (const Fields& record : page.rows) TRY(compare_user(record));
        if (page.rows.size() < page_size) return {};
    }
}

// Whom only the other one has, where it lists them; accounts of the host are neither's.
Answer<void> Comparison::look_for_others() {
    for (const NssUser& user : TRY(source_.list_users()))
        if (!is_reserved_id(user.uid) && !users_.contains(user.name) && !has_local_user(user.name))
            differ("user:" + user.name, "name", "", user.name);
    for (const NssGroup& group : TRY(source_.list_groups()))
        if (!is_reserved_id(group.gid) && !groups_.contains(group.name) && !users_.contains(group.name) &&
            !has_local_group(group.name))
            differ("group:" + group.name, "name", "", group.name);
    return {};
}

}  // namespace

Answer<void> compare(Client& client, const Args& args, Output& out) {
    if (args.has("only")) return refuse(Exit::usage, "--compare and --only exclude each other");
    const std::string name = args.text("compare");
    std::vector<std::string> targets;
    if (!args.words.empty()) targets = TRY(ctl::targets(args));
    Comparison comparison(client, TRY(NssModule::open(name)), out);
    TRY(comparison.read_groups());
    TRY(comparison.compare_users(targets));
    if (targets.empty()) {
        TRY(comparison.compare_groups());
        TRY(comparison.look_for_others());
    }
    Listing listing{"differences", 'z', {"subject", "field", "here", "there"}, {}, 0, 0, 0};
    listing.rows = comparison.take_differences();
    listing.total = listing.rows.size();
    std::string looked = counted(comparison.users(), "user");
    if (targets.empty()) looked += " and " + counted(comparison.groups(), "group");
    if (listing.total == 0 && out.human()) {
        out.line(fmt::format("{} answers the same for {}.", name, looked));
        return {};
    }
    out.list(listing);
    if (listing.total == 0) return {};
    if (out.human() && out.options().legend)
        out.note(fmt::format("{} from {} in {}", counted(listing.total, "difference"), name, looked));
    return refuse(Problem{Exit::differences, {}, {}, {}, {}, {}});
}

}  // namespace userd::ctl
