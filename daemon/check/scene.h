// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daemon/check/finding.h"
#include "daemon/config/config.h"
#include "daemon/directory/host_files.h"
#include "daemon/store/reader.h"

namespace userd {

// What rules look at: the store at one moment, the host's files, the configuration, the time. On a worker;
// all references outlive it.
class Scene {
 public:
    using Report = std::function<void(Finding)>;
    Scene(store::Reader& reader, const HostFiles& files, const Config& configuration, Time when,
          std::string prefix, std::string snapshot, std::string path, Report report)
        : store(reader),
          host(files),
          config(configuration),
          now(when),
          root(std::move(prefix)),
          snapshot_folder(std::move(snapshot)),
          store_path(std::move(path)),
          report_(std::move(report)) {}

    void find(Finding finding) {
        finding.rule = rule;
        report_(std::move(finding));
    }
    void find(const User& user, std::string message, std::string advice = {}) {
        find({nullptr, "user:" + user.name, user.id, user.uid, std::move(message), std::move(advice)});
    }

    store::Reader& store;
    const HostFiles& host;
    const Config& config;
    const Time now;
    const std::string root;  // prefix of the host's files
    const std::string snapshot_folder, store_path;
    const Rule* rule = nullptr;  // whose turn it is

 private:
    Report report_;
};

}  // namespace userd
