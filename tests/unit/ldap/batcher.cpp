// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/ldap/batcher.h"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

using namespace userd;

namespace {

std::string key(std::uint32_t number) {
    std::string uuid(wire::uuid_size, '\0');
    wire::store_number(uuid.data(), number);
    return uuid;
}

struct Item {
    wire::Kind kind;
    std::string bytes;
};

// The core's end: takes all frames until the other end closes, on a thread, so that nobody waits for ever.
struct Ears {
    Fd mine;
    std::vector<std::string> frames;
    std::thread thread;
    explicit Ears(Fd socket) : mine(std::move(socket)) {
        thread = std::thread([this] {
            std::vector<char> buffer(wire::max_ldap_frame);
            for (;;) {
                const ssize_t got = recv(mine.get(), buffer.data(), buffer.size(), 0);
                if (got <= 0) return;
                frames.emplace_back(buffer.data(), static_cast<std::size_t>(got));
            }
        });
    }
    std::vector<Item> items() const {
        std::vector<Item> all;
        for (const auto& frame : frames)
            if (const auto batch = wire::decode_ldap_batch(frame)) {
                auto items = batch->items;
                while (const auto item = items.next())
                    all.push_back({wire::Frame::parse(*item)->kind(), std::string(*item)});
            }
        return all;
    }
};

struct Fixture {
    Fixture() {
        int pair[2];
        BOOST_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
        core = std::make_unique<ldap::CoreLink>(Fd(pair[0]));
        ears = std::make_unique<Ears>(Fd(pair[1]));
        source.name = "corp";
        source.uris = {"ldapi:///x"};
        source.base = "dc=example,dc=org";
        source.id_ranges = {{200000, 299999}};
        reader = std::make_unique<EntryReader>(source);
        batcher = std::make_unique<ldap::Batcher>(*core, "corp");
    }
    ~Fixture() { hang_up(); }
    void hang_up() {
        core.reset();
        if (ears->thread.joinable()) ears->thread.join();
    }
    void put(const std::vector<LdapAttribute>& attributes, std::string_view uuid, const char* dn) {
        BOOST_REQUIRE(batcher->put(reader->read({dn, attributes, uuid}, from_unix(1'800'000'000)), *reader)
                          .has_value());
    }

    LdapSource source;
    std::unique_ptr<ldap::CoreLink> core;
    std::unique_ptr<Ears> ears;
    std::unique_ptr<EntryReader> reader;
    std::unique_ptr<ldap::Batcher> batcher;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ldap_batcher, Fixture)

BOOST_AUTO_TEST_CASE(keys_without_number_come_through_in_order_in_frames_of_the_usual_size) {
    constexpr std::uint32_t count = 20'000;
    for (std::uint32_t i = 0; i < count; ++i) BOOST_REQUIRE(batcher->present(key(i)).has_value());
    BOOST_REQUIRE(batcher->gone(key(7)).has_value());
    BOOST_REQUIRE(batcher->point(wire::LdapPointKind::refreshed, "c").has_value());
    hang_up();
    std::uint32_t next = 0, gone = 0;
    for (const auto& item : ears->items()) {
        if (const auto present = wire::decode_ldap_present(item.bytes)) {
            auto uuids = present->uuids;
            while (const auto uuid = uuids.next()) BOOST_REQUIRE((*uuid == key(next++)));
            BOOST_TEST(gone == 0u);
        } else {
            BOOST_REQUIRE(wire::decode_ldap_gone(item.bytes).has_value());
            ++gone;
        }
    }
    BOOST_TEST(next == count);
    BOOST_TEST(gone == 1u);
    for (const auto& frame : ears->frames) BOOST_TEST(frame.size() <= wire::usual_ldap_frame);
    BOOST_TEST(wire::decode_ldap_point(ears->frames.back()).has_value());
}

BOOST_AUTO_TEST_CASE(a_secret_of_codes_follows_its_user_and_is_not_in_what_is_kept_of_them) {
    source.attributes["totp_secret"] = "oathSecret";
    reader = std::make_unique<EntryReader>(source);
    const std::string_view secret = "a secret of twenty b";
    const std::vector<std::string_view> classes{"posixAccount"}, names{"alice"}, ids{"200001"},
        secrets{secret};
    put({{"objectClass", classes},
         {"uid", names},
         {"uidNumber", ids},
         {"gidNumber", ids},
         {"oathSecret", secrets}},
        key(1), "uid=alice,dc=example,dc=org");
    BOOST_REQUIRE(batcher->flush().has_value());
    hang_up();
    const auto items = ears->items();
    BOOST_REQUIRE(items.size() == 2u);
    BOOST_TEST(wire::decode_ldap_entry(items[0].bytes)->has_totp);
    BOOST_TEST(items[0].bytes.find(secret) == std::string::npos);
    const auto totp = wire::decode_ldap_totp(items[1].bytes);
    BOOST_REQUIRE(totp.has_value());
    BOOST_TEST((totp->uuid == key(1)));
    BOOST_TEST(totp->secret == secret);
}

BOOST_AUTO_TEST_CASE(a_group_has_its_members_behind_it_in_as_many_parts_as_it_takes) {
    const std::vector<std::string_view> classes{"posixGroup"}, names{"team"}, ids{"200001"};
    std::vector<std::string> dns;
    for (int i = 0; i < 5000; ++i) dns.push_back(fmt::format("uid=person{},ou=people,dc=example,dc=org", i));
    const std::vector<std::string_view> members(dns.begin(), dns.end());
    put({{"objectClass", classes}, {"cn", names}, {"gidNumber", ids}, {"member", members}}, key(1),
        "cn=team,dc=example,dc=org");
    BOOST_REQUIRE(batcher->flush().has_value());
    hang_up();
    const auto items = ears->items();
    BOOST_REQUIRE(items.size() > 2u);
    BOOST_TEST(wire::decode_ldap_entry(items[0].bytes).value().is_group);
    std::size_t seen = 0;
    for (std::size_t i = 1; i < items.size(); ++i) {
        auto part = wire::decode_ldap_members(items[i].bytes).value();
        BOOST_TEST(part.last == (i + 1 == items.size()));
        while (const auto member = part.members.next()) BOOST_REQUIRE(*member == dns[seen++]);
    }
    BOOST_TEST(seen == dns.size());
}

BOOST_AUTO_TEST_CASE(
    an_entry_that_is_larger_than_a_usual_frame_goes_alone_and_one_beyond_the_socket_is_refused) {
    const std::vector<std::string_view> classes{"posixAccount"}, names{"eve"}, ids{"200001"},
        homes{"/home/eve"};
    const std::string line = "ssh-ed25519 " + std::string(60'000, 'A');
    for (const std::size_t lines : {3, 12}) {
        const std::vector<std::string_view> keys(lines, line);
        put({{"objectClass", classes},
             {"uid", names},
             {"uidNumber", ids},
             {"gidNumber", ids},
             {"homeDirectory", homes},
             {"sshPublicKey", keys}},
            key(1), "uid=eve,dc=example,dc=org");
    }
    BOOST_REQUIRE(batcher->flush().has_value());
    const bool takes_both = core->longest_frame() > 13 * line.size();
    hang_up();
    const auto items = ears->items();
    BOOST_REQUIRE(items.size() == 2u);
    BOOST_TEST((items[0].kind == wire::Kind::ldap_entry));
    BOOST_TEST((items[1].kind == (takes_both ? wire::Kind::ldap_entry : wire::Kind::ldap_refused)));
}

BOOST_AUTO_TEST_CASE(who_has_become_something_else_is_told_as_gone) {
    const std::vector<std::string_view> classes{"device"};
    put({{"objectClass", classes}}, key(7), "cn=printer,dc=example,dc=org");
    BOOST_REQUIRE(batcher->flush().has_value());
    hang_up();
    const auto items = ears->items();
    BOOST_REQUIRE(items.size() == 1u);
    auto gone = wire::decode_ldap_gone(items[0].bytes);
    BOOST_REQUIRE(gone.has_value());
    BOOST_TEST((gone->uuids.next() == key(7)));
}

// Left out, whoever shows no key any more would be taken for one that is gone.
BOOST_AUTO_TEST_CASE(an_entry_without_a_key_ends_the_refresh) {
    const std::vector<std::string_view> classes{"posixAccount"}, names{"eve"}, ids{"200001"};
    const std::vector<LdapAttribute> eve{
        {"objectClass", classes}, {"uid", names}, {"uidNumber", ids}, {"gidNumber", ids}};
    const auto put_eve =
        batcher->put(reader->read({"uid=eve,dc=x", eve, ""}, from_unix(1'800'000'000)), *reader);
    BOOST_REQUIRE(!put_eve);
    BOOST_TEST(put_eve.error().message.find("entryUUID") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
