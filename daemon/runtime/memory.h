// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace userd {

// Gives back to the host what was freed and is still ours: one small block at the end of a heap keeps all of
// it. For the end of what grows with a file or with the directory; takes some milliseconds. Any thread.
void give_back_memory();

}  // namespace userd
