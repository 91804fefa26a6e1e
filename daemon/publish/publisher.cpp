// SPDX-License-Identifier: LGPL-2.1-or-later
// Two pairs of base and delta are in play: `pair_` is what this object holds and has written, `shown_` what
// readers are sent to. A step that fails in between leaves readers where they are, and the next publication
// goes on from `pair_`. Files go only after what replaced them is on the disk: after a power loss `control`
// may be an old one.
#include "daemon/publish/publisher.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/base/text.h"
#include "daemon/runtime/journal.h"
#include "daemon/runtime/memory.h"

namespace userd {
namespace {

using namespace publish;
using snapshot::Pair;

// base.N, delta.N.M, or something else.
std::optional<Pair> parse_name(const std::string& name) {
    const auto parts = split(name, '.');
    const bool is_base = parts.size() == 2 && parts[0] == "base";
    const bool is_delta = parts.size() == 3 && parts[0] == "delta";
    if (!is_base && !is_delta) return std::nullopt;
    const auto base = parse_number(parts[1]);
    const auto delta = is_delta ? parse_number(parts[2]) : 0;
    if (!base || !delta || *base > 0x7FFFFFFFU || *delta > 0xFFFFFFFFU) return std::nullopt;
    return Pair{static_cast<std::uint32_t>(*base), static_cast<std::uint32_t>(*delta)};
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (auto at = std::filesystem::directory_iterator(folder, error);
         !error && at != std::filesystem::directory_iterator(); at.increment(error))
        names.push_back(at->path().filename().string());
    return names;
}

Result<void> build_base(const PublicSource& source, const std::string& folder, std::uint32_t number) {
    const auto listing = TRY(source.open_listing());
    return write_base(folder, number, source.store_id(), *listing);
}

Result<void> make_durable(ControlFile& control, const std::string& folder, Pair pair) {
    if (pair.delta != 0) TRY(sync_file(delta_path(folder, pair.base, pair.delta)));
    TRY(sync_folder(folder));
    return control.set_durable(pair);
}

}  // namespace

Publisher::Publisher(std::string folder, PublicSource& source, Workers& workers)
    : Publisher(std::move(folder), source, workers, Limits{}) {}

Publisher::Publisher(std::string folder, PublicSource& source, Workers& workers, Limits limits)
    : folder_(std::move(folder)), source_(source), workers_(workers), limits_(limits) {}

Publisher::~Publisher() = default;

Result<void> Publisher::start() {
    TRY(make_folder());
    auto old = ControlFile::open(folder_);
    number_files(old);
    TRY(reuse_or_build(old));
    TRY(show_in_new_control(std::move(old)));
    verify_base();
    if (is_base_due()) build();
    return {};
}

Result<void> Publisher::rebuild() {
    alive_ = std::make_shared<bool>(true);  // what jobs under way have to say is of no use any more
    settling_ = building_ = verifying_ = false;
    TRY(make_folder());
    auto old = ControlFile::open(folder_);
    number_files(old);
    TRY(build_now());
    return show_in_new_control(std::move(old));
}

Result<void> Publisher::show_in_new_control(std::optional<ControlFile> old) {
    control_ = std::make_shared<ControlFile>(TRY(ControlFile::create(folder_, pair_, known_)));
    shown_ = durable_ = pair_;
    generation_ = known_;
    outdated_.clear();
    if (old) old->retire();
    remove_others();
    return {};
}

Result<void> Publisher::publish() {
    if (!control_) return start();  // it failed before
    const std::uint64_t now = TRY(source_.generation());
    if (now == generation_ && pair_ == shown_) return {};
    if (now != known_) TRY(refresh_delta());
    TRY(write_delta(NewFile::Sync::no));
    show();
    settle();
    if (is_base_due()) build();
    return {};
}

Result<void> Publisher::make_folder() const {
    if (::mkdir(folder_.c_str(), 0755) != 0 && errno != EEXIST) return system_error("create", folder_);
    const Fd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd || ::fchmod(fd.get(), 0755) != 0) return system_error("open", folder_);
    return {};
}

// Numbers that a reader may have seen are not given out again.
void Publisher::number_files(const std::optional<ControlFile>& old) {
    const auto take = [this](Pair pair) {
        last_base_ = std::max(last_base_, pair.base);
        last_delta_ = std::max(last_delta_, pair.delta);
    };
    if (old) take(old->current()), take(old->durable());
    for (const std::string& name : names_in(folder_))
        if (const auto pair = parse_name(name)) take(*pair);
}

Result<void> Publisher::reuse_or_build(const std::optional<ControlFile>& old) {
    const std::uint32_t candidate = old ? old->current().base : last_base_;
    if (candidate != 0) {
        auto reused = adopt(candidate);
        if (reused) reused = write_delta(NewFile::Sync::yes);
        if (reused) return reused;
        journal::notice("snapshot: base {} cannot be used ({}); making a new one", candidate,
                        reused.error().message);
    }
    return build_now();
}

// Makes base `number` the one to build upon. On an Error nothing changed.
Result<void> Publisher::adopt(std::uint32_t number) {
    Base base = TRY(Base::open(folder_, number));
    if (base.part.header().store_id != source_.store_id())
        return fail(Errc::not_supported, "it shows another store");
    auto changes = TRY(source_.changes_since(base.part.header().generation));
    delta_.clear();
    delta_bytes_ = 0;
    known_ = changes.generation;
    delta_.merge(std::move(changes));
    base_ = std::move(base);
    pair_ = {number, 0};
    return {};
}

Result<void> Publisher::build_now() {
    const std::uint32_t number = ++last_base_;
    TRY(build_base(source_, folder_, number));
    TRY(adopt(number));
    return write_delta(NewFile::Sync::yes);
}

Result<void> Publisher::refresh_delta() {
    auto changes = source_.changes_since(known_);
    if (!changes && changes.error().code == Errc::not_supported) return build_now();
    if (!changes) return fail(std::move(changes).error());
    known_ = changes->generation;
    delta_.merge(std::move(*changes));
    return {};
}

Result<void> Publisher::write_delta(NewFile::Sync sync) {
    if (delta_.empty()) return {};
    const std::uint32_t number = ++last_delta_;
    const std::string bytes = TRY(delta_.encode(base_.part, number, known_));
    NewFile file = TRY(NewFile::create(delta_path(folder_, pair_.base, number)));
    TRY(file.append(bytes));
    TRY(file.publish(sync));
    if (pair_.delta != 0 && pair_ != shown_)
        outdated_.push_back(delta_path(folder_, pair_.base, pair_.delta));
    delta_bytes_ = bytes.size();
    pair_.delta = number;
    return {};
}

// Old files of any run; readers that have them mapped keep them.
void Publisher::remove_others() const {
    for (const std::string& name : names_in(folder_)) {
        const auto pair = parse_name(name);
        const bool is_ours = pair && (*pair == pair_ || *pair == Pair{pair_.base, 0});
        const bool is_left_over = pair ? !is_ours : name.ends_with(".new");
        if (is_left_over) ::unlink((folder_ + "/" + name).c_str());
    }
}

void Publisher::show() {
    control_->show(pair_, known_);
    if (shown_.delta != 0 && shown_ != pair_)
        outdated_.push_back(delta_path(folder_, shown_.base, shown_.delta));
    if (shown_.base != pair_.base) outdated_.push_back(base_path(folder_, shown_.base));
    shown_ = pair_;
    generation_ = known_;
}

// One job at a time; what is shown meanwhile is settled by the next.
void Publisher::settle() {
    if (settling_ || durable_ == shown_) return;
    settling_ = true;
    auto job = [control = control_, folder = folder_, pair = shown_, files = outdated_] {
        const auto synced = make_durable(*control, folder, pair);
        if (synced)
            for (const std::string& file : files) ::unlink(file.c_str());
        return synced;
    };
    const std::size_t count = outdated_.size();
    workers_.run(std::move(job), [this, alive = std::weak_ptr(alive_), pair = shown_,
                                  count](const Result<void>& synced) {
        if (alive.expired()) return;
        settling_ = false;
        if (!synced) {
            journal::error("snapshot: {}; what is visible is not yet durable", synced.error().message);
            return;
        }
        const bool new_base = durable_.base != pair.base;
        durable_ = pair;
        if (new_base) forget();
        outdated_.erase(outdated_.begin(), outdated_.begin() + static_cast<std::ptrdiff_t>(count));
        settle();
    });
}

// A start builds upon the durable base, so what changed before it is asked for no more. Missing it once does
// no harm: the next base makes up for it.
void Publisher::forget() {
    if (durable_.base != pair_.base) return;
    const auto done = source_.forget(base_.part.header().generation);
    if (!done) journal::warning("snapshot: {}", done.error().message);
}

bool Publisher::is_base_due() const {
    return !building_ &&
           (delta_.records() > limits_.records * patience_ || delta_bytes_ > limits_.bytes * patience_);
}

void Publisher::build() {
    building_ = true;
    const std::uint32_t number = ++last_base_;
    workers_.run([&source = std::as_const(source_), folder = folder_,
                  number] { return build_base(source, folder, number); },
                 [this, alive = std::weak_ptr(alive_), number](const Result<void>& built) {
                     if (!alive.expired()) finish_building(number, built);
                 });
}

void Publisher::finish_building(std::uint32_t number, const Result<void>& built) {
    building_ = false;
    auto done = built;
    if (done) done = adopt(number);
    if (done) done = write_delta(NewFile::Sync::no);
    if (!done) {
        patience_ *= 2;
        journal::error("snapshot: making base {}: {}; the old one stays in use", number,
                       done.error().message);
        if (pair_.base != number) ::unlink(base_path(folder_, number).c_str());
        return;
    }
    patience_ = 1;
    show();
    settle();
    give_back_memory();  // the delta's, and what the worker's heap holds of the listing
    if (is_base_due()) build();
}

// `start` believes the header; the bytes are read at leisure.
void Publisher::verify_base() {
    verifying_ = true;
    workers_.run(
        [folder = folder_, number = pair_.base]() -> Result<bool> {
            const Base base = TRY(Base::open(folder, number));
            return base.part.is_whole();
        },
        [this, alive = std::weak_ptr(alive_), number = pair_.base](const Result<bool>& whole) {
            if (alive.expired()) return;
            verifying_ = false;
            if ((whole && *whole) || pair_.base != number) return;
            journal::error("snapshot: base {} is damaged; making a new one", number);
            if (!building_) build();
        });
}

}  // namespace userd
