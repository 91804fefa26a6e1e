// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole directory as a stream: three cursors in the order of the uid (users, their groups, their local
// groups) run side by side, so no user costs a query of its own.
#include "daemon/store/database.h"
#include "daemon/store/public_facts.h"
#include "daemon/store/public_row.h"
#include "daemon/store/store.h"

namespace userd::store {

namespace {

// Memberships in the order of the uid: uid, gid, end.
class MembershipCursor {
 public:
    explicit MembershipCursor(Query query) : query_(std::move(query)) {}
    Result<void> add_to(PublicUser& user) {
        if (!started_) {
            started_ = true;
            more_ = TRY(query_.step());
        }
        while (more_ && query_.integer(0) <= user.uid) {
            if (query_.integer(0) == user.uid)
                add_public_membership(user, query_.integer(1), query_.integer(2));
            more_ = TRY(query_.step());
        }
        return {};
    }

 private:
    Query query_;
    bool started_ = false, more_ = false;
};

struct Cursors {
    Query users;
    MembershipCursor groups, local_groups;
    Query all_groups;
};

Result<std::unique_ptr<Cursors>> open_cursors(Database& database) {
    auto users =
        TRY(database.query("SELECT " USERD_PUBLIC_USER_COLUMNS " FROM users u LEFT JOIN groups pg ON pg.id = "
                           "u.primary_group WHERE u.collides = 0 ORDER BY u.uid"));
    auto groups =
        TRY(database.query("SELECT u.uid, g.gid, COALESCE(m.until, 0) FROM users u CROSS JOIN members m ON "
                           "m.user_id = u.id CROSS JOIN groups g ON g.id = m.group_id WHERE m.removed = 0 "
                           "AND g.collides = 0 ORDER BY u.uid"));
    auto local = TRY(
        database.query("SELECT u.uid, m.gid, COALESCE(m.until, 0) FROM users u CROSS JOIN local_members m "
                       "ON m.user_id = u.id ORDER BY u.uid"));
    auto all = TRY(database.query(
        "SELECT id, gid, name, " USERD_LISTED("g") " FROM groups g WHERE collides = 0 ORDER BY gid"));
    return std::unique_ptr<Cursors>(new Cursors{std::move(users), MembershipCursor(std::move(groups)),
                                                MembershipCursor(std::move(local)), std::move(all)});
}

}  // namespace

struct PublicReader::Impl {
    std::unique_ptr<Database> database;
    std::unique_ptr<Cursors> cursors;
    std::uint64_t generation = 0;
};

PublicReader::PublicReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PublicReader::~PublicReader() {
    impl_->cursors.reset();
}

Result<std::unique_ptr<PublicReader>> PublicReader::open(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    impl->database = TRY(open_reader(path));
    TRY(impl->database->execute("BEGIN"));
    auto query = TRY(impl->database->query("SELECT value FROM meta WHERE key = 'generation'"));
    if (!TRY(query.step())) return fail(Errc::io, "read the store {}: its generation is missing", path);
    impl->generation = static_cast<std::uint64_t>(query.integer(0));
    impl->cursors = TRY(open_cursors(*impl->database));
    return std::unique_ptr<PublicReader>(new PublicReader(std::move(impl)));
}

std::uint64_t PublicReader::generation() const {
    return impl_->generation;
}

Result<bool> PublicReader::next_user(PublicUser& user) {
    auto& cursors = *impl_->cursors;
    if (!TRY(cursors.users.step())) return false;
    read_public_user(cursors.users, user);
    TRY(cursors.groups.add_to(user));
    TRY(cursors.local_groups.add_to(user));
    sort_memberships(user);
    return true;
}

Result<bool> PublicReader::next_group(PublicGroup& group) {
    auto& groups = impl_->cursors->all_groups;
    if (!TRY(groups.step())) return false;
    group.gid = static_cast<std::uint32_t>(groups.integer(1));
    group.name = groups.text(2);
    group.listed = groups.integer(3) != 0;
    group.members.clear();
    auto query =
        TRY(impl_->database->query("SELECT u.uid, COALESCE(m.until, 0) FROM members m JOIN users u ON u.id = "
                                   "m.user_id WHERE m.group_id = ? AND m.removed = 0 AND u.collides = 0"));
    query.bind(groups.integer(0));
    while (TRY(query.step()))
        group.members.push_back({static_cast<std::uint32_t>(query.integer(0)), query.integer(1)});
    std::sort(group.members.begin(), group.members.end(),
              [](const auto& a, const auto& b) { return a.uid < b.uid; });
    return true;
}

}  // namespace userd::store
