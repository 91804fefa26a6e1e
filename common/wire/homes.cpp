// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/wire/homes.h"

#include "common/wire/login.h"
#include "common/wire/text.h"

namespace userd::wire {
namespace {

namespace tag {
enum Errand : std::uint8_t {
    kind = 1,
    uid,
    gid,
    to_uid,
    to_gid,
    mode,
    what,
    most,
    sftp,
    name,
    to_name,
    home,
    to_home,
    skeleton,
    paths,
    tasks_max,
    memory_max
};
enum Word : std::uint8_t { word = 1, count, bytes, item, path, detail, error, message };
}  // namespace tag

bool is_path(std::string_view text) {
    return fits(text, max_path) && (text.empty() || text[0] == '/');
}

bool is_path_list(std::string_view text) {
    return text.size() <= max_paths && (text.empty() || text.back() == '\0');
}

bool holds(const Errand& e) {
    return e.kind >= ErrandKind::create_home && e.kind <= last_errand && fits(e.name, max_name) &&
           fits(e.to_name, max_name) && is_path(e.home) && is_path(e.to_home) && is_path(e.skeleton) &&
           e.what <= Sought::everything && is_path_list(e.paths);
}

bool holds(const Word& w) {
    return w.kind >= WordKind::progress && w.kind <= WordKind::done && w.item >= ItemKind::file &&
           w.item <= last_item && w.path.size() <= max_path && w.detail.size() <= max_message &&
           fits(w.error, max_name) && w.message.size() <= max_message;
}

void put(FrameWriter& writer, std::uint8_t tag, std::string_view text) {
    if (!text.empty()) writer.put(tag, text);
}

}  // namespace

std::size_t encode(std::span<char> out, const Errand& e) {
    if (!holds(e)) return 0;
    FrameWriter writer(out, Kind::homes_errand);
    writer.put_number(tag::kind, static_cast<std::uint8_t>(e.kind));
    writer.put_number(tag::uid, e.uid);
    writer.put_number(tag::gid, e.gid);
    writer.put_number(tag::to_uid, e.to_uid);
    writer.put_number(tag::to_gid, e.to_gid);
    writer.put_number(tag::mode, e.mode);
    writer.put_number(tag::what, e.what);
    writer.put_number(tag::most, e.most);
    writer.put_number(tag::sftp, static_cast<std::uint8_t>(e.sftp));
    if (e.tasks_max != 0) writer.put_number(tag::tasks_max, e.tasks_max);
    if (e.memory_max != 0) writer.put_number(tag::memory_max, e.memory_max);
    put(writer, tag::name, e.name);
    put(writer, tag::to_name, e.to_name);
    put(writer, tag::home, e.home);
    put(writer, tag::to_home, e.to_home);
    put(writer, tag::skeleton, e.skeleton);
    put(writer, tag::paths, e.paths);
    return writer.size();
}

std::size_t encode(std::span<char> out, const Word& w) {
    if (!holds(w)) return 0;
    FrameWriter writer(out, Kind::homes_word);
    writer.put_number(tag::word, static_cast<std::uint8_t>(w.kind));
    writer.put_number(tag::count, w.count);
    writer.put_number(tag::bytes, w.bytes);
    writer.put_number(tag::item, static_cast<std::uint8_t>(w.item));
    put(writer, tag::path, w.path);
    put(writer, tag::detail, w.detail);
    put(writer, tag::error, w.error);
    put(writer, tag::message, w.message);
    return writer.size();
}

std::optional<Errand> decode_errand(std::string_view bytes) {
    const auto frame = Frame::parse(bytes);
    if (!frame || frame->kind() != Kind::homes_errand) return std::nullopt;
    const auto kind = frame->number<std::uint8_t>(tag::kind);
    const auto uid = frame->number<std::uint32_t>(tag::uid);
    const auto gid = frame->number<std::uint32_t>(tag::gid);
    const auto to_uid = frame->number<std::uint32_t>(tag::to_uid);
    const auto to_gid = frame->number<std::uint32_t>(tag::to_gid);
    const auto mode = frame->number<std::uint32_t>(tag::mode);
    const auto what = frame->number<std::uint32_t>(tag::what);
    const auto most = frame->number<std::uint64_t>(tag::most);
    const auto sftp = frame->number<std::uint8_t>(tag::sftp);
    if (!kind || !uid || !gid || !to_uid || !to_gid || !mode || !what || !most || !sftp || *sftp > 1)
        return std::nullopt;
    Errand errand;
    errand.kind = ErrandKind{*kind};
    errand.uid = *uid;
    errand.gid = *gid;
    errand.to_uid = *to_uid;
    errand.to_gid = *to_gid;
    errand.mode = *mode;
    errand.what = *what;
    errand.most = *most;
    errand.sftp = *sftp == 1;
    errand.tasks_max = frame->number<std::uint64_t>(tag::tasks_max).value_or(0);
    errand.memory_max = frame->number<std::uint64_t>(tag::memory_max).value_or(0);
    errand.name = frame->find(tag::name).value_or("");
    errand.to_name = frame->find(tag::to_name).value_or("");
    errand.home = frame->find(tag::home).value_or("");
    errand.to_home = frame->find(tag::to_home).value_or("");
    errand.skeleton = frame->find(tag::skeleton).value_or("");
    errand.paths = frame->find(tag::paths).value_or("");
    if (!holds(errand)) return std::nullopt;
    return errand;
}

std::optional<Word> decode_word(std::string_view bytes) {
    const auto frame = Frame::parse(bytes);
    if (!frame || frame->kind() != Kind::homes_word) return std::nullopt;
    const auto kind = frame->number<std::uint8_t>(tag::word);
    const auto count = frame->number<std::uint64_t>(tag::count);
    const auto size = frame->number<std::uint64_t>(tag::bytes);
    const auto item = frame->number<std::uint8_t>(tag::item);
    if (!kind || !count || !size || !item) return std::nullopt;
    Word word;
    word.kind = WordKind{*kind};
    word.count = *count;
    word.bytes = *size;
    word.item = ItemKind{*item};
    word.path = frame->find(tag::path).value_or("");
    word.detail = frame->find(tag::detail).value_or("");
    word.error = frame->find(tag::error).value_or("");
    word.message = frame->find(tag::message).value_or("");
    if (!holds(word)) return std::nullopt;
    return word;
}

}  // namespace userd::wire
