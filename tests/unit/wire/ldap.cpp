// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/ldap.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace userd::wire;

namespace {

const std::string uuid("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", uuid_size);

template <typename Message>
std::string encoded(const Message& message) {
    static std::vector<char> buffer(max_ldap_frame + 64);
    return {buffer.data(), encode(std::span<char>(buffer), message)};
}

// Bytes as `Values` reads them; outlives what is made of it.
struct List {
    List(std::initializer_list<std::string_view> values) {
        for (const auto value : values) put(value);
    }
    void put(std::string_view value) {
        char length[4];
        store_number(length, static_cast<std::uint32_t>(value.size()));
        bytes.append(length, sizeof length).append(value);
    }
    Values values() const { return Values::parse(bytes, max_ldap_frame).value(); }
    std::string bytes;
};

std::vector<std::string> texts(Values values) {
    std::vector<std::string> all;
    while (const auto value = values.next()) all.emplace_back(*value);
    return all;
}

LdapEntry alice() {
    LdapEntry entry;
    entry.uuid = uuid;
    entry.dn = "uid=alice,ou=people,dc=example,dc=org";
    entry.name = "alice";
    entry.number = 200001;
    entry.gid = 200001;
    return entry;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ldap)

BOOST_AUTO_TEST_CASE(values_come_back_in_their_order_and_no_more_of_them) {
    char buffer[32];
    ValuesWriter writer(buffer);
    BOOST_TEST(writer.empty());
    BOOST_TEST(writer.put("first"));
    BOOST_TEST(writer.put(""));
    BOOST_TEST(writer.put(std::string_view("\0x", 2)));
    BOOST_TEST(!writer.put("too much to fit in"));  // and nothing of it was put
    const auto values = Values::parse(writer.bytes());
    BOOST_REQUIRE(values.has_value());
    BOOST_TEST((texts(*values) == std::vector<std::string>{"first", "", std::string("\0x", 2)}));
    writer.clear();
    BOOST_TEST(writer.empty());
    BOOST_TEST(writer.put(std::string(28, 'x')));
    BOOST_TEST(!writer.put(""));  // full
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cut_or_claims_too_much_is_none) {
    const List list{"ab", "c"};
    for (std::size_t size = 0; size <= list.bytes.size(); ++size) {
        const std::string part(list.bytes, 0, size);
        BOOST_TEST(Values::parse(part).has_value() == (size == 0 || size == 6 || size == 11), size);
    }
    BOOST_TEST(!Values::parse(std::string("\xff\xff\xff\xffx", 5)).has_value());
    BOOST_TEST(Values::parse(list.bytes, 2).has_value());
    BOOST_TEST(!Values::parse(list.bytes, 1).has_value());
}

BOOST_AUTO_TEST_CASE(what_the_core_says_arrives_as_it_was_sent) {
    const std::string cookie("rid=001\0\xff", 9);
    const auto begin_bytes = encoded(LdapBegin{"corp", cookie, "tie", true});
    const auto begin = decode_ldap_begin(begin_bytes);
    BOOST_REQUIRE(begin.has_value());
    BOOST_TEST((begin->source == "corp" && begin->cookie == cookie && begin->tie == "tie" && begin->whole));
    const auto bind_bytes = encoded(LdapBind{7, "corp", "uid=a,dc=x", "s3cret"});
    const auto bind = decode_ldap_bind(bind_bytes);
    BOOST_REQUIRE(bind.has_value());
    BOOST_TEST((bind->number == 7 && bind->source == "corp" && bind->dn == "uid=a,dc=x" &&
                bind->password == "s3cret"));
    const auto modify_bytes = encoded(LdapModifyPassword{8, "corp", "uid=a,dc=x", "old", "new"});
    const auto modify = decode_ldap_modify_password(modify_bytes);
    BOOST_REQUIRE(modify.has_value());
    BOOST_TEST((modify->number == 8 && modify->old_password == "old" && modify->new_password == "new"));
    const auto test_bytes = encoded(LdapTest{9, "corp", ""});
    const auto test = decode_ldap_test(test_bytes);
    BOOST_REQUIRE(test.has_value());
    BOOST_TEST((test->number == 9 && test->source == "corp" && test->user.empty()));
}

BOOST_AUTO_TEST_CASE(what_userd_ldap_says_arrives_as_it_was_sent) {
    const auto hello = decode_ldap_hello(encoded(LdapHello{"0.1.0"}));
    BOOST_REQUIRE(hello.has_value());
    const auto status_bytes = encoded(
        LdapStatus{"corp", LdapPhase::failed, "ldaps://ldap1.example.org", "connect: refused", "is it up?"});
    const auto status = decode_ldap_status(status_bytes);
    BOOST_REQUIRE(status.has_value());
    BOOST_TEST((status->phase == LdapPhase::failed && status->server == "ldaps://ldap1.example.org" &&
                status->problem == "connect: refused" && status->hint == "is it up?"));
    const auto refresh_bytes = encoded(LdapRefresh{"corp", "tie", true});
    const auto refresh = decode_ldap_refresh(refresh_bytes);
    BOOST_REQUIRE(refresh.has_value());
    BOOST_TEST((refresh->source == "corp" && refresh->tie == "tie" && refresh->whole));
    const auto point_bytes = encoded(LdapPoint{"corp", "c", LdapPointKind::refreshed_rest});
    const auto point = decode_ldap_point(point_bytes);
    BOOST_REQUIRE(point.has_value());
    BOOST_TEST((point->cookie == "c" && point->kind == LdapPointKind::refreshed_rest));
    const auto verdict_bytes = encoded(LdapVerdict{7, LdapAnswer::expired, "it is over", 60, 2});
    const auto verdict = decode_ldap_verdict(verdict_bytes);
    BOOST_REQUIRE(verdict.has_value());
    BOOST_TEST((verdict->number == 7 && verdict->answer == LdapAnswer::expired &&
                verdict->text == "it is over" && verdict->expires_in == 60 && verdict->grace_logins == 2));
    const auto step_bytes = encoded(LdapTestStep{9, "tls", true, "TLS 1.3", "", false});
    const auto step = decode_ldap_test_step(step_bytes);
    BOOST_REQUIRE(step.has_value());
    BOOST_TEST((step->number == 9 && step->step == "tls" && step->is_good && step->text == "TLS 1.3" &&
                step->hint.empty() && !step->last));
}

BOOST_AUTO_TEST_CASE(a_batch_carries_items_of_every_kind) {
    const List keys{"ssh-ed25519 AAAA a", "ssh-ed25519 BBBB b"};
    auto user = alice();
    user.is_disabled = true;
    user.first_name = "Alice";
    user.email = "alice@example.org";
    user.home = "/home/alice";
    user.ssh_keys = keys.values();
    LdapEntry group;
    group.uuid = uuid;
    group.is_group = true;
    group.dn = "cn=staff,dc=example,dc=org";
    group.name = "staff";
    group.number = 200100;
    group.description = "All of us";
    const List members{"uid=alice,ou=people,dc=example,dc=org", "uid=bob,dc=example,dc=org"};
    const List uuids{uuid, uuid};
    const std::string items[] = {encoded(user),
                                 encoded(group),
                                 encoded(LdapMembers{uuid, false, members.values(), false}),
                                 encoded(LdapPresent{uuids.values()}),
                                 encoded(LdapGone{uuids.values()}),
                                 encoded(LdapRefused{uuid, "uid=x,dc=example", "several-ids", "1 and 2"})};
    List list{};
    for (const auto& item : items) {
        BOOST_TEST(!item.empty());
        list.put(item);
    }
    const auto bytes = encoded(LdapBatch{"corp", list.values()});
    auto batch = decode_ldap_batch(bytes);
    BOOST_REQUIRE(batch.has_value());
    BOOST_TEST(batch->source == "corp");

    const auto entry = decode_ldap_entry(batch->items.next().value());
    BOOST_REQUIRE(entry.has_value());
    BOOST_TEST((entry->uuid == uuid && entry->name == "alice" && entry->number == 200001 &&
                entry->gid == 200001 && entry->is_disabled && !entry->is_group));
    BOOST_TEST((entry->dn == user.dn && entry->first_name == "Alice" && entry->last_name.empty() &&
                entry->email == "alice@example.org" && entry->home == "/home/alice"));
    BOOST_TEST(
        (texts(entry->ssh_keys) == std::vector<std::string>{"ssh-ed25519 AAAA a", "ssh-ed25519 BBBB b"}));
    const auto staff = decode_ldap_entry(batch->items.next().value());
    BOOST_REQUIRE(staff.has_value());
    BOOST_TEST((staff->is_group && staff->name == "staff" && staff->number == 200100 &&
                staff->description == "All of us"));
    const auto part = decode_ldap_members(batch->items.next().value());
    BOOST_REQUIRE(part.has_value());
    BOOST_TEST((part->uuid == uuid && !part->by_name && !part->last));
    BOOST_TEST(texts(part->members).size() == 2U);
    const auto present = decode_ldap_present(batch->items.next().value());
    BOOST_REQUIRE(present.has_value());
    BOOST_TEST((texts(present->uuids) == std::vector<std::string>{uuid, uuid}));
    BOOST_TEST(decode_ldap_gone(batch->items.next().value()).has_value());
    const auto refused = decode_ldap_refused(batch->items.next().value());
    BOOST_REQUIRE(refused.has_value());
    BOOST_TEST((refused->reason == "several-ids" && refused->detail == "1 and 2"));
    BOOST_TEST(!batch->items.next().has_value());
}

// I-76: a server answers an empty password, or an empty DN, with the success of an anonymous bind.
BOOST_AUTO_TEST_CASE(an_empty_password_is_neither_sent_nor_taken) {
    BOOST_TEST(encoded(LdapBind{1, "corp", "uid=a", ""}).empty());
    BOOST_TEST(encoded(LdapBind{1, "corp", "", "secret"}).empty());
    BOOST_TEST(encoded(LdapModifyPassword{1, "corp", "uid=a", "", "new"}).empty());
    BOOST_TEST(encoded(LdapModifyPassword{1, "corp", "uid=a", "old", ""}).empty());
    BOOST_TEST(encoded(LdapBind{1, "corp", "uid=a", std::string(max_password + 1, 'x')}).empty());
    for (const bool is_there : {true, false}) {  // a frame by hand, with an empty field and without one
        char buffer[64];
        FrameWriter writer(buffer, Kind::ldap_bind);
        writer.put_number(1, std::uint64_t{1});
        writer.put(2, "corp");
        writer.put(3, "uid=a");
        if (is_there) writer.put(4, "");
        BOOST_TEST(!decode_ldap_bind({buffer, writer.size()}).has_value());
        writer.put(is_there ? 5 : 4, "x");
        BOOST_TEST(decode_ldap_bind({buffer, writer.size()}).has_value() == !is_there);
    }
}

BOOST_AUTO_TEST_CASE(what_breaks_a_limit_is_not_sent) {
    const std::string nul("a\0b", 3), long_dn(max_dn + 1, 'x'), long_value(max_ldap_value + 1, 'x');
    const auto broken = [](auto change) {
        auto entry = alice();
        change(entry);
        return encoded(entry).empty();
    };
    BOOST_TEST(!broken([](LdapEntry&) {}));
    BOOST_TEST(broken([](LdapEntry& e) { e.uuid = e.uuid.substr(1); }));
    BOOST_TEST(broken([](LdapEntry& e) { e.uuid = ""; }));
    BOOST_TEST(broken([](LdapEntry& e) { e.dn = ""; }));
    BOOST_TEST(broken([&](LdapEntry& e) { e.dn = long_dn; }));
    BOOST_TEST(broken([](LdapEntry& e) { e.name = ""; }));
    BOOST_TEST(broken([&](LdapEntry& e) { e.name = nul; }));
    BOOST_TEST(broken([&](LdapEntry& e) { e.home = long_value; }));
    const List two_lines{"ssh-ed25519 AAAA\nssh-ed25519 BBBB"}, empty_line{""};
    BOOST_TEST(broken([&](LdapEntry& e) { e.ssh_keys = two_lines.values(); }));
    BOOST_TEST(broken([&](LdapEntry& e) { e.ssh_keys = empty_line.values(); }));
    List many{};
    for (int i = 0; i < 17; ++i) many.put(std::string(max_ldap_value, 'k'));  // each is fine, all are not
    BOOST_TEST(broken([&](LdapEntry& e) { e.ssh_keys = many.values(); }));

    const List no_name{""}, short_uuid{"0123456789abcde"};
    BOOST_TEST(encoded(LdapMembers{uuid, true, no_name.values(), true}).empty());
    BOOST_TEST(!encoded(LdapMembers{uuid, true, Values(), true}).empty());
    BOOST_TEST(encoded(LdapPresent{short_uuid.values()}).empty());
    BOOST_TEST(encoded(LdapGone{short_uuid.values()}).empty());
    BOOST_TEST(encoded(LdapRefused{uuid, "uid=a", "Several ids", ""}).empty());
    BOOST_TEST(encoded(LdapTotp{uuid, std::string(15, 's')}).empty());
    BOOST_TEST(encoded(LdapTotp{uuid, std::string(65, 's')}).empty());
    BOOST_TEST(decode_ldap_totp(encoded(LdapTotp{uuid, std::string(64, 's')})).has_value());
    BOOST_TEST(encoded(LdapBegin{"", "", "", false}).empty());
    BOOST_TEST(encoded(LdapBegin{std::string(max_source + 1, 's'), "", "", false}).empty());
    BOOST_TEST(encoded(LdapBegin{"corp", std::string(max_cookie + 1, 'c'), "", false}).empty());
    BOOST_TEST(encoded(LdapStatus{"corp", LdapPhase{0}, "", "", ""}).empty());
    BOOST_TEST(encoded(LdapStatus{"corp", LdapPhase{6}, "", "", ""}).empty());
    BOOST_TEST(encoded(LdapPoint{"corp", "", LdapPointKind{4}}).empty());
    BOOST_TEST(encoded(LdapVerdict{1, LdapAnswer{0}, "", 0, 0}).empty());
    BOOST_TEST(encoded(LdapVerdict{1, LdapAnswer{9}, "", 0, 0}).empty());
    BOOST_TEST(encoded(LdapTestStep{1, "", true, "", "", true}).empty());
}

BOOST_AUTO_TEST_CASE(a_group_of_more_members_than_there_may_be_is_not_one_message) {
    List members{};
    for (std::size_t i = 0; i < max_members; ++i) members.put("abcdef");
    BOOST_TEST(!encoded(LdapMembers{uuid, true, members.values(), true}).empty());
    members.put("x");
    BOOST_TEST(encoded(LdapMembers{uuid, true, members.values(), true}).empty());
}

BOOST_AUTO_TEST_CASE(a_frame_is_as_long_as_it_may_be_and_no_longer) {
    const auto batch_of = [](std::size_t size) {
        List list{};
        std::string item(size, 'x');
        item[1] = static_cast<char>(Kind::ldap_entry);
        list.put(item);
        return encoded(LdapBatch{"corp", list.values()});
    };
    const std::size_t overhead = batch_of(2).size() - 2;
    const auto longest = batch_of(max_ldap_frame - overhead);
    BOOST_TEST(longest.size() == max_ldap_frame);
    BOOST_TEST(decode_ldap_batch(longest).has_value());
    BOOST_TEST(batch_of(max_ldap_frame - overhead + 1).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_of_something_else_is_none) {
    const std::string hello = encoded(LdapHello{"0.1.0"});
    const List list{hello}, empty{""};
    BOOST_TEST(encoded(LdapBatch{"corp", list.values()}).empty());
    BOOST_TEST(encoded(LdapBatch{"corp", empty.values()}).empty());
}

BOOST_AUTO_TEST_CASE(one_kind_is_never_read_as_another) {
    const auto begin = encoded(LdapBegin{"corp", "", "", false});
    BOOST_TEST(decode_ldap_begin(begin).has_value());
    BOOST_TEST((!decode_ldap_refresh(begin) && !decode_ldap_point(begin) && !decode_ldap_status(begin)));
    const auto present = encoded(LdapPresent{List{uuid}.values()});
    BOOST_TEST((decode_ldap_present(present) && !decode_ldap_gone(present)));
}

// What is decoded obeys the limits, so that whoever reads it need not check again.
BOOST_AUTO_TEST_CASE(no_flipped_byte_and_no_truncation_gets_past_the_limits) {
    const List keys{"ssh-ed25519 AAAA a"};
    auto user = alice();
    user.ssh_keys = keys.values();
    const auto check = [](const std::string& bytes) {
        if (const auto entry = decode_ldap_entry(bytes))
            BOOST_TEST((entry->uuid.size() == uuid_size && !entry->dn.empty() && !entry->name.empty()));
        if (const auto bind = decode_ldap_bind(bytes))
            BOOST_TEST((!bind->password.empty() && !bind->dn.empty() && !bind->source.empty()));
        if (const auto verdict = decode_ldap_verdict(bytes))
            BOOST_TEST((verdict->answer >= LdapAnswer::ok && verdict->answer <= LdapAnswer::unreachable));
    };
    for (const std::string& good : {encoded(user), encoded(LdapBind{1, "corp", "uid=a", "secret"}),
                                    encoded(LdapVerdict{1, LdapAnswer::ok, "", 0, 0})}) {
        for (std::size_t size = 0; size < good.size(); ++size) check(std::string(good, 0, size));
        for (std::size_t i = 0; i < good.size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                std::string bad = good;
                bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
                check(bad);
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()
