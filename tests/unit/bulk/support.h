// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <memory>
#include <string>

#include "daemon/bulk/export.h"
#include "daemon/bulk/import.h"
#include "daemon/login/hash_queue.h"
#include "daemon/store/credentials.h"
#include "daemon/store/store.h"
#include "tests/unit/directory/support.h"

namespace userd::test {

// A directory whose store is a file, and its host.
struct Office {
    Office() {
        host.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        host.write("etc/group", "root:x:0:\nsudo:x:27:\n");
        host.write("etc/userd/local-groups", "sudo:27\n");
        config.local_groups = {"sudo"};
        must(store->credentials().use_key(store::SealingKey::random()));
        must(directory.refresh_host_files());
        must(directory.create_group(admin, "web", {}, {}));
    }

    ImportResult import(std::string_view text, const ImportOptions& how = {}, bool dry_run = false,
                        const ImportPasswords& passwords = {}) {
        ChangeOptions options;
        options.dry_run = dry_run;
        return must(import_users(directory, credentials, config, admin, options, text, how, passwords));
    }
    std::string export_as(std::string_view format, ExportRequest request = {}) {
        request.store_path = folder / "userd.db";
        request.config = config;
        request.now = clock.now();
        const auto source = must(open_export(format, std::move(request)));
        std::string all;
        for (auto text = must(source->next()); !text.empty(); text = must(source->next())) all += text;
        return all;
    }
    Fields record(std::string_view name) {
        return must(directory.user_record(must(directory.get_user(name)), true));
    }

    TemporaryFolder folder;
    HostRoot host;
    Config config;
    FakeClock clock;
    std::unique_ptr<Loop> loop = Loop::open().value();
    std::unique_ptr<store::Store> store = must(store::Store::open(folder / "userd.db"));
    int published = 0;
    Directory directory{*store,
                        [this]() -> Result<void> {
                            ++published;
                            return {};
                        },
                        config, clock, host.path()};
    HashQueue hashes{*loop, 1};
    Credentials credentials{*store, hashes, config, clock};
    const Actor admin{0, "root", "bus", {}};
};

// "LINE:COLUMN message" of each problem, one a line.
inline std::string told(const ImportResult& result) {
    std::string text;
    for (const auto& problem : result.problems)
        text += fmt::format("{}:{} {}\n", problem.place.line, problem.place.column, problem.message);
    return text;
}

// "DEED NAME" of each line.
inline std::string deeds(const ImportResult& result) {
    std::string text;
    for (const auto& done : result.done) text += fmt::format("{} {}\n", done.deed, done.name);
    return text;
}

}  // namespace userd::test
