// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/store/credentials.h"

#include <sys/stat.h>

#include <fstream>

#include "daemon/store/database.h"
#include "daemon/store/store.h"
#include "daemon/store/users.h"
#include "tests/unit/store/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;
using store::CodeKind;
using store::SealingKey;
using store::Store;

namespace {

constexpr ObjectId alice{1}, bob{2};
const Time now = from_unix(1'800'000'000);

std::unique_ptr<Store> store_with_users(const std::string& path = ":memory:") {
    auto store = must(Store::open(path));
    must(store->users().insert(sample_user(1, "alice", 70001), ""));
    must(store->users().insert(sample_user(2, "bob", 70002), ""));
    return store;
}

SealingKey key_of(char fill) {
    return must(SealingKey::from_bytes(Secret(std::string(SealingKey::size, fill))));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(credentials_table)

BOOST_AUTO_TEST_CASE(a_sealed_secret_opens_for_its_owner_and_key_only) {
    const SealingKey key = key_of('k');
    const auto sealed = key.seal(alice, Secret("seed").bytes());
    BOOST_TEST(key.open(alice, sealed)->text() == "seed");
    BOOST_TEST(!key.open(bob, sealed));
    BOOST_TEST(!key_of('x').open(alice, sealed));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto damaged = sealed;
        damaged[i] ^= 1;
        BOOST_TEST(!key.open(alice, damaged));
    }
    BOOST_TEST(!key.open(alice, {}));
    BOOST_TEST((key.seal(alice, Secret("seed").bytes()) != sealed));
}

BOOST_AUTO_TEST_CASE(a_key_is_made_once_and_never_over_a_store_that_had_one) {
    const TemporaryFolder root;
    std::filesystem::create_directories(root / "var/lib/userd");
    auto store = store_with_users();
    must(store->credentials().open_key(root.path()));
    struct stat status {};
    BOOST_REQUIRE(stat((root / "var/lib/userd/key").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0600);
    must(store->credentials().put_totp(alice, Secret("seed"), {}, 0, now));

    std::filesystem::remove(root / "var/lib/userd/key");
    store::Credentials later(store->database());
    BOOST_TEST(code_of(later.open_key(root.path())) == Errc::unavailable);
    BOOST_TEST(!std::filesystem::exists(root / "var/lib/userd/key"));
    BOOST_TEST(!must(later.find_totp(alice))->secret);
    BOOST_TEST(code_of(later.put_totp(bob, Secret("seed"), {}, 0, now)) == Errc::unavailable);
    BOOST_TEST(code_of(later.use_key(key_of('x'))) == Errc::unavailable);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_can_read_or_of_another_length_is_refused) {
    const TemporaryFolder root;
    std::filesystem::create_directories(root / "var/lib/userd");
    const std::string path = root / "var/lib/userd/key";
    std::ofstream(path) << std::string(32, 'k');
    chmod(path.c_str(), 0644);
    BOOST_TEST(code_of(SealingKey::load(root.path())) == Errc::unavailable);
    chmod(path.c_str(), 0600);
    BOOST_TEST(must(SealingKey::load(root.path()))->id() == key_of('k').id());
    std::ofstream(path, std::ios::app) << "k";
    BOOST_TEST(code_of(SealingKey::load(root.path())) == Errc::unavailable);
}

BOOST_AUTO_TEST_CASE(a_used_step_only_grows) {
    auto store = store_with_users();
    auto& credentials = store->credentials();
    must(credentials.use_key(key_of('k')));
    BOOST_TEST(!must(credentials.use_step(alice, 5)));
    must(credentials.put_totp(alice, Secret("seed"), {"SHA256", 8, 30}, 0, now));
    BOOST_TEST(must(credentials.use_step(alice, 5)));
    BOOST_TEST(!must(credentials.use_step(alice, 5)));
    BOOST_TEST(!must(credentials.use_step(alice, 4)));
    BOOST_TEST(must(credentials.use_step(alice, 5'000'000'000)));
    must(credentials.put_totp(alice, Secret("other"), {}, 0, now));
    const auto record = must(credentials.find_totp(alice));
    BOOST_TEST(record->last_step == 5'000'000'000);
    BOOST_TEST(record->secret->text() == "other");
    BOOST_TEST(record->shape.digits == 6);
}

BOOST_AUTO_TEST_CASE(no_secret_stands_readable_in_the_file) {
    const TemporaryFolder folder;
    {
        auto store = store_with_users(folder / "userd.db");
        must(store->credentials().use_key(key_of('k')));
        must(store->credentials().put_totp(alice, Secret("SEEDMARKER-1"), {}, 0, now));
        must(store->credentials().put_pending_totp(bob, Secret("SEEDMARKER-2"), {}, now));
        must(store->credentials().add_code(alice, CodeKind::recovery, Secret("CODEMARKER-3"), {}, now));
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        BOOST_TEST(bytes.find("MARKER") == std::string::npos, entry.path().string());
    }
}

BOOST_AUTO_TEST_CASE(a_code_is_found_until_it_is_used_or_ends) {
    auto store = store_with_users();
    auto& credentials = store->credentials();
    must(credentials.use_key(key_of('k')));
    must(credentials.add_code(alice, CodeKind::recovery, Secret("AAAA"), {}, now));
    must(credentials.add_code(alice, CodeKind::temporary, Secret("BBBB"), now + 1h, now));
    BOOST_TEST(!must(credentials.find_code(bob, Secret("AAAA"), now)));
    BOOST_TEST(!must(credentials.find_code(alice, Secret("CCCC"), now)));
    BOOST_TEST(!must(credentials.find_code(alice, Secret("BBBB"), now + 1h)).has_value());
    const auto row = must(credentials.find_code(alice, Secret("AAAA"), now));
    BOOST_TEST(must(credentials.use_code(*row, now)));
    BOOST_TEST(!must(credentials.use_code(*row, now)));
    BOOST_TEST(!must(credentials.find_code(alice, Secret("AAAA"), now)));
    BOOST_TEST(must(credentials.count_codes(alice, CodeKind::recovery, now)) == 0);
    BOOST_TEST(must(credentials.count_codes(alice, CodeKind::temporary, now)) == 1);
}

BOOST_AUTO_TEST_CASE(credentials_go_with_their_account) {
    auto store = store_with_users();
    auto& credentials = store->credentials();
    must(credentials.use_key(key_of('k')));
    must(credentials.put_password(alice, "$argon2id$…", now));
    must(credentials.put_totp(alice, Secret("seed"), {}, 0, now));
    must(store->users().remove(alice));
    BOOST_TEST(!must(credentials.find_password(alice)));
    BOOST_TEST(!must(credentials.find_totp(alice)));
}

BOOST_AUTO_TEST_CASE(ssh_keys_are_kept_once_and_listed_by_account) {
    auto store = store_with_users();
    auto& credentials = store->credentials();
    store::SshKeyRecord key;
    key.user = alice;
    key.fingerprint = "SHA256:abc";
    key.type = "ssh-ed25519";
    key.key = "AAAA";
    key.sources = "10.0.0.0/8";
    key.expires = now + 1h;
    key.created_at = now;
    must(credentials.add_ssh_key(key));
    BOOST_TEST(code_of(credentials.add_ssh_key(key)) == Errc::exists);
    must(credentials.touch_ssh_key(alice, "SHA256:abc", now + 1s));
    const auto keys = must(credentials.list_ssh_keys(alice));
    BOOST_REQUIRE(keys.size() == 1);
    BOOST_TEST((keys[0].last_used == now + 1s));
    BOOST_TEST((keys[0].expires == now + 1h));
    BOOST_TEST(must(credentials.list_all_ssh_keys(0, 10)).size() == 1);
    BOOST_TEST(!must(credentials.remove_ssh_key(bob, "SHA256:abc")));
    BOOST_TEST(must(credentials.remove_ssh_key(alice, "SHA256:abc")));
}

BOOST_AUTO_TEST_SUITE_END()
