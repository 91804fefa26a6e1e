// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"

namespace userd {

// One YAML node with its place. Scalars stay text: what `off`, `010` or `2026-01-01` mean is the schema's
// word.
struct YamlNode {
    enum class Kind { null, scalar, sequence, mapping };
    struct Entry;

    Kind kind = Kind::null;
    std::string text;               // scalar
    bool quoted = false;            // scalar in quotes or a block
    unsigned line = 1, column = 1;  // from 1
    std::vector<YamlNode> items;    // sequence
    std::vector<Entry> entries;     // mapping, in the order of the file, keys unique
};
struct YamlNode::Entry {
    YamlNode key;  // a scalar
    YamlNode value;
};

struct YamlDocument {
    YamlNode root;                        // null for an empty text
    std::vector<ConfigProblem> problems;  // syntax, doubled keys, anchors, tags, depth, size
};

// Takes the items of the lists that stand under the document's own keys (users: [ITEM, …]) as they are read,
// so that a file of many need not be in memory as a tree: `list` is the key. False: the item stays in the
// tree.
using YamlItemTaker = std::function<bool(const std::string& list, YamlNode& item)>;

// Reads one document with yaml-cpp's events: its node tree merges doubled keys and turns 0755 into 493.
YamlDocument parse_yaml(std::string_view text, const std::string& file_name, const YamlItemTaker& take = {});

// The line of the text and a mark of `length` characters under its column.
std::string excerpt(std::string_view text, unsigned line, unsigned column, std::size_t length);

}  // namespace userd
