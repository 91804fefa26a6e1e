// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/snapshot/format.h"
#include "daemon/publish/base.h"
#include "daemon/publish/control.h"
#include "daemon/publish/delta.h"
#include "daemon/publish/source.h"
#include "daemon/runtime/workers.h"

namespace userd {

// Keeps the snapshot folder the image of the directory. Main thread; syncing and making a new base happen on
// `workers`, which are the ones for long jobs.
class Publisher {
 public:
    struct Limits {
        std::size_t records = 1000;
        std::size_t bytes = std::size_t{256} << 10U;
    };
    // `workers` must outlive the publisher and `source` the workers, whose jobs read it. `folder` is made by
    // `start`, its parent must exist.
    Publisher(std::string folder, PublicSource& source, Workers& workers);
    Publisher(std::string folder, PublicSource& source, Workers& workers, Limits limits);
    ~Publisher();

    // Makes visible what the store has now. What a former run left is used as far as it holds; a base is made
    // here and now only when there is none to build upon. A fresh control takes the place of the old. When
    // it fails, readers keep the last good snapshot and `publish` starts anew.
    Result<void> start();

    // After each commit, before its reply: makes it visible to every process of the host. The cost depends on
    // what changed since the last base, not on the size of the directory. On an Error nothing changed for
    // readers, and the next call makes good for this one.
    Result<void> publish();

    // Makes all of it anew from the source, whatever the folder holds. Takes as long as the directory is big.
    Result<void> rebuild();

    std::uint64_t generation() const { return generation_; }                     // what is visible
    bool is_settled() const { return !settling_ && !building_ && !verifying_; }  // no job under way

 private:
    Result<void> make_folder() const;
    void number_files(const std::optional<publish::ControlFile>& old);
    Result<void> reuse_or_build(const std::optional<publish::ControlFile>& old);
    Result<void> show_in_new_control(std::optional<publish::ControlFile> old);
    Result<void> adopt(std::uint32_t number);
    Result<void> build_now();
    Result<void> refresh_delta();
    Result<void> write_delta(publish::NewFile::Sync sync);
    void remove_others() const;
    void show();
    void settle();
    void forget();
    bool is_base_due() const;
    void build();
    void finish_building(std::uint32_t number, const Result<void>& built);
    void verify_base();

    std::string folder_;
    PublicSource& source_;
    Workers& workers_;
    Limits limits_;
    std::shared_ptr<publish::ControlFile> control_;  // shared with the job that syncs
    publish::Base base_;
    publish::Delta delta_;
    std::size_t delta_bytes_ = 0;
    snapshot::Pair pair_;           // what the members above hold,
    std::uint64_t known_ = 0;       // as of this generation
    snapshot::Pair shown_;          // what readers are sent to,
    std::uint64_t generation_ = 0;  // which shows this one
    snapshot::Pair durable_;
    std::uint32_t last_base_ = 0;  // numbers taken
    std::uint32_t last_delta_ = 0;
    std::vector<std::string> outdated_;  // may go when what is shown is durable
    bool settling_ = false;
    bool building_ = false;
    bool verifying_ = false;
    std::size_t patience_ = 1;  // grows when bases cannot be made, so that not every change tries again
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // continuations hold it weakly
};

}  // namespace userd
