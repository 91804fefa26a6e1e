// SPDX-License-Identifier: LGPL-2.1-or-later
// The first line is the head: {"version": 1, "set": …}; each other one object: {"user": NAME, …} or
// {"group": NAME, …} with the keys of the state file.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "daemon/state/fleet_key.h"
#include "daemon/state/wanted.h"

namespace userd::state {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_line = 1 << 20;
constexpr int deepest = 40;

Failure bad(std::size_t line, std::string_view why) {
    return fail(Errc::invalid, "line {} of the state stream: {}", line, why);
}

// nlohmann's parser does not recurse, its printer does: what is too deep is refused before. Few lines open as
// many brackets, and to be asked at each node takes as long as to parse it.
Result<Json> parse_line(std::string_view text, std::size_t line) {
    if (text.size() > longest_line) return bad(line, "longer than 1 MiB");
    const auto opens = std::count_if(text.begin(), text.end(), [](char c) { return c == '{' || c == '['; });
    if (opens <= deepest)
        if (auto json = Json::parse(text, nullptr, false); json.is_object()) return json;
    bool too_deep = false;
    auto json = Json::parse(
        text,
        [&](int depth, Json::parse_event_t, Json&) {
            too_deep |= depth > deepest;
            return depth <= deepest;
        },
        false);
    if (too_deep || !json.is_object()) return bad(line, "not a JSON object of at most 40 levels");
    return json;
}

class Line {
 public:
    Line(Json json, std::size_t number, const FleetKey* key)
        : json_(std::move(json)), number_(number), fleet_key_(key) {}

    bool has(const char* key) const { return json_.contains(key); }

    Result<Wanted> head() {
        Wanted wanted;
        for (const auto& [key, value] : json_.items()) {
            if (key == "version") {
                if (value != 1) return bad(number_, "not version 1");
            } else if (key == "set") {
                wanted.set = TRY(text(key, value));
            } else if (key == "membership" || key == "ssh_authorized_keys") {
                const auto word = TRY(text(key, value));
                if (word != "exact" && word != "at-least") return bad(number_, key + " is exact or at-least");
                (key == "membership" ? wanted.only_add_memberships : wanted.only_add_keys) =
                    word == "at-least";
            } else if (key == "prune_limit") {
                wanted.prune_limit = TRY(text(key, value));
            } else if (key == "delete_after") {
                if (!value.is_number_integer()) return bad(number_, "delete_after is a number of seconds");
                wanted.delete_after = std::chrono::seconds(value.get<std::int64_t>());
            } else {
                return bad(number_, fmt::format("unknown key {}", escaped(key)));
            }
        }
        if (wanted.set.empty()) return bad(number_, "the head has no set");
        return wanted;
    }

    Result<WantedGroup> group() {
        WantedGroup group;
        for (const auto& [key, value] : json_.items()) {
            if (key == "group")
                group.name = TRY(text(key, value));
            else if (key == "was")
                group.was = TRY(text(key, value));
            else if (key == "members")
                group.members = TRY(names(key, value));
            else
                group.fields[key] = TRY(plain(key, value));
        }
        return group;
    }

    Result<WantedUser> user() {
        WantedUser user;
        for (const auto& [key, value] : json_.items()) TRY(take(user, key, value));
        return user;
    }

 private:
    Result<void> take(WantedUser& user, const std::string& key, const Json& value) {
        if (key == "user")
            user.name = TRY(text(key, value));
        else if (key == "was")
            user.was = TRY(text(key, value));
        else if (key == "transfer_to")
            user.transfer_to = TRY(text(key, value));
        else if (key == "state")
            user.state = TRY(state(value));
        else if (key == "groups")
            user.groups = TRY(names(key, value));
        else if (key == "local_groups")
            user.local_groups = TRY(names(key, value));
        else if (key == "role" || key == "roles")
            user.roles = TRY(roles(key, value));
        else if (key == "ssh_authorized_keys")
            user.ssh_keys = TRY(keys(value));
        else if (key == "password")
            return take_password(user, value);
        else if (key == "totp")
            return take_totp(user, value);
        else
            user.fields[key] = TRY(plain(key, value));
        return {};
    }

    Result<std::string> text(const std::string& key, const Json& value) {
        if (value.is_null()) return std::string();
        if (value.is_string()) return value.get<std::string>();
        return bad(number_, fmt::format("{} is a text", escaped(key)));
    }

    Result<Names> names(const std::string& key, const Json& value) {
        Names list;
        if (value.is_null()) return list;
        if (!value.is_array()) return bad(number_, fmt::format("{} is a list of texts", escaped(key)));
        for (const auto& item : value) list.push_back(TRY(text(key, item)));
        return list;
    }

    // Everybody is a user: it is no role to give or to take.
    Result<Names> roles(const std::string& key, const Json& value) {
        auto list = value.is_string() ? Names{value.get<std::string>()} : TRY(names(key, value));
        std::erase(list, "user");
        return list;
    }

    Result<Value> plain(const std::string& key, const Json& value) {
        if (value.is_null()) return Value();
        if (value.is_boolean()) return Value(value.get<bool>());
        if (value.is_number_integer()) return Value(value.get<std::int64_t>());
        if (value.is_string()) return Value(value.get<std::string>());
        if (value.is_array()) return Value(TRY(names(key, value)));
        if (key == "metadata" && value.is_object())
            return Value(value.dump(-1, ' ', false, Json::error_handler_t::replace));
        return bad(number_, fmt::format("{} has a value of no kind that is known", escaped(key)));
    }

    Result<WantedState> state(const Json& value) {
        if (value.is_null()) return WantedState::unmanaged;
        if (value == "pending") return WantedState::pending;
        if (value == "active") return WantedState::active;
        if (value == "suspended") return WantedState::suspended;
        if (value == "absent") return WantedState::absent;
        return bad(number_, "state is pending, active, suspended or absent");
    }

    Result<std::vector<WantedKey>> keys(const Json& value) {
        std::vector<WantedKey> list;
        if (value.is_null()) return list;
        if (!value.is_array()) return bad(number_, "ssh_authorized_keys is a list");
        for (const auto& item : value) list.push_back(TRY(ssh_key(item)));
        return list;
    }

    Result<WantedKey> ssh_key(const Json& item) {
        if (!item.is_object() || !item.contains("key"))
            return bad(number_, "a key is an object with \"key\"");
        WantedKey key;
        std::string options;
        for (const auto& [name, value] : item.items()) {
            if (name == "key") {
                key.line = TRY(text(name, value));
            } else if (name == "options") {
                for (const auto& option : TRY(names(name, value)))
                    options += (options.empty() ? "" : ",") + option;
            } else {
                key.options[name] = TRY(plain(name, value));
            }
        }
        if (!options.empty()) key.line = options + " " + key.line;
        return key;
    }

    // An empty secret: it could not be opened, and the user says why.
    Result<Secret> opened(WantedUser& user, const Json& sealed) {
        const auto box = TRY(text("sealed", sealed));
        if (fleet_key_ == nullptr) {
            user.problem = "what is sealed cannot be opened: this host has no credential userd.fleet-key";
            return Secret();
        }
        auto secret = fleet_key_->open(box);
        if (secret) return secret;
        user.problem = secret.error().message;
        return Secret();
    }

    Result<void> take_password(WantedUser& user, const Json& value) {
        auto& password = user.password.emplace();
        if (value.is_null()) return {};
        if (!value.is_object()) return bad(number_, "password is an object");
        for (const auto& [key, inner] : value.items()) {
            if (key == "hash" || key == "sealed") {
                password.kind = WantedPassword::Kind::hash;
                password.hash = key == "hash" ? Secret(TRY(text(key, inner))) : TRY(opened(user, inner));
            } else if (key == "generate") {
                password.kind = WantedPassword::Kind::generate;
            } else if (key == "update") {
                password.always = inner == "always";
            } else if (key != "none") {
                return bad(number_, fmt::format("unknown key {} in password", escaped(key)));
            }
        }
        return {};
    }

    Result<void> take_totp(WantedUser& user, const Json& value) {
        auto& totp = user.totp.emplace();
        if (value.is_null()) return {};
        if (!value.is_object() || value.size() != 1) return bad(number_, "totp is an object with one key");
        if (value.contains("key"))
            totp.base32 = Secret(TRY(text("key", value["key"])));
        else if (value.contains("sealed"))
            totp.base32 = TRY(opened(user, value["sealed"]));
        else
            return bad(number_, "totp is key or sealed");
        return {};
    }

    Json json_;
    std::size_t number_;
    const FleetKey* fleet_key_;
};

}  // namespace

Result<Wanted> parse_wanted(std::string_view stream, const FleetKey* key) {
    if (!is_utf8(stream)) return fail(Errc::invalid, "the state stream is not UTF-8");
    std::optional<Wanted> wanted;
    for (std::size_t number = 1; !stream.empty(); ++number) {
        const auto end = std::min(stream.find('\n'), stream.size());
        const auto text = stream.substr(0, end);
        stream.remove_prefix(std::min(end + 1, stream.size()));
        Line line(TRY(parse_line(text, number)), number, key);
        if (!wanted) {
            wanted = TRY(line.head());
        } else if (line.has("user")) {
            wanted->users.push_back(TRY(line.user()));
        } else if (line.has("group")) {
            wanted->groups.push_back(TRY(line.group()));
        } else {
            return bad(number, "neither a user nor a group");
        }
    }
    if (!wanted) return fail(Errc::invalid, "the state stream is empty");
    return *std::move(wanted);
}

}  // namespace userd::state
