// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>

#include "common/snapshot/files.h"
#include "common/snapshot/format.h"
#include "common/snapshot/local_groups.h"
#include "common/snapshot/view.h"

namespace userd::snapshot {

// Wall-clock seconds for ends of memberships. Never falls within a process: what was seen ended stays ended.
std::int64_t wall_clock();

// Keeps the newest view of a snapshot folder mapped and hands out leases on it. For any number of threads, in
// any process: no lock, so a fork at any moment leaves nothing held; no system call while nothing changed but
// one stat a second; nothing to clean up at exit. Make one, with static storage.
class Reader {
    // Readers of one view in some threads; several, so that threads on different cores do not share a line.
    struct alignas(64) Pin {
        std::atomic<std::uint32_t> count{0};
    };
    static constexpr std::size_t pin_count = 8;
    enum class Use : std::uint32_t {
        free,
        busy,     // one thread opens or closes it
        live,     // open; the active one, or about to be
        retired,  // open, not active; closed when nobody reads it
    };
    struct Slot {
        std::atomic<Use> use{Use::free};
        // `current` of the control when this was opened, and one that was tried since, in vain.
        std::uint64_t word = 0;
        std::atomic<std::uint64_t> refused{0};
        View view;
        LocalGroups local_groups;
        Mapping control, base, delta;
        Slot* next = nullptr;  // of those beyond the first few
        Pin pins[pin_count];

        std::uint64_t current_word() const;
        bool is_read() const;
        void close();
    };

 public:
    // The texts must outlive the reader. `own`: a uid whose files are trusted beside the system's.
    constexpr Reader(const char* folder, const char* local_groups, uid_t own)
        : folder_(folder), local_groups_(local_groups), own_(own) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    enum class State : std::uint8_t {
        ready,
        absent,       // no snapshot folder at all: userd never ran here
        unavailable,  // nothing there that can be trusted, and no view held
    };

    // A view that stays mapped as long as the lease lives; leave it soon, within one lookup.
    class Lease {
     public:
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        ~Lease() {
            if (pin_) pin_->count.fetch_sub(1, std::memory_order_release);
        }
        State state() const { return state_; }
        const View& view() const { return slot_->view; }  // ready only
        const LocalGroups& local_groups() const { return slot_->local_groups; }

     private:
        friend class Reader;
        explicit Lease(State state) : state_(state) {}
        Lease(const Slot* slot, Pin* pin) : state_(State::ready), slot_(slot), pin_(pin) {}
        State state_;
        const Slot* slot_ = nullptr;
        Pin* pin_ = nullptr;
    };
    Lease lease();

 private:
    bool is_fresh(const Slot& slot) const;
    bool refresh(Slot& held);
    State open_first();
    bool is_control_of(const Slot& slot) const;
    State fill(Slot& slot) const;
    State fill_once(Slot& slot, bool& moved) const;
    bool open_pair(Slot& slot, Pair pair) const;
    bool folder_is_absent() const;
    Slot* claim();
    void reclaim();
    template <typename Visit>
    void for_each_slot(Visit visit);

    const char* folder_;
    const char* local_groups_;
    uid_t own_;
    std::atomic<std::int64_t> checked_{0};  // the second in which somebody last looked at the path
    std::atomic<Slot*> active_{nullptr};
    std::atomic<Slot*> more_{nullptr};
    Slot slots_[3];
};

}  // namespace userd::snapshot
