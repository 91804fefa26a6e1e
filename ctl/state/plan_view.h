// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secret.h"
#include "ctl/problem.h"

namespace userd::ctl {

// The reply of Apply, read.
struct PlanView {
    struct Change {
        std::string field;
        std::string before, after;  // as a person reads them; "-": not set
        std::vector<std::string> added, removed;
        bool is_list = false;
    };
    struct Kept {
        std::string group;
        std::int64_t until = 0;
    };
    struct Object {
        bool is_group = false;
        std::string name, was, deed, why;  // deed: create, change, suspend, delete
        std::vector<Change> changes;
        std::vector<Kept> kept;
        bool needs_prune = false;
    };
    struct Refusal {
        bool is_group = false;
        std::string object, name, message, hint, field;
    };
    std::string set;
    std::uint64_t unchanged = 0, generation = 0;
    bool changed = false;
    std::vector<Object> objects;
    std::vector<Refusal> problems;
    std::vector<std::string> notes;
};

Answer<PlanView> read_plan(std::string_view json);

// Where a field was written, for a person; empty: say nothing.
using OriginOf = std::function<std::string(const PlanView::Object& object, const std::string& field)>;

// As `diff` shows it: a head and a line for each object. `now`: for times.
std::string plan_text(const PlanView& plan, const OriginOf& origin, std::int64_t now);
// "1 created, 1 changed, 214 unchanged", in what was done or (dry) is to be done.
std::string plan_counts(const PlanView& plan, bool done);
// The JSON answer of diff and apply, with generated passwords by user.
std::string plan_json(const PlanView& plan, std::string_view reply, bool dry_run,
                      const std::map<std::string, Secret>& passwords, bool pretty);

}  // namespace userd::ctl
