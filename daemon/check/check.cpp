// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/check/check.h"

#include <algorithm>
#include <map>

#include "daemon/check/scene.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

// Keeps what concerns the users that were asked about, by rule.
class Findings {
 public:
    explicit Findings(const std::vector<ObjectId>& users) : users_(users) {}

    void add(Finding finding) {
        if (!users_.empty() && std::find(users_.begin(), users_.end(), finding.id) == users_.end()) return;
        if (result_.total++ < most_findings) by_rule_[finding.rule].push_back(std::move(finding));
    }
    CheckResult take() {
        for (auto& [rule, findings] : by_rule_)
            std::move(findings.begin(), findings.end(), std::back_inserter(result_.findings));
        return std::move(result_);
    }

 private:
    const std::vector<ObjectId>& users_;
    std::map<const Rule*, std::vector<Finding>> by_rule_;  // rules lie in one table, so in its order
    CheckResult result_;
};

Result<void> look_at(Scene& scene, const std::vector<const Rule*>& rules, const User& user) {
    for (const Rule* rule : rules) {
        scene.rule = rule;
        if (rule->look_at_user != nullptr) TRY(rule->look_at_user(scene, user));
    }
    return {};
}

Result<void> look_at_users(Scene& scene, const CheckRequest& request, const std::vector<const Rule*>& rules) {
    User user;
    if (request.users.empty()) {
        while (TRY(scene.store.next_user(user))) TRY(look_at(scene, rules, user));
        return {};
    }
    for (const auto id : request.users)
        if (const auto found = TRY(scene.store.users().find(id))) TRY(look_at(scene, rules, *found));
    return {};
}

}  // namespace

Result<CheckResult> check(const CheckRequest& request) {
    HostFiles host(request.root);
    TRY(host.read());
    const auto reader = TRY(store::Reader::open(request.store_path));
    Findings findings(request.users);
    Scene scene(*reader, host, request.config, request.now, request.root, request.snapshot_folder,
                request.store_path, [&](Finding finding) { findings.add(std::move(finding)); });
    auto rules = request.rules;
    if (rules.empty())
        for (const auto& rule : all_rules()) rules.push_back(&rule);
    for (const Rule* rule : rules) {
        scene.rule = rule;
        if (rule->look_at_all != nullptr) TRY(rule->look_at_all(scene));
    }
    TRY(look_at_users(scene, request, rules));
    return findings.take();
}

}  // namespace userd
