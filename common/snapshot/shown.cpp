// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/snapshot/shown.h"

#include "common/snapshot/format.h"

namespace userd::snapshot {

Shown::Shown(const char* folder, uid_t own) : path_(folder) {
    if (!map(Path::control(folder), own, control_)) return;
    const auto* control = static_cast<const Control*>(control_.data);
    if (control_.size != control_size || control->magic != control_magic ||
        control->version != format_version)
        return;
    const auto pair = Pair::of(__atomic_load_n(&control->current, __ATOMIC_ACQUIRE));
    generation_ = __atomic_load_n(&control->generation, __ATOMIC_ACQUIRE);
    Part base, delta;
    if (!map(Path::base(folder, pair.base), own, base_) || !base.open(base_.data, base_.size)) return;
    if (pair.delta != 0 && (!map(Path::delta(folder, pair.base, pair.delta), own, delta_) ||
                            !delta.open(delta_.data, delta_.size)))
        return;
    is_open_ = view_.open(base, delta);
}

Shown::~Shown() {
    for (auto* mapping : {&control_, &base_, &delta_})
        if (mapping->data != nullptr) unmap(*mapping);
}

bool Shown::map(const Path& path, uid_t own, Mapping& mapping) {
    path_ = path;
    opened_ = map_file(path.text(), own, mapping);
    return opened_ == Opened::ok;
}

bool Shown::is_whole() const {
    return view_.base().is_whole() && (!view_.delta().is_open() || view_.delta().is_whole());
}

}  // namespace userd::snapshot
