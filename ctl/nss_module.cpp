// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ctl/nss_module.h"

#include <dlfcn.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "common/base/handle.h"
#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr std::size_t first_buffer = 4096, longest_buffer = std::size_t{64} << 20;

template <typename Entry>
using ByName = nss_status(const char* name, Entry* entry, char* buffer, std::size_t size, int* error);
template <typename Entry>
using Next = nss_status(Entry* entry, char* buffer, std::size_t size, int* error);
using Start = nss_status(int stay_open);
using End = nss_status();
using InitGroups = nss_status(const char* user, gid_t group, long* start, long* size, gid_t** groups,
                              long limit, int* error);

std::string text(const char* given) {
    return given == nullptr ? std::string() : std::string(given);
}
NssUser to_record(const passwd& entry) {
    return {text(entry.pw_name),  text(entry.pw_gecos), text(entry.pw_dir),
            text(entry.pw_shell), entry.pw_uid,         entry.pw_gid};
}
NssGroup to_record(const group& entry) {
    return {text(entry.gr_name), entry.gr_gid};
}

}  // namespace

struct NssModule::Parts {
    std::string name;
    Handle<void, dlclose> library;
    std::vector<char> buffer = std::vector<char>(first_buffer);

    // Null: the module does not have it.
    template <typename Function>
    Function* function(const char* deed) const {
        const auto symbol = fmt::format("_nss_{}_{}", name, deed);
        return reinterpret_cast<Function*>(dlsym(library.get(), symbol.c_str()));
    }

    Refusal away(const char* deed, int error) const {
        return refuse(problem(Exit::unreachable, "the NSS source {} does not answer {}: {}", name, deed,
                              error == 0 ? "unavailable" : std::strerror(error)));
    }

    // With a longer buffer as long as it asks for one. None: not found, or the end.
    template <typename Entry, typename Ask>
    auto ask(const char* deed, const Ask& ask_once) -> Answer<std::optional<decltype(to_record(Entry()))>> {
        for (;;) {
            Entry entry{};
            int error = 0;
            const auto status = ask_once(&entry, buffer.data(), buffer.size(), &error);
            if (status == NSS_STATUS_SUCCESS) return to_record(entry);
            if (status == NSS_STATUS_NOTFOUND) return std::nullopt;
            if (status != NSS_STATUS_TRYAGAIN || error != ERANGE || buffer.size() >= longest_buffer)
                return away(deed, error);
            buffer.resize(buffer.size() * 4);
        }
    }

    template <typename Entry>
    auto find(const char* deed, const std::string& wanted) {
        auto* by_name = function<ByName<Entry>>(deed);
        return ask<Entry>(deed, [&](Entry* entry, char* to, std::size_t size, int* error) {
            if (by_name != nullptr) return by_name(wanted.c_str(), entry, to, size, error);
            return NSS_STATUS_UNAVAIL;
        });
    }

    template <typename Entry>
    auto list(const char* start, const char* next, const char* end)
        -> Answer<std::vector<decltype(to_record(Entry()))>> {
        std::vector<decltype(to_record(Entry()))> all;
        auto* begin_it = function<Start>(start);
        auto* step = function<Next<Entry>>(next);
        auto* end_it = function<End>(end);
        if (begin_it == nullptr || step == nullptr || begin_it(0) != NSS_STATUS_SUCCESS) return all;
        for (;;) {
            auto entry = ask<Entry>(next, step);
            if (!entry) return refuse(std::move(entry).error());
            if (!*entry) break;
            all.push_back(**std::move(entry));
        }
        if (end_it != nullptr) end_it();
        return all;
    }
};

NssModule::NssModule(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
NssModule::NssModule(NssModule&&) noexcept = default;
NssModule::~NssModule() = default;

Answer<NssModule> NssModule::open(const std::string& name) {
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (!is_name)
        return refuse(problem(Exit::usage, "\"{}\" is no name of an NSS source", escaped(name))
                          .with_hint("a word of /etc/nsswitch.conf, such as sss")
                          .with_field("compare"));
    auto parts = std::make_unique<Parts>();
    parts->name = name;
    const auto file = fmt::format("libnss_{}.so.2", name);
    parts->library.reset(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!parts->library || parts->function<ByName<passwd>>("getpwnam_r") == nullptr)
        return refuse(problem(Exit::not_found, "there is no NSS source {} on this host ({} cannot be loaded)",
                              name, file)
                          .with_hint("a word of /etc/nsswitch.conf, such as sss")
                          .with_field("compare"));
    return NssModule(std::move(parts));
}

Answer<std::optional<NssUser>> NssModule::find_user(const std::string& name) {
    return parts_->find<passwd>("getpwnam_r", name);
}
Answer<std::optional<NssGroup>> NssModule::find_group(const std::string& name) {
    return parts_->find<group>("getgrnam_r", name);
}

// The module grows the list itself, by realloc.
Answer<std::optional<std::vector<gid_t>>> NssModule::groups_of(const NssUser& user) {
    auto* init = parts_->function<InitGroups>("initgroups_dyn");
    if (init == nullptr) return std::nullopt;
    long used = 1, size = 32;
    auto* list = static_cast<gid_t*>(std::malloc(static_cast<std::size_t>(size) * sizeof(gid_t)));
    if (list == nullptr) return parts_->away("initgroups_dyn", ENOMEM);
    list[0] = user.gid;
    int error = 0;
    const auto status = init(user.name.c_str(), user.gid, &used, &size, &list, -1, &error);
    const Handle<gid_t, std::free> owner(list);
    if (status != NSS_STATUS_SUCCESS && status != NSS_STATUS_NOTFOUND)
        return parts_->away("initgroups_dyn", error);
    return std::vector<gid_t>(list, list + used);
}

Answer<std::vector<NssUser>> NssModule::list_users() {
    return parts_->list<passwd>("setpwent", "getpwent_r", "endpwent");
}
Answer<std::vector<NssGroup>> NssModule::list_groups() {
    return parts_->list<group>("setgrent", "getgrent_r", "endgrent");
}

}  // namespace userd::ctl
