// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "daemon/check/check.h"
#include "daemon/check/repair.h"
#include "daemon/directory/directory.h"
#include "daemon/directory/source.h"
#include "daemon/login/credentials.h"
#include "daemon/login/hash_queue.h"
#include "daemon/publish/publisher.h"
#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "tests/unit/store/support.h"

namespace userd::test {

// A directory with its store in a file and its snapshot beside it, on a host of its own. `break_it` writes as
// another program would: without the rules that the tables have.
struct Ward {
    Ward() {
        for (const char* folder : {"etc/userd", "var/lib/userd", "home", "var/mail"})
            std::filesystem::create_directories(root / folder);
        write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nbob:x:1000:1000::/home/bob:/bin/bash\n");
        write("etc/group", "root:x:0:\nsudo:x:27:\nbob:x:1000:\n");
        write("etc/shells", "/bin/bash\n");
        write("etc/userd/local-groups", "sudo:27\n");
        config.local_groups = {"sudo"};
        store = must(store::Store::open(store_path()));
        must(store->credentials().use_key(store::SealingKey::random()));
        source = std::make_unique<StoreSource>(*store);
        workers = std::make_unique<Workers>(*loop, 1);
        publisher = std::make_unique<Publisher>(snapshot_folder(), *source, *workers);
        directory = std::make_unique<Directory>(
            *store, [this] { return publisher->publish(); }, config, clock, root.path());
        hashes = std::make_unique<HashQueue>(*loop, 1);
        credentials = std::make_unique<Credentials>(*store, *hashes, config, clock);
        must(publisher->start());
        must(directory->refresh_host_files());
    }

    void write(std::string_view path, std::string_view text) const { std::ofstream(root / path) << text; }
    std::string store_path() const { return root / "var/lib/userd/userd.db"; }
    std::string snapshot_folder() const { return root / "var/lib/userd/nss"; }

    ObjectId create(std::string_view name, const Fields& fields = {}) {
        must(directory->create_user(admin, name, fields, {}));
        const auto user = must(directory->get_user(name));
        if (std::filesystem::create_directory(root / user.home.substr(1)))
            BOOST_REQUIRE(::chown((root / user.home.substr(1)).c_str(), user.uid, user.gid) == 0 ||
                          ::geteuid() != 0);
        return user.id;
    }
    void create_group(std::string_view name) { must(directory->create_group(admin, name, {}, {})); }
    std::int64_t id_of(std::string_view name) { return must(directory->get_user(name)).id.value; }

    void break_it(const std::string& sql) {
        const auto database = must(store::Database::open(store_path(), store::Database::Mode::write));
        must(database->execute("PRAGMA foreign_keys = OFF"));
        must(database->execute(sql.c_str()));
    }

    CheckRequest request() const {
        CheckRequest asked;
        asked.root = root.path();
        asked.store_path = store_path();
        asked.snapshot_folder = snapshot_folder();
        asked.config = config;
        asked.now = clock.now();
        return asked;
    }
    std::vector<Finding> look() { return must(check(request())).findings; }
    // "RULE SUBJECT" of each finding, one a line.
    std::string found() {
        std::string text;
        for (const auto& finding : look())
            text += fmt::format("{} {}\n", finding.rule->name, finding.subject);
        return text;
    }
    std::vector<Deed> mend(const ChangeOptions& options = {}) {
        return must(repair(
            {*directory, *credentials, [this] { return publisher->rebuild(); }, admin, options}, look()));
    }

    TemporaryFolder root;
    Config config;
    FakeClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<store::Store> store;
    std::unique_ptr<StoreSource> source;
    std::unique_ptr<Workers> workers;
    std::unique_ptr<Publisher> publisher;
    std::unique_ptr<Directory> directory;
    std::unique_ptr<HashQueue> hashes;
    std::unique_ptr<Credentials> credentials;
    const Actor admin{0, "root", "bus", {}};
};

}  // namespace userd::test
