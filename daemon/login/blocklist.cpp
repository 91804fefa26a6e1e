// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes through the list twice: to count, so that not a byte more than needed is ever held, and to fill in.
// The first 16 bits of a hash choose a drawer, the next 32 are kept in it, sorted.
#include "daemon/login/blocklist.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <vector>

#include "daemon/login/password_hash.h"

namespace userd {
namespace {

constexpr std::size_t drawers = 1U << 16;
constexpr std::size_t piece_size = 256 * 1024;

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Calls `each` with the lines of a text that comes in pieces, without their ends. Those that are longer than
// any password are left out.
template <typename Each>
class LineCutter {
 public:
    explicit LineCutter(Each each) : each_(std::move(each)) {}
    void feed(std::string_view piece) {
        for (std::size_t end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
            add(piece.substr(0, end));
            finish();
            piece.remove_prefix(end + 1);
        }
        add(piece);
    }
    void finish() {
        if (!too_long_ && !line_.empty() && line_.back() == '\r') line_.pop_back();
        if (!too_long_ && line_.size() <= max_password) each_(line_);
        line_.clear();
        too_long_ = false;
    }

 private:
    void add(std::string_view part) {
        too_long_ = too_long_ || line_.size() + part.size() > max_password + 1;
        if (!too_long_) line_ += part;
    }

    Each each_;
    std::string line_;
    bool too_long_ = false;
};

}  // namespace

struct Blocklist::Table {
    std::array<std::uint8_t, crypto_shorthash_KEYBYTES> key;
    std::vector<std::uint32_t> ends = std::vector<std::uint32_t>(drawers);  // of each drawer
    std::vector<std::uint32_t> kept;

    Table() { crypto_shorthash_keygen(key.data()); }

    std::uint64_t hash(std::string_view folded_text) const {
        std::uint64_t value = 0;
        crypto_shorthash(reinterpret_cast<unsigned char*>(&value),
                         reinterpret_cast<const unsigned char*>(folded_text.data()), folded_text.size(),
                         key.data());
        return value;
    }
    static std::size_t drawer(std::uint64_t hash) { return hash >> 48; }
    static std::uint32_t rest(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 16); }
    auto begin_of(std::size_t at) { return kept.begin() + (at == 0 ? 0 : ends[at - 1]); }
    auto end_of(std::size_t at) { return kept.begin() + ends[at]; }

    // Calls `each` with the hash of each line that counts.
    template <typename Each>
    Result<void> walk(const Source& source, Each each) const {
        LineCutter lines([&](std::string& line) {
            if (is_ascii(line)) {
                for (char& c : line)
                    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
                if (line.size() >= shortest_line) each(hash(line));
            } else {
                const Secret text = folded(Secret(std::string_view(line)));
                if (text.size() >= shortest_line) each(hash(text.text()));
            }
        });
        for (std::uint64_t offset = 0;;) {
            const auto piece = TRY(source(offset));
            if (piece.empty()) break;
            lines.feed(piece);
            offset += piece.size();
        }
        lines.finish();
        return {};
    }

    Result<void> fill(const Source& source, std::size_t most) {
        std::size_t count = 0;
        TRY(walk(source, [&](std::uint64_t hash) {
            if (++count <= most) ++ends[drawer(hash)];
        }));
        if (count > most)
            return fail(Errc::limits, "the blocklist has more than {} lines of at least {} bytes", most,
                        shortest_line);
        for (std::size_t i = 1; i < drawers; ++i) ends[i] += ends[i - 1];
        kept.resize(count);
        auto places = ends;  // filled from behind
        bool same = true;
        TRY(walk(source, [&](std::uint64_t hash) {
            const std::size_t at = drawer(hash);
            same = same && places[at] > (at == 0 ? 0 : ends[at - 1]);
            if (same) kept[--places[at]] = rest(hash), --count;
        }));
        if (!same || count != 0)
            return fail(Errc::unavailable, "the blocklist was changed while it was read");
        for (std::size_t i = 0; i < drawers; ++i) std::sort(begin_of(i), end_of(i));
        return {};
    }

    bool holds(std::uint64_t hash) {
        const std::size_t at = drawer(hash);
        return std::binary_search(begin_of(at), end_of(at), rest(hash));
    }
};

Blocklist::Blocklist(Source source, std::size_t most) : source_(std::move(source)), most_(most) {}
Blocklist::~Blocklist() = default;

Result<std::shared_ptr<const Blocklist>> Blocklist::open(const std::string& path, std::uint32_t owner) {
    auto file = std::make_shared<Fd>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat about {};
    if (!*file || fstat(file->get(), &about) != 0)
        return fail(Errc::unavailable, "read the blocklist {}: {}", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) return fail(Errc::denied, "the blocklist {} is not a regular file", path);
    const bool is_roots = about.st_uid == 0 || about.st_uid == owner;
    if (!is_roots || (about.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return fail(Error{Errc::denied,
                          fmt::format("the blocklist {} could be written by others than root", path),
                          fmt::format("chown root {0} && chmod go-w {0}", path),
                          {}});
    auto buffer = std::make_shared<std::string>();  // of the one thread that reads
    auto source = [file, buffer, path](std::uint64_t offset) -> Result<std::string_view> {
        buffer->resize(piece_size);
        const auto size = pread(file->get(), buffer->data(), piece_size, static_cast<off_t>(offset));
        if (size < 0) return fail(Errc::unavailable, "read the blocklist {}: {}", path, strerror(errno));
        return std::string_view(*buffer).substr(0, static_cast<std::size_t>(size));
    };
    return std::shared_ptr<const Blocklist>(new Blocklist(std::move(source), most_lines));
}

std::shared_ptr<const Blocklist> Blocklist::of_text(std::string_view text, std::size_t piece,
                                                    std::size_t most) {
    auto source = [held = std::string(text), piece](std::uint64_t offset) -> Result<std::string_view> {
        return std::string_view(held).substr(offset, piece);
    };
    return std::shared_ptr<const Blocklist>(new Blocklist(std::move(source), most));
}

Result<void> Blocklist::read() const {
    std::call_once(once_, [this] {
        auto table = std::make_unique<Table>();
        outcome_ = table->fill(source_, most_);
        if (outcome_) table_ = std::move(table);
        source_ = {};
    });
    return outcome_;
}

Result<bool> Blocklist::holds(const Secret& password) const {
    TRY(read());
    return table_->holds(table_->hash(folded(password).text()));
}

}  // namespace userd
