// SPDX-License-Identifier: LGPL-2.1-or-later
// bench_publish: what one publication costs the daemon, at directories of several sizes and with deltas from
// empty to full, and what the first lookup after it costs a reader.
#include <unistd.h>

#include <chrono>

#include "common/snapshot/reader.h"
#include "tests/bench/measure.h"
#include "tests/support/snapshot/published.h"

using namespace userd;

namespace {

double microseconds(auto work) {
    const auto before = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before).count();
}

// A directory of so many users, to which one is added with each generation; as quick about it as can be.
class Growing final : public PublicSource {
 public:
    explicit Growing(std::uint32_t users) : users_(users) {}
    void add() { ++generation_; }
    static std::string late_name(std::uint64_t generation) { return fmt::format("late{:05}", generation); }

    std::uint64_t store_id() const override { return 1; }
    Result<std::uint64_t> generation() override { return generation_; }
    Result<PublicChanges> changes_since(std::uint64_t generation) override {
        PublicChanges changes{
            .generation = generation_, .users = {}, .users_gone = {}, .groups = {}, .groups_gone = {}};
        for (std::uint64_t g = generation + 1; g <= generation_; ++g)
            changes.users.push_back(
                test::MemorySource::user(2'000'000'000 + static_cast<std::uint32_t>(g), late_name(g)));
        return changes;
    }
    Result<std::unique_ptr<PublicListing>> open_listing() const override {
        return std::make_unique<Listing>(users_, generation_);
    }
    Result<void> forget(std::uint64_t) override { return {}; }

 private:
    class Listing final : public PublicListing {
     public:
        Listing(std::uint32_t users, std::uint64_t generation) : users_(users), generation_(generation) {}
        std::uint64_t generation() const override { return generation_; }
        Result<bool> next_user(PublicUser& user) override {
            if (next_ == users_) return false;
            user = test::MemorySource::user(1'900'000'000 + next_, fmt::format("user{:07}", next_));
            ++next_;
            return true;
        }
        Result<bool> next_group(PublicGroup&) override { return false; }

     private:
        std::uint32_t users_;
        std::uint64_t generation_;
        std::uint32_t next_ = 0;
    };
    std::uint32_t users_;
    std::uint64_t generation_ = 1;
};

void at_size(std::uint32_t users) {
    const test::TemporaryFolder home;
    const std::string folder = home.path() + "/nss";
    Growing source(users);
    const auto loop = Loop::open().value();
    Workers workers(*loop, 1);
    Publisher publisher(folder, source, workers);
    const double start = microseconds([&] {
        if (!publisher.start()) std::abort();
    });
    snapshot::Reader reader(folder.c_str(), "", ::geteuid());

    std::vector<double> publish, lookup;
    constexpr std::uint64_t changes = 950;  // the delta stays below its bound, so no base is made meanwhile
    for (std::uint64_t i = 0; i < changes; ++i) {
        source.add();
        const std::string name = Growing::late_name(i + 2);
        publish.push_back(microseconds([&] {
            if (!publisher.publish()) std::abort();
        }));
        lookup.push_back(microseconds([&] {
            if (reader.lease().view().find_user(name).status != snapshot::Status::found) std::abort();
        }));
        (void)loop->run_once(std::chrono::milliseconds(0));
    }
    while (!publisher.is_settled()) (void)loop->run_once(std::chrono::milliseconds(1));
    fmt::print(
        "{:>9} users: first base {:>6.0f} ms   publish {:>6.1f} µs (delta new {:>5.1f}, nearly full "
        "{:>6.1f})   "
        "next lookup {:>5.1f} µs\n",
        users, start / 1e3, bench::median(publish), bench::median({publish.begin(), publish.begin() + 100}),
        bench::median({publish.end() - 100, publish.end()}), bench::median(lookup));
}

}  // namespace

int main() {
    for (const std::uint32_t users : {1'000U, 100'000U, 1'000'000U}) at_size(users);
    return 0;
}
