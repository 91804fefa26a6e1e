// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a fuzz target once over each file of the folders (or files) given as arguments, so that the corpus is
// tested in every build, with any compiler and sanitizer. An empty corpus is a failure: it would test
// nothing.
#include <stdio.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());  // no spare byte behind it
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_regular_file(argv[i])) {
            replay(argv[i]);
            ++count;
            continue;
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
            if (!entry.is_regular_file()) continue;
            replay(entry.path());
            ++count;
        }
    }
    printf("%zu inputs replayed\n", count);
    return count == 0 ? 1 : 0;
}
