// SPDX-License-Identifier: LGPL-2.1-or-later
// Histories of a server at random, told in every way there is, against what must be here after each.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/mirror/support.h"

using namespace userd;
using namespace userd::test;

namespace {

constexpr unsigned first_gid = 250000, lasting_teams = 3;

struct History : MirrorFixture {
    explicit History(unsigned seed) : random(seed) {
        corp().guard = 100;
        for (unsigned i = 0; i < lasting_teams; ++i) add_team();
    }

    unsigned pick(std::size_t below) { return static_cast<unsigned>(random() % below); }
    bool maybe(unsigned percent) { return pick(100) < percent; }
    template <typename Map>
    auto any(Map& map) {
        auto at = map.begin();
        std::advance(at, pick(map.size()));
        return at;
    }
    // Teams hold newer teams alone: there are no circles to cut.
    std::string any_dn(unsigned for_team) {
        if (maybe(20))
            if (const auto& one = any(teams)->second; one.id > for_team) return one.where();
        if (people.empty() || maybe(5)) return fmt::format("uid=stranger{},dc=example", pick(5));
        return any(people)->second.where();
    }

    // What happens on the server.
    void add_person() {
        Person one{++last, fmt::format("u{}", last), 200000 + last};
        if (!people.empty() && maybe(10)) one.name = any(people)->second.name;  // somebody has it
        if (!people.empty() && maybe(10)) one.uid = any(people)->second.uid;
        one.dn = fmt::format("uid={},ou=p{},dc=example", last, pick(3));
        if (maybe(30)) one.gid = first_gid + 1 + pick(lasting_teams);
        people[last] = one;
        changed.insert(last);
    }
    void add_team() {
        ++last;
        Team one{last, fmt::format("g{}", last), first_gid + last};
        one.by_name = maybe(20);
        teams[last] = one;
        changed.insert(last);
    }
    void change_person() {
        if (people.empty()) return;
        auto& one = any(people)->second;
        const auto what = pick(5);
        if (what == 0) one.name = fmt::format("r{}", ++renames);
        if (what == 1) one.shell = maybe(50) ? "/bin/bash" : "/bin/zsh";
        if (what == 2) one.disabled = !one.disabled;
        if (what == 3) {
            const auto old = one.dn;
            one.dn = fmt::format("uid={},ou=m{},dc=example", one.id, ++renames);
            if (maybe(70))  // the server keeps references whole
                for (auto& [id, team] : teams)
                    for (auto& member : team.members)
                        if (member == old) {
                            member = one.dn;
                            changed.insert(id);
                        }
        }
        if (what == 4) one.uid = 220000 + ++renames;
        changed.insert(one.id);
    }
    template <typename Map, typename Same>
    bool is_alone(const Map& map, const Same& same) {
        return std::count_if(map.begin(), map.end(), [&](const auto& one) { return same(one.second); }) == 1;
    }
    // Some pass their names, or numbers, on in a ring, or to the next in a row. Nobody else has them.
    void exchange_people() {
        const bool names = maybe(50);
        std::vector<Person*> ring;
        for (auto& [id, one] : people)
            if (maybe(40) && is_alone(people, [&](const auto& other) {
                    return names ? other.name == one.name : other.uid == one.uid;
                }))
                ring.push_back(&one);
        std::shuffle(ring.begin(), ring.end(), random);
        if (ring.size() < 2) return;
        const auto name = ring[0]->name;
        const auto uid = ring[0]->uid;
        const bool is_row = maybe(30);
        for (std::size_t i = 0; i < ring.size(); ++i) {
            const bool is_last = i + 1 == ring.size();
            auto& one = *ring[i];
            if (names)
                one.name = !is_last ? ring[i + 1]->name : is_row ? fmt::format("r{}", ++renames) : name;
            else
                one.uid = !is_last ? ring[i + 1]->uid : is_row ? 220000 + ++renames : uid;
            changed.insert(one.id);
        }
    }
    void exchange_teams() {
        const bool names = maybe(50);
        auto &one = any(teams)->second, &other = any(teams)->second;
        if (names)
            std::swap(one.name, other.name);
        else if (one.id <= lasting_teams && other.id <= lasting_teams)  // users have their numbers
            std::swap(one.gid, other.gid);
        changed.insert(one.id);
        changed.insert(other.id);
    }
    void change_team() {
        auto& one = any(teams)->second;
        const auto what = pick(4);
        if (what == 0 && !one.members.empty())
            one.members.erase(one.members.begin() + pick(one.members.size()));
        if (what == 1) std::shuffle(one.members.begin(), one.members.end(), random);
        if (what == 2) one.name = fmt::format("t{}", ++renames);
        if (what >= 2 || one.members.empty())
            one.members.push_back(!one.by_name     ? any_dn(one.id)
                                  : people.empty() ? "nobody"
                                                   : any(people)->second.name);
        changed.insert(one.id);
    }
    void remove() {
        if (people.size() > 5 && maybe(70)) {
            const auto at = any(people);
            const auto old = at->second;
            removed.insert(at->first);
            vanished[at->first] = old;
            people.erase(at);
            if (maybe(40)) {  // and made again
                auto again = old;
                again.id = ++last;
                people[last] = again;
                changed.insert(last);
            }
        } else if (teams.size() > lasting_teams) {
            auto at = any(teams);
            if (at->first <= lasting_teams) return;
            removed.insert(at->first);
            teams.erase(at);
        }
    }
    void live() {
        for (unsigned i = pick(8); i > 0; --i) {
            const auto what = pick(12);
            if (what == 10) exchange_people();
            if (what == 11) exchange_teams();
            if (what < 3) add_person();
            if (what == 3) add_team();
            if (what >= 4 && what < 6) change_person();
            if (what >= 6 && what < 9) change_team();
            if (what == 9) remove();
        }
    }

    // How userd-ldap tells of it.
    void put_entry(unsigned id) {
        if (people.contains(id)) put(people[id]);
        if (teams.contains(id)) put(teams[id]);
    }
    std::vector<unsigned> everybody() {
        std::vector<unsigned> ids;
        for (const auto& one : people) ids.push_back(one.first);
        for (const auto& one : teams) ids.push_back(one.first);
        std::shuffle(ids.begin(), ids.end(), random);
        return ids;
    }
    void follow() {
        for (const auto id : changed) put_entry(id);
        gone({removed.begin(), removed.end()});
        change();
    }
    void refresh_with(bool all, bool rest) {
        refresh(all);
        std::vector<unsigned> same;
        for (const auto id : everybody()) {
            if (all || changed.contains(id))
                put_entry(id);
            else
                same.push_back(id);
            if (maybe(20)) flush();
        }
        if (rest)
            present(same);
        else
            gone({removed.begin(), removed.end()});
        point(rest ? wire::LdapPointKind::refreshed_rest : wire::LdapPointKind::refreshed);
    }
    void interrupt() {
        refresh(maybe(50));
        auto ids = everybody();
        ids.resize(pick(ids.size() + 1));
        for (const auto id : ids) put_entry(id);
        if (maybe(50)) gone({removed.begin(), removed.end()});
        flush();
        mirror->hung_up();
        mirror->begin();
    }
    void tell() {
        const auto how = pick(4);
        if (how == 0) follow();
        if (how == 1) refresh_with(true, true);
        if (how == 2) refresh_with(false, true);
        if (how == 3) refresh_with(false, false);
        changed.clear();
        removed.clear();
    }

    // What must be here.
    ObjectId object_of(unsigned id) {
        const auto source = must(store->remote().find_source("corp"));
        const auto number = must(store->remote().find_id(source->id, uuid(id)));
        if (!number) return {};
        const auto entry = must(store->remote().find(*number));
        return entry->user ? entry->user : entry->group;
    }
    void check_person(const Person& one) {
        const auto object = object_of(one.id);
        if (!object) {  // somebody who is in has its name or number
            const bool has_cause = std::any_of(people.begin(), people.end(), [&](const auto& other) {
                return other.first != one.id && object_of(other.first) &&
                       (other.second.name == one.name || other.second.uid == one.uid);
            });
            BOOST_TEST(has_cause, one.name << " is left out for nothing");
            return;
        }
        const auto [known, is_new] = objects.try_emplace(one.id, object);
        BOOST_TEST((known->second == object), one.name << " is another now");
        if (is_new) BOOST_TEST(used.insert(object).second, one.name << " inherits");
        const auto user = must(store->users().find(object));
        BOOST_REQUIRE(user);
        BOOST_TEST(user->name == one.name);
        BOOST_TEST(user->uid == one.uid);
        BOOST_TEST(user->gid == (one.gid == 0 ? one.uid : one.gid));
        BOOST_TEST(user->shell == (one.shell.empty() ? "/bin/sh" : one.shell));
        BOOST_TEST((user->state == UserState::suspended) == one.disabled);
    }
    // The users in a team by what the server says, through teams in it.
    void add_members(const Team& team, std::set<unsigned>& seen, std::set<std::string>& names) {
        if (!seen.insert(team.id).second) return;
        for (const auto& member : team.members) {
            const Person* found = nullptr;
            for (const auto& [id, one] : vanished)
                if (!team.by_name && one.where() == member && object_of(id)) found = &one;
            for (const auto& [id, one] : vanished)
                if (team.by_name && one.name == member && object_of(id)) found = &one;
            for (const auto& [id, one] : people)
                if ((team.by_name ? one.name : one.where()) == member && object_of(id)) found = &one;
            // Who was renamed and removed between two looks has the name that was seen.
            if (found != nullptr) names.insert(must(store->users().find(object_of(found->id)))->name);
            if (team.by_name) continue;
            for (const auto& [id, one] : teams)
                if (one.where() == member) add_members(one, seen, names);
        }
    }
    void check() {
        for (const auto& [id, one] : people) check_person(one);
        for (const auto& [id, one] : vanished)
            if (const auto user = must(store->users().find(object_of(id))))
                BOOST_TEST((user->state == UserState::suspended), one.name << " is in still");
        std::size_t groups = 0;
        for (const auto& [id, team] : teams) {
            ++groups;
            std::set<unsigned> seen;
            std::set<std::string> names;
            add_members(team, seen, names);
            BOOST_TEST(members(team.name) == fmt::format("{}", fmt::join(names, ",")));
            BOOST_TEST((object_of(id) == group(team.name)->id));
        }
        BOOST_TEST(must(store->groups().list({}, 0, 0)).total == groups);
        BOOST_TEST(must(store->remote().count_pending(1, 10)) == 0U);
    }
    void check_that_all_again_is_nothing_new() {
        const auto generation = store->generation();
        for (auto& [id, team] : teams) std::shuffle(team.members.begin(), team.members.end(), random);
        refresh_with(true, true);
        BOOST_TEST(store->generation() == generation);
    }

    std::mt19937 random;
    unsigned last = 0, renames = 0;
    std::map<unsigned, Person> people, vanished;
    std::map<unsigned, Team> teams;
    std::set<unsigned> changed, removed;
    std::map<unsigned, ObjectId> objects;
    std::set<ObjectId> used;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mirror_history)

BOOST_AUTO_TEST_CASE(whatever_the_history_the_outcome_is_what_the_server_says) {
    for (unsigned seed = 1; seed <= 16; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            History history(seed);
            for (unsigned step = 0; step < 40; ++step) {
                BOOST_TEST_CONTEXT("step " << step) {
                    history.live();
                    if (history.maybe(25)) history.interrupt();
                    history.tell();
                    history.check();
                    if (history.maybe(10)) history.check_that_all_again_is_nothing_new();
                    if (history.maybe(10)) {
                        history.clock.advance(std::chrono::hours(24 * 8));
                        history.mirror->tend();
                        history.settle();
                        for (const auto& [id, one] : history.vanished)
                            BOOST_TEST(!history.object_of(id), one.name << " outlived its grace");
                        history.vanished.clear();
                        history.check();
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
