// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "daemon/model/user.h"

// The words by which the enumerations of the model stand in the store, on the bus and in userctl.
namespace userd {

template <typename Enum>
struct Words;

template <>
struct Words<UserState> {
    static constexpr std::array<std::pair<UserState, std::string_view>, 3> table{
        {{UserState::pending, "pending"},
         {UserState::active, "active"},
         {UserState::suspended, "suspended"}}};
};

template <>
struct Words<MfaPolicy> {
    static constexpr std::array<std::pair<MfaPolicy, std::string_view>, 4> table{
        {{MfaPolicy::inherit, "inherit"},
         {MfaPolicy::off, "off"},
         {MfaPolicy::optional, "optional"},
         {MfaPolicy::required, "required"}}};
};

template <>
struct Words<UserKind> {
    static constexpr std::array<std::pair<UserKind, std::string_view>, 3> table{
        {{UserKind::person, "person"}, {UserKind::service, "service"}, {UserKind::sftp, "sftp"}}};
};

template <typename Enum>
constexpr std::string_view to_word(Enum value) {
    for (const auto& [known, word] : Words<Enum>::table)
        if (known == value) return word;
    return {};
}

template <typename Enum>
constexpr std::optional<Enum> parse_word(std::string_view text) {
    for (const auto& [value, word] : Words<Enum>::table)
        if (word == text) return value;
    return std::nullopt;
}

}  // namespace userd
