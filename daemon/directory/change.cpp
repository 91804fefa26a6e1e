// SPDX-License-Identifier: LGPL-2.1-or-later
// The one way in which the directory changes: transaction, audit record, publication, listeners.
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "common/base/json.h"
#include "daemon/directory/impl.h"
#include "daemon/model/value_json.h"
#include "daemon/runtime/journal.h"

namespace userd {

namespace {

// Fields that say nothing about what was done.
bool is_telling(std::string_view name) {
    return name != "generation" && name != "updated_at";
}

// The fields of `one` that the other has not, or otherwise, as a member of an object: ,"name":{…}
void append_differing(std::string& json, std::string_view name, const Fields& one, const Fields& other) {
    const auto start = json.size();
    for (const auto& [field, value] : one) {
        const auto there = other.find(field);
        if (!is_telling(field) || (there != other.end() && there->second == value)) continue;
        if (json.size() == start)
            json += fmt::format("{}\"{}\":{{", json.back() == '{' ? "" : ",", name);
        else
            json += ',';
        append_json_string(json, field);
        json += ':';
        append_json(json, value);
    }
    if (json.size() != start) json += '}';
}

std::string difference(const Fields& before, const Fields& after) {
    std::string json = "{";
    append_differing(json, "after", after, before);
    append_differing(json, "before", before, after);
    return json + '}';
}

}  // namespace

Result<void> Work::audit(std::string_view action, std::string_view subject, ObjectId id, const Fields& before,
                         const Fields& after, std::string_view reason) {
    auto entry = store::entry_by(actor, now, action, subject);
    entry.subject_id = id;
    entry.txn = TRY(generation());
    entry.reason = reason;
    entry.detail = difference(before, after);
    TRY(store_.audit().append(entry));
    return {};
}

Result<void> Directory::Impl::open_enrolments(Work& work) {
    if (TRY(work.enrolments.open())) TRY(work.generation());
    return {};
}

// Who is bound learns of nobody whether they have codes.
void Directory::Impl::add_enrolments(const Work& work, Fields& record) {
    if (work.enrolments.opened() == 0 || work.is_bound()) return;
    record["enrolments_opened"] = static_cast<std::int64_t>(work.enrolments.opened());
    record["enrol_until"] = to_unix(work.enrolments.end());
}

Result<void> Directory::Impl::check_generation(const ChangeOptions& options) const {
    if (!options.generation || *options.generation == store.generation()) return {};
    return fail(Error{Errc::generation_conflict,
                      fmt::format("the directory is at generation {}, not {}: it was changed meanwhile",
                                  store.generation(), *options.generation),
                      "reading it again", ""});
}

Result<void> Directory::Impl::publish_and_tell() {
    const auto published = publish ? publish() : Result<void>();
    std::set<std::tuple<bool, std::uint32_t, std::string, std::string>> told;  // of a batch's many, each once
    for (const auto& event : std::exchange(events, {}))
        if (told.emplace(event.is_group, event.number, event.role, event.change).second)
            for (const auto& listener : listeners) listener(event);
    store.tell();
    if (published) return {};
    return fail(Error{
        Errc::unavailable,
        fmt::format("the change is stored, but lookups do not show it yet: {}", published.error().message),
        "the next change, or a restart of userd, shows it", ""});
}

Result<Outcome> Directory::Impl::change(const Actor& actor, const ChangeOptions& options, const Body& body) {
    const bool is_part = store.is_joint();
    if (is_part) pulse.beat();
    if (!is_part && host.changed()) TRY(host.read());
    auto change = TRY(store.begin());
    TRY(check_generation(options));
    // The end of a batch asks for all of its parts.
    const auto guard = TRY(LastWayIn::before(way_in, is_part || options.allow_lockout));
    Work work(store, *config, actor, options, clock.now());
    Outcome outcome;
    outcome.record = TRY(body(work));
    TRY(open_enrolments(work));
    outcome.changed = work.changed();
    if (outcome.changed) {
        TRY(check_mfa_policies(work));
        TRY(guard.after());
    }
    if (!outcome.changed || options.dry_run) return outcome;
    TRY(change.commit());
    std::move(work.events.begin(), work.events.end(), std::back_inserter(events));
    if (!is_part) TRY(publish_and_tell());
    return outcome;
}

Result<bool> Directory::batch(const ChangeOptions& options, const std::function<Result<void>()>& body) {
    auto& impl = *impl_;
    if (impl.host.changed()) TRY(impl.host.read());
    auto whole =
        TRY(impl.store.begin_joint(options.told_again ? store::Purpose::mirror : store::Purpose::change));
    TRY(impl.check_generation(options));
    const auto guard = TRY(LastWayIn::before(impl.way_in, options.allow_lockout));
    const auto told_before = impl.events.size();  // of batches that were kept back
    const auto done = [&]() -> Result<bool> {
        TRY(body());
        const bool changed = whole.has_parts();
        if (changed) TRY(guard.after());
        if (changed && !options.dry_run) TRY(whole.commit());
        return changed;
    }();
    if (!done || !*done || options.dry_run)
        impl.events.resize(told_before);
    else if (!options.keep_back)
        TRY(impl.publish_and_tell());
    return done;
}

}  // namespace userd
