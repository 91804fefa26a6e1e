// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/bus/state.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "daemon/bus/call.h"
#include "daemon/bus/departure.h"
#include "daemon/bus/pipe.h"
#include "daemon/bus/record.h"
#include "daemon/runtime/memory.h"
#include "daemon/state/apply.h"
#include "daemon/state/fleet_key.h"

namespace userd::bus {
namespace {

constexpr std::size_t room_for_one = 160;  // a name, a generated password, two separators: 31 + 128 at most

Result<void> hand_out(int fd, const std::vector<std::pair<std::string, Secret>>& passwords) {
    std::size_t size = 0;
    for (const auto& [user, password] : passwords) size += user.size() + password.size() + 2;
    Secret text = Secret::with_size(size);  // NAME TAB PASSWORD, a line each
    auto* at = text.data();
    const auto put = [&](std::string_view part) {
        std::memcpy(at, part.data(), part.size());
        at += part.size();
    };
    for (const auto& [user, password] : passwords) {
        put(user);
        put("\t");
        put(password.text());
        put("\n");
    }
    if (size > 0 && pwrite(fd, text.bytes().data(), size, 0) != static_cast<ssize_t>(size))
        return fail(Errc::unavailable, "the passwords cannot be handed out: {}", std::strerror(errno));
    return {};
}

Result<state::ApplyOptions> read_apply_options(const Fields& fields) {
    state::ApplyOptions options;
    const std::pair<const char*, bool*> flags[] = {{"prune", &options.prune},
                                                   {"strict", &options.strict},
                                                   {"take_over", &options.take_over},
                                                   {"allow_lockout", &options.allow_lockout},
                                                   {"dry_run", &options.dry_run}};
    for (const auto& [name, flag] : flags) *flag = TRY(optional_flag(fields, name)).value_or(false);
    options.prune_limit = TRY(optional_text(fields, "prune_limit"));
    if (const auto generation = TRY(optional_number(fields, "generation")))
        options.generation = static_cast<std::uint64_t>(*generation);
    return options;
}

class Application : public std::enable_shared_from_this<Application> {
 public:
    Application(Core& core, const Call& call, state::ApplyOptions options, Fd passwords)
        : core_(core),
          call_(call),
          is_there_(call_.watch_caller()),
          options_(std::move(options)),
          passwords_(std::move(passwords)) {}

    void start(Fd pipe) {
        read_pipe(core_.loop, std::move(pipe), state::most_stream_bytes,
                  [self = shared_from_this()](Result<std::string> stream) {
                      if (!stream) return self->call_.fail(stream.error());
                      self->parse(*std::move(stream));
                  });
    }

 private:
    void parse(std::string stream) {
        auto key = state::FleetKey::load();
        if (!key) return call_.fail(key.error());
        auto text = std::make_shared<std::string>(std::move(stream));
        auto fleet_key = std::make_shared<std::optional<state::FleetKey>>(*std::move(key));
        core_.long_jobs.run(
            [text, fleet_key] {
                auto wanted = state::parse_wanted(*text, *fleet_key ? &**fleet_key : nullptr);
                sodium_memzero(text->data(), text->size());
                return wanted;
            },
            [self = shared_from_this()](Result<state::Wanted> wanted) {
                if (!wanted) return self->call_.fail(wanted.error());
                self->apply(*std::move(wanted));
            });
    }

    void apply(state::Wanted wanted) {
        const auto generates = std::count_if(wanted.users.begin(), wanted.users.end(), [](const auto& user) {
            return user.password && user.password->kind == state::WantedPassword::Kind::generate;
        });
        if (generates != 0 && !passwords_ && !options_.dry_run)
            return call_.fail(Error{Errc::invalid, "passwords are to be generated, and nobody would see them",
                                    "a memfd as the option passwords", "passwords"});
        if (!options_.dry_run) options_.owes = call_.owed_acts();  // who only looks owes nothing
        // Now: after the change nothing may stand in the way of its passwords.
        const auto room = options_.dry_run ? 0 : static_cast<std::size_t>(generates) * room_for_one;
        if (passwords_)
            if (const auto made = make_room(passwords_, room, "passwords"); !made)
                return call_.fail(made.error());
        core_.applier.apply(
            [self = shared_from_this()]() -> Result<Actor> {
                if (!self->is_there_()) return fail(Errc::denied, "the caller has gone");
                return self->call_.actor_still(RoleGrant::directory_apply);
            },
            std::move(wanted), options_,
            [self = shared_from_this()](Result<state::Applied> applied) {
                self->call_.finish(applied ? self->answer(*applied) : Failure(applied.error()));
                self->core_.loop.call_soon(give_back_memory);
            },
            [self = shared_from_this()](const state::Departing& departing, Settled done) {
                settle_departure(self->core_, self->call_, departing.user, departing.heir, std::move(done));
            });
    }

    Result<void> answer(const state::Applied& applied) {
        if (passwords_) TRY(hand_out(passwords_.get(), applied.passwords));
        return call_.reply(state::to_json(applied.plan));
    }

    Core& core_;
    Call call_;
    std::function<bool()> is_there_;
    state::ApplyOptions options_;
    Fd passwords_;
};

}  // namespace

Result<void> StateObject::apply(Call& call) {
    auto pipe = TRY(call.read_fd());
    auto given = TRY(call.read_secret_fields({"passwords", "prune", "strict", "take_over", "allow_lockout",
                                              "dry_run", "prune_limit", "generation"}));
    auto options = TRY(read_apply_options(given.plain));
    if (options.prune && !options.dry_run) TRY(call.require_step_up("prune"));
    Fd passwords;
    if (auto found = given.fds.extract("passwords")) {
        passwords = std::move(found.mapped());
        TRY(make_room(passwords, 0, "passwords"));  // refused before the stream is read
    }
    std::make_shared<Application>(core_, call, std::move(options), std::move(passwords))
        ->start(std::move(pipe));
    return {};
}

}  // namespace userd::bus
