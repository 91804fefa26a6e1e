// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "common/base/fd.h"
#include "daemon/store/audit.h"
#include "daemon/store/credentials.h"
#include "daemon/store/database.h"
#include "daemon/store/retired.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using store::BackupHeader;
using store::BackupKey;
using store::Store;

namespace {

const Time noon = from_unix(1'800'000'000);

struct Fixture {
    TemporaryFolder folder;
    std::string path = folder / "userd.db";
    std::string file = folder / "file";
    std::unique_ptr<Store> store = must(Store::open(path));
    store::SealingKey key = store::SealingKey::random();

    Fixture() {
        must(store->credentials().use_key(must(store::SealingKey::from_bytes(key.bytes()))));
        add(1, "alice", 70001);
    }
    void add(std::int64_t id, const std::string& name, std::uint32_t uid) {
        auto change = must(store->begin());
        must(store->raise_generation());
        must(store->users().insert(sample_user(id, name, uid), ""));
        must(change.commit());
    }
    void enrol(std::int64_t id, std::int64_t step) {
        must(store->credentials().put_totp(ObjectId{id}, Secret("12345678901234567890"), {}, step, noon));
    }
    static BackupKey passphrase(std::string_view text) {
        BackupKey with;
        with.passphrase = Secret(text);
        return with;
    }
    Result<BackupHeader> backup(const BackupKey& with) {
        const Fd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        return store::write_backup(path, fd.get(), key.bytes(), with, noon);
    }
    Result<store::StagedBackup> stage(std::optional<BackupKey> with) {
        const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        return store::stage_backup(path, fd.get(), with);
    }
    void restore(Time now = noon) {
        const auto staged = must(stage({}));
        must(store::settle_restore(staged, path, now));
        must(store->replace(staged.path, folder / "aside"));
        store::drop_staged(staged);
    }
    std::set<std::string> files() {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
            names.insert(entry.path().filename());
        return names;
    }
    void flip(std::int64_t at) {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekg(at);
        const char old = static_cast<char>(bytes.get());
        bytes.seekp(at);
        bytes.put(static_cast<char>(old ^ 0x21));
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(backup, Fixture)

BOOST_AUTO_TEST_CASE(a_backup_holds_what_was_committed_and_the_key_opens_with_its_passphrase) {
    const auto header = must(backup(passphrase("correct horse")));
    BOOST_TEST(header.generation == 1U);
    add(2, "bob", 70002);
    const auto staged = must(stage(passphrase("correct horse")));
    BOOST_TEST(equal(*staged.key, key.bytes()));
    BOOST_TEST(code_of(stage(passphrase("another"))) == Errc::bad_code);
    store::drop_staged(staged);
    restore();
    BOOST_TEST(must(store->users().find_by_name("alice")).has_value());
    BOOST_TEST(!must(store->users().find_by_name("bob")).has_value());
    BOOST_TEST(std::filesystem::exists(folder / "aside"));
    BOOST_TEST(files().size() == 5U);  // the store with -wal and -shm, the backup, what was kept aside
}

BOOST_AUTO_TEST_CASE(a_key_can_be_wrapped_for_a_public_key) {
    // openssl genpkey -algorithm X25519, and its public half
    constexpr std::string_view pem_private =
        "-----BEGIN PRIVATE "
        "KEY-----\nMC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6Ud3+Uq\n-----END "
        "PRIVATE KEY-----\n";
    BackupKey with;  // RFC 7748, 6.1: Alice's keys
    with.x25519 = must(store::parse_x25519("hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=", false));
    must(backup(with));
    BOOST_TEST(code_of(stage(BackupKey{})) == Errc::denied);
    BackupKey other;
    other.x25519 = Secret::random(32);
    BOOST_TEST(code_of(stage(std::move(other))) == Errc::bad_code);
    BackupKey own;
    own.x25519 = must(store::parse_x25519("dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=", true));
    const auto staged = must(stage(std::move(own)));
    BOOST_TEST(equal(*staged.key, key.bytes()));
    store::drop_staged(staged);
    BOOST_TEST(must(store::parse_x25519(pem_private, true)).size() == 32U);
    BOOST_TEST(!store::parse_x25519(pem_private, false));
    BOOST_TEST(!store::parse_x25519("ssh-ed25519 AAAA", false));
}

BOOST_AUTO_TEST_CASE(whatever_is_changed_or_cut_off_is_refused_and_nothing_is_left_behind) {
    must(backup(passphrase("correct horse")));
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
    const auto before = files();
    // Each byte of the header, and some of the database.
    for (std::int64_t at = 0; at < size; at += at < 256 ? 1 : 1777) {
        flip(at);
        BOOST_TEST(!stage({}), "byte " << at);
        flip(at);
    }
    for (const auto length :
         {std::int64_t{0}, std::int64_t{7}, std::int64_t{255}, std::int64_t{256}, size - 1}) {
        std::filesystem::copy_file(file, folder / "whole", std::filesystem::copy_options::overwrite_existing);
        std::filesystem::resize_file(file, static_cast<std::uintmax_t>(length));
        BOOST_TEST(code_of(stage({})) == Errc::invalid);
        std::filesystem::rename(folder / "whole", file);
    }
    BOOST_TEST(files() == before, boost::test_tools::per_element());
    BOOST_TEST(store->generation() == 1U);
    store::drop_staged(must(stage({})));
}

BOOST_AUTO_TEST_CASE(a_database_that_is_no_store_of_ours_is_refused) {
    must(
        store->database().execute("CREATE TRIGGER evil AFTER INSERT ON users BEGIN DELETE FROM groups; END"));
    must(backup({}));
    BOOST_TEST(code_of(stage({})) == Errc::invalid);
    must(
        store->database().execute("DROP TRIGGER evil; DROP TRIGGER remote_user_deleted; CREATE TRIGGER "
                                  "remote_user_deleted AFTER DELETE ON users "
                                  "BEGIN DELETE FROM groups; END"));
    must(backup({}));
    BOOST_TEST(code_of(stage({})) == Errc::invalid);
    must(store->database().execute("PRAGMA user_version = 9999"));
    must(backup({}));
    BOOST_TEST(code_of(stage({})) == Errc::not_supported);
}

BOOST_AUTO_TEST_CASE(used_codes_stay_used_those_of_before_the_backup_and_those_of_after_it) {
    enrol(1, 5);
    auto& table = store->credentials();
    const Secret early("AAAAAAAAAAAA"), late("BBBBBBBBBBBB"), never("CCCCCCCCCCCC");
    for (const auto* code : {&early, &late, &never})
        must(table.add_code(ObjectId{1}, store::CodeKind::recovery, *code, {}, noon));
    BOOST_TEST(must(table.use_code(*must(table.find_code(ObjectId{1}, early, noon)), noon)));
    must(backup({}));
    BOOST_TEST(must(table.use_code(*must(table.find_code(ObjectId{1}, late, noon)), noon)));
    restore(noon + 30s);
    BOOST_TEST(!must(table.find_code(ObjectId{1}, early, noon)).has_value());
    BOOST_TEST(!must(table.find_code(ObjectId{1}, late, noon)).has_value());
    BOOST_TEST(must(table.find_code(ObjectId{1}, never, noon)).has_value());
    // Codes are good one step ahead: the step after now's is used up as well.
    BOOST_TEST(must(table.find_totp(ObjectId{1}))->last_step == to_unix(noon + 30s) / 30 + 1);
}

BOOST_AUTO_TEST_CASE(a_step_that_lay_ahead_of_the_clock_stays_used) {
    enrol(1, 5);
    must(backup({}));
    BOOST_TEST(must(store->credentials().use_step(ObjectId{1}, 999'999'999)));
    restore();
    BOOST_TEST(must(store->credentials().find_totp(ObjectId{1}))->last_step == 999'999'999);
}

BOOST_AUTO_TEST_CASE(numbers_given_since_the_backup_stay_taken_and_the_generation_is_above_both) {
    must(backup({}));
    add(2, "bob", 70002);
    add(3, "carol", 70003);
    const auto id = store->id();
    restore();
    BOOST_TEST(must(store->retired().is_taken(70002)));
    BOOST_TEST(must(store->retired().is_taken(70003)));
    BOOST_TEST(store->generation() > 3U);
    BOOST_TEST(store->id() != id);  // a snapshot of the other is not built upon
    add(4, "dave", 70004);
    const auto trail = must(store->audit().list({}, 10));
    BOOST_TEST(trail.front().action == "store.restore");
    BOOST_TEST(!must(store->audit().verify()).broken);
}

BOOST_AUTO_TEST_CASE(a_restored_store_opens_again) {
    must(backup({}));
    restore();
    store.reset();
    must(Store::check(path));
    store = must(Store::open(path));
    BOOST_TEST(must(store->users().find_by_name("alice")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
