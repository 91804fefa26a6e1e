// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "daemon/publish/publisher.h"
#include "daemon/runtime/loop.h"
#include "daemon/runtime/workers.h"
#include "tests/support/snapshot/memory_source.h"

namespace userd::test {

// A folder of its own below /tmp, gone afterwards.
class TemporaryFolder {
 public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "userd-test-XXXXXX").string();
        if (!::mkdtemp(name.data())) std::abort();
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

 private:
    std::string path_;
};

// A source and its publisher, over the folder `nss` of a temporary one.
class Published {
 public:
    explicit Published(Publisher::Limits limits = {}) : limits_(limits) { restart(); }

    // As a restart of the daemon would: what runs is dropped, the next one finds what is in the folder.
    void restart() {
        publisher.reset();
        workers.reset();
        workers = std::make_unique<Workers>(*loop, 1);
        publisher = std::make_unique<Publisher>(folder(), source, *workers, limits_);
    }
    void settle() const {
        while (!publisher->is_settled()) (void)loop->run_once(std::chrono::milliseconds(10));
    }
    std::string folder() const { return home.path() + "/nss"; }
    std::size_t count_files(const std::string& prefix) const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::directory_iterator(folder()))
            count += entry.path().filename().string().starts_with(prefix) ? 1 : 0;
        return count;
    }

    TemporaryFolder home;
    MemorySource source;
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<Workers> workers;
    std::unique_ptr<Publisher> publisher;

 private:
    Publisher::Limits limits_;
};

}  // namespace userd::test
