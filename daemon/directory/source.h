// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "daemon/publish/source.h"
#include "daemon/store/store.h"

namespace userd {

// The store as the publisher sees it.
class StoreSource final : public PublicSource {
 public:
    explicit StoreSource(store::Store& store) : store_(store), path_(store.path()) {}
    std::uint64_t store_id() const override { return store_.id(); }
    Result<std::uint64_t> generation() override { return store_.generation(); }
    Result<PublicChanges> changes_since(std::uint64_t generation) override;
    Result<std::unique_ptr<PublicListing>> open_listing() const override;
    Result<void> forget(std::uint64_t generation) override;

 private:
    store::Store& store_;
    const std::string path_;  // read by workers
};

}  // namespace userd
