// SPDX-License-Identifier: LGPL-2.1-or-later
// Entries that stand in each other's way, and all go elsewhere by what the server says now: two that exchange
// their names, a row that hands its numbers on. Names and numbers are unique at each step, so they are all
// put aside first, and then settled as ever. Who would be left without a place is found before anything is
// touched.
#include <algorithm>
#include <set>

#include "daemon/mirror/settler.h"
#include "daemon/store/groups.h"
#include "daemon/store/users.h"

namespace userd {

namespace {

using Kind = store::RemoteClaim::Kind;

// In one step of the settling, and what is looked at to find them.
constexpr std::size_t most_movers = 256;

// Of a claim that may have nothing to do with it.
bool wants_the_same(const store::RemoteClaim& claim, const Claimant& claimant) {
    return (claim.name == claimant.name || claim.number == claimant.number) && is_in_the_way(claim, claimant);
}

}  // namespace

struct Settler::Mover {
    store::RemoteEntry entry;
    std::string frame;
    wire::LdapEntry facts;  // views into the frame
    std::optional<User> user;
    std::optional<Group> group;  // neither: not here yet

    bool is_private() const { return !facts.is_group && facts.gid == facts.number; }
    ObjectId own() const { return facts.is_group ? entry.group : entry.user; }
    Claimant claimant(std::string_view tag) const {
        return {facts.is_group, is_private(), own(), facts.name, facts.number, tag};
    }
    // What it has when all is done.
    store::RemoteClaim claim(const std::string& tag) const {
        return {facts.is_group ? Kind::group : Kind::user,
                own(),
                std::string(facts.name),
                facts.number,
                tag,
                is_private()};
    }
};

// True: the entry is settled, and all that were in its way.
Result<bool> Settler::exchange(const store::RemoteEntry& entry, const wire::LdapEntry& facts,
                               const std::optional<User>& user, const std::optional<Group>& group) {
    if (is_exchanging_) return fail(Errc::internal, "{} has no place in an exchange", entry.dn);
    Movers movers;
    movers.push_back({entry, {}, facts, user, group});
    std::vector<store::RemoteClaim> ended;
    if (!TRY(gather(movers, ended)) || !TRY(have_room(movers))) return false;
    for (const auto& claim : ended) TRY(remove(claim));
    TRY(move(movers));
    list_is_old_ = true;
    return true;
}

// False: somebody in the way stays.
Result<bool> Settler::gather(Movers& movers, std::vector<store::RemoteClaim>& ended) {
    std::set<ObjectId> known{movers.front().own()};
    for (std::size_t i = 0; i < movers.size(); ++i) {
        const auto claimant = movers[i].claimant(tag_);
        for (auto& claim :
             TRY(remote_.claims(claimant.name, claimant.number, claimant.is_group, tag_, parts_.now))) {
            const bool is_party = claim.kind == Kind::user || claim.kind == Kind::group;
            if (!is_in_the_way(claim, claimant) || (is_party && known.contains(claim.id))) continue;
            if (TRY(may_be_removed(claim, claimant))) {
                ended.push_back(std::move(claim));
                continue;
            }
            if (!is_party || !TRY(add_mover(claim, claimant, movers))) return false;
            known.insert(claim.id);
        }
    }
    return true;
}

Result<bool> Settler::add_mover(const store::RemoteClaim& claim, const Claimant& claimant, Movers& movers) {
    if (claim.source != tag_) return false;
    const bool is_group = claim.kind == Kind::group;
    auto entry = TRY(is_group ? remote_.find_by_group(claim.id) : remote_.find_by_user(claim.id));
    if (!entry || entry->vanished_at || entry->missing_at || entry->is_refused ||
        entangled_.contains(entry->id))
        return false;
    if (movers.size() == most_movers) {
        for (const auto& mover : movers) entangled_.insert(mover.entry.id);
        return false;
    }
    auto& mover = movers.emplace_back();
    mover.entry = std::move(*entry);
    mover.entry.turn = store::RemoteTurn::none;
    mover.frame = std::move(mover.entry.frame);
    const auto facts = wire::decode_ldap_entry(mover.frame);
    if (!facts || facts->is_group != is_group) return false;
    mover.facts = *facts;
    if (is_group)
        mover.group = TRY(store_.groups().find(claim.id));
    else
        mover.user = TRY(store_.users().find(claim.id));
    return !object_to(facts->name, facts->number, parts_.source, parts_.config, parts_.directory.host()) &&
           !wants_the_same(mover.claim(tag_), claimant);
}

// Whether no two of them want the same, and each user has its group afterwards.
Result<bool> Settler::have_room(const Movers& movers) {
    for (const auto& one : movers) {
        const auto claim = one.claim(tag_);
        for (const auto& other : movers)
            if (&one != &other && wants_the_same(claim, other.claimant(tag_))) return false;
    }
    for (const auto& user : movers) {
        if (user.facts.is_group || user.is_private()) continue;
        const bool comes = std::any_of(movers.begin(), movers.end(), [&](const auto& one) {
            return one.facts.is_group && one.facts.number == user.facts.gid;
        });
        const auto group = TRY(remote_.group_of_gid(parts_.row.id, user.facts.gid));
        const bool goes = group && std::any_of(movers.begin(), movers.end(), [&](const auto& one) {
                              return one.facts.is_group && one.own() == *group;
                          });
        if (!comes && (!group || goes)) return false;
    }
    return true;
}

Result<void> Settler::move(Movers& movers) {
    for (const auto& mover : movers)
        if (mover.own()) TRY(remote_.put_aside(mover.own()));
    is_exchanging_ = true;
    for (const auto& mover : movers)
        if (mover.facts.is_group) TRY(settle_group(mover.entry, mover.facts, mover.group));
    for (const auto& mover : movers)
        if (!mover.facts.is_group) TRY(settle_user(mover.entry, mover.facts, mover.user));
    is_exchanging_ = false;
    // A number that was left after another had taken it is nobody's grave.
    for (const auto& mover : movers)
        TRY(give_again(mover.facts.is_group ? store::Retired::Kind::group : store::Retired::Kind::user,
                       mover.facts.number));
    return {};
}

}  // namespace userd
