// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/directory/source.h"

#include "daemon/store/groups.h"
#include "daemon/store/public_facts.h"

namespace userd {

namespace {

class StoreListing final : public PublicListing {
 public:
    explicit StoreListing(std::unique_ptr<store::PublicReader> reader) : reader_(std::move(reader)) {}
    std::uint64_t generation() const override { return reader_->generation(); }
    Result<bool> next_user(PublicUser& user) override { return reader_->next_user(user); }
    Result<bool> next_group(PublicGroup& group) override { return reader_->next_group(group); }

 private:
    std::unique_ptr<store::PublicReader> reader_;
};

}  // namespace

Result<PublicChanges> StoreSource::changes_since(std::uint64_t generation) {
    return store::public_changes_since(store_, generation);
}

Result<std::unique_ptr<PublicListing>> StoreSource::open_listing() const {
    auto reader = TRY(store::PublicReader::open(path_));
    return std::make_unique<StoreListing>(std::move(reader));
}

Result<void> StoreSource::forget(std::uint64_t generation) {
    if (!store_.writable()) return {};
    auto change = TRY(store_.begin());
    TRY(store_.groups().forget_removed(generation));
    return change.commit();
}

}  // namespace userd
