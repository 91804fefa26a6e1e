// SPDX-License-Identifier: LGPL-2.1-or-later
#include "daemon/homes/homes_yaml.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "common/base/fd.h"
#include "common/base/text.h"
#include "common/names.h"
#include "daemon/config/scalars.h"
#include "daemon/config/yaml_tree.h"

namespace userd::homes {
namespace {

constexpr off_t max_file_size = 64 << 10;

Result<IdRange> read_range(const YamlNode& node) {
    const IdRange range = TRY(parse_id_range(node.text));
    const IdRange reserved[] = {
        {0, 999}, {60001, 60577}, {61184, 65519}, {65534, 65535}, {0x80000000U, 0xFFFFFFFFU}};
    for (const IdRange& kept : reserved)
        if (range.first <= kept.last && kept.first <= range.last)
            return fail(Errc::invalid, "{} holds ids that are never a user's ({})", to_text(range),
                        to_text(kept));
    return range;
}

Result<std::string> read_path(const YamlNode& node) {
    const std::string& text = node.text;
    const auto parts = split(std::string_view(text).substr(text.empty() ? 0 : 1), '/');
    const bool plain =
        text.size() > 1 && text[0] == '/' && std::none_of(parts.begin(), parts.end(), [](auto part) {
            return part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos;
        });
    if (!plain) return fail(Errc::invalid, "\"{}\" is not an absolute path without . and ..", escaped(text));
    return text;
}

// A list, or one value in place of a list of one.
template <typename T>
Result<void> read_list(const YamlNode& node, Result<T> (*read)(const YamlNode&), std::vector<T>& into) {
    if (node.kind == YamlNode::Kind::scalar) {
        into.push_back(TRY(read(node)));
        return {};
    }
    if (node.kind != YamlNode::Kind::sequence) return fail(Errc::invalid, "a list is expected here");
    for (const YamlNode& item : node.items) {
        if (item.kind != YamlNode::Kind::scalar)
            return fail(Errc::invalid, "a list of values is expected here");
        into.push_back(TRY(read(item)));
    }
    return {};
}

Result<void> read_key(const YamlNode::Entry& entry, Limits& limits) {
    if (entry.key.text == "ids") return read_list(entry.value, read_range, limits.ids);
    if (entry.key.text == "roots") return read_list(entry.value, read_path, limits.roots);
    if (entry.key.text == "scan") return read_list(entry.value, read_path, limits.scan);
    if (entry.key.text == "adopt") {
        if (entry.value.kind != YamlNode::Kind::scalar)
            return fail(Errc::invalid, "yes or no is expected here");
        limits.adopt = TRY(parse_bool(entry.value.text));
        return {};
    }
    return fail(Errc::invalid, "unknown key (ids, roots, scan and adopt are known)");
}

}  // namespace

bool Limits::allows(std::uint32_t id) const {
    return !is_reserved_id(id) &&
           std::any_of(ids.begin(), ids.end(), [id](const IdRange& range) { return range.contains(id); });
}

Result<Limits> parse_limits(std::string_view text, const std::string& file_name) {
    const YamlDocument document = parse_yaml(text, file_name);
    if (!document.problems.empty()) return fail(Errc::invalid, "{}", to_text(document.problems.front()));
    const YamlNode& root = document.root;
    if (root.kind != YamlNode::Kind::mapping)
        return fail(Errc::invalid, "{}: a table of keys is expected", file_name);
    Limits limits;
    for (const auto& entry : root.entries)
        if (const auto read = read_key(entry, limits); !read)
            return fail(Errc::invalid, "{}:{}:{}: {}: {}", file_name, entry.key.line, entry.key.column,
                        escaped(entry.key.text), read.error().message);
    for (const std::string_view key : {"ids", "roots", "scan", "adopt"})
        if (std::none_of(root.entries.begin(), root.entries.end(),
                         [&](const auto& e) { return e.key.text == key; }))
            return fail(Errc::invalid, "{}: the key {} is missing", file_name, key);
    return limits;
}

Result<Limits> load_limits(const std::string& root) {
    const std::string folder_name = root + "/etc/userd", name = folder_name + "/homes.yaml";
    const auto not_ours = [&](const struct stat& status) {
        return status.st_uid != 0 || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    };
    const Fd folder(::open(folder_name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!folder || fstat(folder.get(), &status) != 0)
        return fail(Errc::unavailable, "{}: {}", folder_name, std::strerror(errno));
    if (not_ours(status)) return fail(Errc::denied, "{}: only root may own or write it", folder_name);
    const Fd fd(::openat(folder.get(), "homes.yaml", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd || fstat(fd.get(), &status) != 0)
        return fail(Errc::unavailable, "{}: {}", name, std::strerror(errno));
    if (!S_ISREG(status.st_mode) || not_ours(status))
        return fail(Errc::denied, "{}: only a file that root alone may write is believed", name);
    if (status.st_size > max_file_size) return fail(Errc::invalid, "{}: larger than 64 KiB", name);
    std::string text(static_cast<std::size_t>(max_file_size), '\0');
    const ssize_t size = pread(fd.get(), text.data(), text.size(), 0);
    if (size < 0) return fail(Errc::io, "read {}: {}", name, std::strerror(errno));
    text.resize(static_cast<std::size_t>(size));
    return parse_limits(text, name);
}

}  // namespace userd::homes
