// SPDX-License-Identifier: LGPL-2.1-or-later
// What lookups see, held against the store: read through the very reader of the modules.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>

#include "common/snapshot/shown.h"
#include "common/snapshot/view.h"
#include "daemon/check/directory_rules.h"
#include "daemon/check/scene.h"
#include "daemon/store/public_facts.h"

namespace userd::rules {

namespace {

using snapshot::Shown, snapshot::Status;

constexpr std::size_t most_named = 20;
constexpr int tries = 20;  // a change is being published meanwhile
constexpr auto pause = std::chrono::milliseconds(20);

std::int64_t before_all_ends() {
    return 0;
}

class Comparison {
 public:
    Comparison(Scene& scene, const snapshot::View& view) : scene_(scene), view_(view) {}

    Result<void> run(store::PublicReader& reader) {
        PublicUser user;
        while (TRY(reader.next_user(user))) {
            names_.emplace(user.uid, user.name);
            if (const auto what = difference(user); !what.empty())
                differs("user:" + user.name, user.uid, what);
        }
        PublicGroup group;
        while (TRY(reader.next_group(group)))
            if (const auto what = difference(group); !what.empty()) differs("group:" + group.name, 0, what);
        find_others();
        if (count_ > most_named)
            scene_.find(
                {nullptr, "snapshot", {}, 0, fmt::format("{} more differ", count_ - most_named), {}, true});
        return {};
    }

 private:
    void differs(std::string subject, std::uint32_t uid, std::string what) {
        if (++count_ <= most_named)
            scene_.find({nullptr, std::move(subject), {}, uid, std::move(what), {}, true});
    }

    std::string difference(const PublicUser& user) const {
        const auto found = view_.find_user(user.uid);
        if (found.status != Status::found) return "lookups do not find the uid";
        const auto& record = *found.record;
        const char* strings = snapshot::strings_of(record);
        if (user.name != strings) return fmt::format("lookups call uid {} {}", user.uid, strings);
        if (view_.find_user(user.name).record != found.record) return "lookups do not find the name";
        if (record.gid != user.gid || user.display_name != strings + user.name.size() + 1 ||
            user.home != strings + record.home_at || user.shell != strings + record.shell_at)
            return "lookups show other values";
        std::vector<std::uint32_t> wanted, shown;
        for (const auto& membership : user.groups) wanted.push_back(membership.gid);
        view_.for_each_group_of(record, before_all_ends, [&](std::uint32_t gid) {
            shown.push_back(gid);
            return true;
        });
        std::sort(shown.begin(), shown.end());
        return wanted == shown ? "" : "lookups show other groups";
    }

    std::string difference(const PublicGroup& group) const {
        const auto found = view_.find_group(group.gid);
        if (found.status != Status::found || found.name != group.name) return "lookups do not find the group";
        std::vector<std::string> wanted, shown;
        for (const auto& member : group.members)
            if (const auto name = names_.find(member.uid); name != names_.end())
                wanted.push_back(name->second);
        const bool whole = view_.for_each_member(
            found, before_all_ends,
            [&](const char* name, std::size_t size) { shown.emplace_back(name, size); });
        std::sort(wanted.begin(), wanted.end());
        std::sort(shown.begin(), shown.end());
        return whole && wanted == shown ? "" : "lookups show other members";
    }

    // Whom lookups enumerate although the store does not know them.
    void find_others() {
        snapshot::Position position;
        for (auto user = view_.next_user(position); user.status == Status::found;
             user = view_.next_user(position))
            if (!names_.contains(user.record->uid))
                differs(fmt::format("user:{}", snapshot::strings_of(*user.record)), user.record->uid,
                        "lookups find somebody whom the store does not know");
    }

    Scene& scene_;
    const snapshot::View& view_;
    std::map<std::uint32_t, std::string> names_;
    std::size_t count_ = 0;
};

}  // namespace

Result<void> snapshot_differs(Scene& scene) {
    std::optional<Shown> shown;
    std::unique_ptr<store::PublicReader> reader;
    for (int i = 0; i < tries; ++i) {
        if (i > 0) std::this_thread::sleep_for(pause);
        shown.emplace(scene.snapshot_folder.c_str(), ::geteuid());
        if (!shown->is_open()) continue;
        reader = TRY(store::PublicReader::open(scene.store_path));
        if (shown->generation() == reader->generation()) return Comparison(scene, shown->view()).run(*reader);
    }
    scene.find({nullptr,
                "snapshot",
                {},
                0,
                shown->is_open() ? fmt::format("lookups see generation {}, the store is at {}",
                                               shown->generation(), reader->generation())
                                 : std::string("lookups cannot read it"),
                {},
                true});
    return {};
}

}  // namespace userd::rules
