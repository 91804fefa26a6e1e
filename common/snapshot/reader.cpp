// SPDX-License-Identifier: LGPL-2.1-or-later
// How a view is kept while others replace it, without a lock. A thread that looks up *pins* the active slot:
// it counts itself in, then looks again whether the slot is still the active one. A thread that installs a
// newer view first changes `active_`, and closes the old slot only when no pin is counted. Both sides write
// before they read, sequentially consistent, so at least one sees the other. A process of one thread skips
// the counting.
//
// A fork copies slots that another thread was opening or reading: they stay busy or pinned for ever in the
// child. That costs a slot, and when the static ones are used up, a page is mapped for another.
#include "common/snapshot/reader.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <time.h>

#include <new>

#include "common/snapshot/keep_errno.h"

namespace userd::snapshot {
namespace {

// Which second it is, to notice that another has begun; a clock that is set does no harm then. time(2) of the
// vDSO is one load, and a third of what the other coarse clocks cost.
std::int64_t this_second() {
    return ::time(nullptr);
}

std::atomic<std::int64_t> latest_wall_clock{0};

}  // namespace

std::int64_t wall_clock() {
    timespec now;
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::int64_t latest = latest_wall_clock.load(std::memory_order_relaxed);
    while (latest < now.tv_sec &&
           !latest_wall_clock.compare_exchange_weak(latest, now.tv_sec, std::memory_order_relaxed)) {
    }
    return latest < now.tv_sec ? now.tv_sec : latest;
}

std::uint64_t Reader::Slot::current_word() const {
    return __atomic_load_n(&static_cast<const Control*>(control.data)->current, __ATOMIC_ACQUIRE);
}

bool Reader::Slot::is_read() const {
    for (const Pin& pin : pins)
        if (pin.count.load(std::memory_order_seq_cst) != 0) return true;
    return false;
}

void Reader::Slot::close() {
    unmap(control);
    unmap(base);
    unmap(delta);
}

Reader::Lease Reader::lease() {
    for (;;) {
        Slot* slot = active_.load(std::memory_order_acquire);
        if (!slot) [[unlikely]] {
            const State state = open_first();
            if (state != State::ready) return Lease(state);
            continue;
        }
        Pin* pin = nullptr;
        if (__libc_single_threaded == 0) {
            const auto thread = static_cast<std::uint64_t>(::pthread_self()) * 0x9E3779B97F4A7C15U;
            pin = &slot->pins[(thread >> 32U) % pin_count];
            pin->count.fetch_add(1, std::memory_order_seq_cst);
            if (active_.load(std::memory_order_seq_cst) != slot) {
                pin->count.fetch_sub(1, std::memory_order_release);
                continue;
            }
        }
        if (is_fresh(*slot)) [[likely]]
            return {slot, pin};
        if (!refresh(*slot)) return {slot, pin};
        if (pin) pin->count.fetch_sub(1, std::memory_order_release);
    }
}

bool Reader::is_fresh(const Slot& slot) const {
    const std::uint64_t word = slot.current_word();
    return (word == slot.word || word == slot.refused.load(std::memory_order_relaxed)) &&
           this_second() == checked_.load(std::memory_order_relaxed);
}

// Opens a newer view than `held` when there is one. False: `held` is the one to use, also when the newer one
// cannot be opened (a chroot, no descriptors, a damaged file); that is tried again within a second or at the
// next change.
__attribute__((noinline)) bool Reader::refresh(Slot& held) {
    const KeepErrno keep;
    const std::int64_t now = this_second();
    std::int64_t checked = checked_.load(std::memory_order_relaxed);
    const bool due =
        now != checked && checked_.compare_exchange_strong(checked, now, std::memory_order_relaxed);
    const std::uint64_t word = held.current_word();
    const bool moved = word != held.word && (due || word != held.refused.load(std::memory_order_relaxed));
    if (due) reclaim();
    if (!moved && !(due && !is_control_of(held))) return false;

    Slot* slot = claim();
    if (!slot) return false;
    if (fill(*slot) != State::ready) {
        slot->use.store(Use::free, std::memory_order_release);
        held.refused.store(word, std::memory_order_relaxed);
        return false;
    }
    slot->use.store(Use::live, std::memory_order_release);
    Slot* expected = &held;
    if (!active_.compare_exchange_strong(expected, slot, std::memory_order_seq_cst)) {
        slot->use.store(Use::retired, std::memory_order_release);  // another thread was faster
    } else {
        held.use.store(Use::retired, std::memory_order_release);
    }
    reclaim();
    return true;
}

__attribute__((noinline)) Reader::State Reader::open_first() {
    const KeepErrno keep;
    Slot* slot = claim();
    if (!slot) return State::unavailable;
    const State state = fill(*slot);
    if (state != State::ready) {
        slot->use.store(Use::free, std::memory_order_release);
        return state;
    }
    checked_.store(this_second(), std::memory_order_relaxed);
    slot->use.store(Use::live, std::memory_order_release);
    Slot* expected = nullptr;
    if (!active_.compare_exchange_strong(expected, slot, std::memory_order_seq_cst)) {
        slot->use.store(Use::retired, std::memory_order_release);
        reclaim();
    }
    return State::ready;
}

// Whether the control at the path is the one that the slot maps. When there is none, there is nothing newer.
bool Reader::is_control_of(const Slot& slot) const {
    struct stat info;
    if (::stat(Path::control(folder_).text(), &info) != 0) return true;
    return info.st_dev == slot.control.device && info.st_ino == slot.control.inode;
}

// Files may go between reading the control and opening them: then the control has moved on, so look again.
Reader::State Reader::fill(Slot& slot) const {
    for (int i = 0; i < 8; ++i) {
        bool moved = false;
        const State state = fill_once(slot, moved);
        if (state == State::ready) return state;
        slot.close();
        if (!moved) return state;
    }
    return State::unavailable;
}

Reader::State Reader::fill_once(Slot& slot, bool& moved) const {
    const Opened opened = map_file(Path::control(folder_).text(), own_, slot.control);
    if (opened == Opened::missing && folder_is_absent()) return State::absent;
    if (opened != Opened::ok || slot.control.size != control_size) return State::unavailable;
    const auto* control = static_cast<const Control*>(slot.control.data);
    if (control->magic != control_magic || control->version != format_version) return State::unavailable;

    slot.word = slot.current_word();
    slot.refused.store(slot.word, std::memory_order_relaxed);
    const std::uint64_t durable = __atomic_load_n(&control->durable, __ATOMIC_ACQUIRE);
    if ((slot.word & retired_bit) != 0) {
        moved = !is_control_of(slot);
        return State::unavailable;
    }
    if (!open_pair(slot, Pair::of(slot.word))) {
        moved = slot.current_word() != slot.word;
        if (moved || durable == slot.word || !open_pair(slot, Pair::of(durable))) return State::unavailable;
    }
    slot.local_groups.clear();
    if (slot.view.needs_local_groups()) read_local_groups(local_groups_, own_, slot.local_groups);
    return State::ready;
}

bool Reader::open_pair(Slot& slot, Pair pair) const {
    unmap(slot.base);
    unmap(slot.delta);
    Part base, delta;
    if (map_file(Path::base(folder_, pair.base).text(), own_, slot.base) != Opened::ok ||
        !base.open(slot.base.data, slot.base.size) || base.header().base != pair.base)
        return false;
    if (pair.delta != 0 &&
        (map_file(Path::delta(folder_, pair.base, pair.delta).text(), own_, slot.delta) != Opened::ok ||
         !delta.open(slot.delta.data, slot.delta.size) || !delta.is_whole() ||
         delta.header().delta != pair.delta))
        return false;
    return slot.view.open(base, delta);
}

bool Reader::folder_is_absent() const {
    struct stat info;
    return ::stat(folder_, &info) != 0 && errno == ENOENT;
}

template <typename Visit>
void Reader::for_each_slot(Visit visit) {
    for (Slot& slot : slots_)
        if (visit(slot)) return;
    for (Slot* slot = more_.load(std::memory_order_acquire); slot; slot = slot->next)
        if (visit(*slot)) return;
}

Reader::Slot* Reader::claim() {
    Slot* claimed = nullptr;
    for_each_slot([&](Slot& slot) {
        Use expected = Use::free;
        if (slot.use.compare_exchange_strong(expected, Use::busy, std::memory_order_acquire)) claimed = &slot;
        return claimed != nullptr;
    });
    if (claimed) return claimed;

    static_assert(sizeof(Slot) <= 4096);
    void* page = ::mmap(nullptr, sizeof(Slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return nullptr;
    claimed = ::new (page) Slot;
    claimed->use.store(Use::busy, std::memory_order_relaxed);
    claimed->next = more_.load(std::memory_order_relaxed);
    while (!more_.compare_exchange_weak(claimed->next, claimed, std::memory_order_release)) {
    }
    return claimed;
}

void Reader::reclaim() {
    for_each_slot([&](Slot& slot) {
        Use expected = Use::retired;
        if (!slot.use.compare_exchange_strong(expected, Use::busy, std::memory_order_acquire)) return false;
        const bool is_read = slot.is_read();
        if (!is_read) slot.close();
        slot.use.store(is_read ? Use::retired : Use::free, std::memory_order_release);
        return false;
    });
}

}  // namespace userd::snapshot
