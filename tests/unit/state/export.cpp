// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory as a state file, and back: what is exported is read by userctl's own reader and changes
// nothing.
#include "daemon/bulk/export.h"

#include <random>

#include "ctl/state/send.h"
#include "tests/unit/state/support.h"

using namespace userd;
using namespace userd::test;
using namespace std::chrono_literals;

namespace {

struct ExportFixture : StateFixture {
    ExportFixture() : StateFixture("userd.db") {}

    std::string exported(const std::string& set, bool pin_ids) {
        ExportRequest request{store_path, set, {}, {}, pin_ids, config, clock.now()};
        const auto source = must(open_export("yaml", std::move(request)));
        std::string all;
        for (auto text = must(source->next()); !text.empty(); text = must(source->next())) all += text;
        return all;
    }

    void make_role(const Names& groups) {
        must(directory.create_role(root, "crew", {{"groups", groups}}, {}));
    }

    // A state file of the set "s", as apply gets it.
    static std::string objects_of(const std::string& text) {
        auto state = ctl::read_state_texts({{"export.yaml", text}}, "host");
        for (const auto& problem : state.problems) BOOST_FAIL(to_text(problem) << "\n" << text);
        BOOST_TEST(state.set == "s");
        const ctl::StateStream stream(state);
        return std::string(stream.text().substr(stream.text().find('\n') + 1));
    }
};

// Users and groups as chance has them, of the set "s" and of none.
class Chance {
 public:
    Chance(ExportFixture& house, unsigned seed) : house_(house), random_(seed) {}

    // `whole`: there is nothing but what is of the set.
    void fill(bool whole) {
        for (int i = 0; i < 6; ++i)
            must(house_.directory.create_group(
                house_.root, fmt::format("g{}", i),
                {{"description", word()}, {"set", std::string(whole || coin() ? "s" : "")}}, {}));
        must(house_.directory.add_members(house_.root, "g0", {"group:g1"}, std::nullopt, {}));
        house_.make_role(whole ? Names{"sudo"} : Names{"g0", "g2", "sudo"});
        for (int i = 0; i < 25; ++i) user(fmt::format("u{}", i));
    }

 private:
    bool coin() { return random_() % 2 == 0; }
    std::string word() {
        static const char* words[] = {"Zoë Example", "no",         "0755", "a: b", "#x",
                                      "\"q\"",       "2026-01-01", "x y",  "[1]"};
        return words[random_() % std::size(words)];
    }
    Names some_groups() {
        Names groups;
        for (int i = 0; i < 6; ++i)
            if (random_() % 3 == 0) groups.push_back(fmt::format("g{}", i));
        return groups;
    }
    void user(const std::string& name) {
        Fields fields{{"set", std::string("s")}, {"groups", some_groups()}};
        if (coin()) fields["display_name"] = std::string("Zoë O'Example");
        if (coin()) fields["email"] = name + "@example.org";
        if (coin()) fields["phone"] = std::string("00440123456789");
        if (coin()) fields["metadata"] = std::string(R"({"mode":"0755","n":[1,2.5,null,{"yes":true}]})");
        if (coin()) fields["expires"] = std::int64_t{2'000'000'000};
        if (coin()) fields["mfa"] = std::string(coin() ? "off" : "required");
        if (coin()) fields["tags"] = Names{"on", "b"};
        if (coin()) fields["local_groups"] = Names{"sudo"};
        if (random_() % 5 == 0) fields["state"] = std::string("pending");
        if (coin()) fields["roles"] = coin() ? Names{"admin", "crew"} : Names{"crew"};
        must(house_.directory.create_user(house_.root, name, fields, {}));
        const auto id = house_.id_of(name);
        if (coin())
            must(house_.credentials.add_ssh_key(
                house_.root, id,
                "restrict,from=\"10.0.0.0/8,*.example.org\" ssh-ed25519 "
                "AAAAC3NzaC1lZDI1NTE5AAAAIHVzZXJkIHRlc3Qga2V5IG51bWJlciBvbmUhISEh a laptop",
                coin() ? Fields{{"expires", std::int64_t{1'900'000'000}}} : Fields{}));
        if (coin() && !fields.contains("local_groups") && !fields.contains("roles"))
            must(house_.directory.add_members(house_.root, "sudo", {name}, house_.clock.now() + 1h, {}));
        if (random_() % 4 == 0 && !fields.contains("state"))
            must(house_.directory.suspend_user(house_.root, id, "on leave", {}, {}));
    }

    ExportFixture& house_;
    std::mt19937 random_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(state_export)

BOOST_AUTO_TEST_CASE(what_is_exported_changes_nothing_when_applied) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        ExportFixture house;
        Chance(house, seed).fill(false);
        for (const bool pin_ids : {false, true})
            BOOST_TEST(house.diff(house.objects_of(house.exported("s", pin_ids))) == "");
    }
}

BOOST_AUTO_TEST_CASE(on_an_empty_host_it_makes_the_same) {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        ExportFixture old_house, new_house;
        Chance(old_house, seed).fill(true);
        new_house.make_role({"sudo"});
        const auto text = old_house.exported({}, true);
        BOOST_TEST(new_house.apply(new_house.objects_of(text)).problems.empty());
        BOOST_TEST(new_house.exported({}, true) == text);
    }
}

BOOST_AUTO_TEST_CASE(numbers_are_only_in_it_when_they_shall_be_pinned) {
    ExportFixture house;
    house.apply("{\"group\":\"web\",\"gid\":71001}\n{\"user\":\"alice\",\"uid\":72001}");
    BOOST_TEST(house.exported("s", false).find("7200") == std::string::npos);
    const auto pinned = house.exported("s", true);
    BOOST_TEST(pinned.find("    uid: 72001\n") != std::string::npos);
    BOOST_TEST(pinned.find("    gid: 71001\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_of_no_set_or_of_several_says_that_it_must_be_taken_over) {
    ExportFixture house;
    house.create("carol");
    BOOST_TEST(house.exported({}, false).find("--take-over.\nversion: 1\nset: exported\n") !=
               std::string::npos);
    house.apply(R"({"user":"alice"})");
    BOOST_TEST(house.exported({}, false).find("--take-over.\nversion: 1\nset: s\n") != std::string::npos);
    house.apply(R"({"user":"carol"})", {.take_over = true});
    BOOST_TEST(house.exported({}, false).find("--take-over") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
