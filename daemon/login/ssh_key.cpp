// SPDX-License-Identifier: LGPL-2.1-or-later
// AUTHORIZED_KEYS FILE FORMAT of sshd(8): [options] type base64 [comment].
#include "daemon/login/ssh_key.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/text.h"

namespace userd {
namespace {

constexpr std::size_t longest_line = 8192;

constexpr std::array<std::string_view, 7> key_types = {"ssh-ed25519",
                                                       "ecdsa-sha2-nistp256",
                                                       "ecdsa-sha2-nistp384",
                                                       "ecdsa-sha2-nistp521",
                                                       "sk-ssh-ed25519@openssh.com",
                                                       "sk-ecdsa-sha2-nistp256@openssh.com",
                                                       "ssh-rsa"};
constexpr std::array<std::string_view, 13> plain_options = {"restrict",
                                                            "no-pty",
                                                            "no-port-forwarding",
                                                            "no-agent-forwarding",
                                                            "no-x11-forwarding",
                                                            "no-user-rc",
                                                            "pty",
                                                            "port-forwarding",
                                                            "agent-forwarding",
                                                            "x11-forwarding",
                                                            "user-rc",
                                                            "verify-required",
                                                            "no-touch-required"};
constexpr std::array<std::string_view, 3> valued_options = {"command", "permitopen", "permitlisten"};

template <typename List>
bool holds(const List& list, std::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

// Where the text up to an unquoted `end` ends; a quote may be escaped with a backslash. None: a quote is
// open.
std::optional<std::size_t> unquoted(std::string_view text, char end) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"')
            ++i;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == end)
            return i;
    }
    return quoted ? std::nullopt : std::optional(text.size());
}

std::string_view take_word(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const auto word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

// YYYYMMDD[HHMM[SS]][Z]; without Z it would be sshd's local time, which UTC hosts share.
std::optional<Time> parse_expiry(std::string_view text) {
    if (text.ends_with('Z')) text.remove_suffix(1);
    if (text.size() != 8 && text.size() != 12 && text.size() != 14) return std::nullopt;
    const auto part = [&](std::size_t at, std::size_t size) -> unsigned {
        if (at >= text.size()) return 0;
        return static_cast<unsigned>(parse_number(text.substr(at, size)).value_or(9999));
    };
    if (!parse_number(text)) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(part(0, 4))),
                                          std::chrono::month(part(4, 2)), std::chrono::day(part(6, 2))};
    if (!day.ok() || part(8, 2) > 23 || part(10, 2) > 59 || part(12, 2) > 60) return std::nullopt;
    return Time(std::chrono::sys_days(day)) + std::chrono::hours(part(8, 2)) +
           std::chrono::minutes(part(10, 2)) + std::chrono::seconds(part(12, 2));
}

Failure bad(std::string why) {
    return fail(Error{Errc::invalid, std::move(why), "give the one line of a .pub file", "ssh_key"});
}

Result<void> add_option(SshKey& key, std::string_view option) {
    const std::size_t equals = option.find('=');
    const std::string name = lowered(option.substr(0, equals));
    if (equals == std::string_view::npos) {
        if (!holds(plain_options, name)) return bad(fmt::format("the option {} is not taken", escaped(name)));
    } else {
        std::string_view value = option.substr(equals + 1);
        if (value.size() < 2 || value.front() != '"' || value.back() != '"')
            return bad(fmt::format("the value of the option {} is not quoted", escaped(name)));
        value = value.substr(1, value.size() - 2);
        if (name == "from") {
            if (!is_source_list(value)) return bad("from= is not a list of addresses and patterns");
            key.sources = value;
            return {};
        }
        if (name == "expiry-time") {
            key.expires = parse_expiry(value);
            if (!key.expires) return bad("expiry-time= is not a time (as in 20301231)");
            return {};
        }
        if (!holds(valued_options, name))
            return bad(fmt::format("the option {} is not taken", escaped(name)));
    }
    if (!key.options.empty()) key.options += ',';
    key.options += option;
    return {};
}

Result<void> add_options(SshKey& key, std::string_view text) {
    while (!text.empty()) {
        const auto end = unquoted(text, ',');
        if (!end) return bad("a quote in the options is not closed");
        TRY(add_option(key, text.substr(0, *end)));
        text = *end < text.size() ? text.substr(*end + 1) : std::string_view();
    }
    return {};
}

// The blob names its own type (RFC 4253 §6.6); a line that says another is forged or broken.
Result<std::string> fingerprint_of(std::string_view type, std::string_view base64) {
    if (base64.empty()) return bad("there is no key behind its type");
    std::vector<unsigned char> blob(base64.size());
    std::size_t size = 0;
    if (sodium_base642bin(blob.data(), blob.size(), base64.data(), base64.size(), nullptr, &size, nullptr,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return bad("the key is not base 64");
    const auto* bytes = blob.data();
    const bool names_type = size > 4 + type.size() + 32 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 &&
                            bytes[3] == type.size() && std::equal(type.begin(), type.end(), blob.begin() + 4);
    if (!names_type) return bad(fmt::format("the key is not one of the kind {}", type));
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, blob.data(), size);
    char text[sodium_base64_ENCODED_LEN(sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];
    sodium_bin2base64(text, sizeof text, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    return std::string("SHA256:") + text;
}

}  // namespace

bool is_source_list(std::string_view text) {
    return !text.empty() && text.size() <= 1024 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(".:/*?!,_-").find(c) != std::string_view::npos;
    });
}

Result<SshKey> SshKey::parse(std::string_view line) {
    line = trimmed(line);
    if (line.ends_with('\n')) line = trimmed(line.substr(0, line.size() - 1));
    if (line.size() > longest_line || !is_utf8(line) || escaped(line).find("\\x") != std::string::npos)
        return bad("a public key is one line of text");
    SshKey key;
    std::string_view rest = line;
    if (!holds(key_types, line.substr(0, line.find_first_of(" \t")))) {
        const auto end = unquoted(line, ' ');
        if (!end || *end == line.size()) return bad("that is not a public key");
        TRY(add_options(key, line.substr(0, *end)));
        rest = trimmed(line.substr(*end));
    }
    key.type = take_word(rest);
    if (!holds(key_types, key.type))
        return bad(fmt::format("keys of the kind {} are not taken", escaped(key.type)));
    key.key = take_word(rest);
    key.comment = rest;
    key.fingerprint = TRY(fingerprint_of(key.type, key.key));
    return key;
}

std::string authorized_keys_line(const store::SshKeyRecord& key) {
    std::string options = key.options;
    if (!key.sources.empty())
        options += fmt::format("{}from=\"{}\"", options.empty() ? "" : ",", key.sources);
    return fmt::format("{}{}{} {}{}{}", options, options.empty() ? "" : " ", key.type, key.key,
                       key.comment.empty() ? "" : " ", key.comment);
}

}  // namespace userd
