// SPDX-License-Identifier: LGPL-2.1-or-later
// The one place where bytes from another process become fields. Every length is compared with the bytes that
// are left before it is used, and no sum is formed that could overflow.
#include "common/wire/frame.h"

namespace userd::wire {
namespace {

constexpr std::size_t header_size = 2;        // version, kind
constexpr std::size_t field_header_size = 5;  // tag, length

struct Field {
    std::uint8_t tag;
    std::string_view bytes;
};

// The field at `offset`, which moves behind it; none when the frame is too short for it.
std::optional<Field> read_field(std::string_view frame, std::size_t& offset) {
    if (frame.size() - offset < field_header_size) return std::nullopt;
    const char* at = frame.data() + offset;
    const auto length = load_number<std::uint32_t>(at + 1);
    if (length > frame.size() - offset - field_header_size) return std::nullopt;
    offset += field_header_size + length;
    return Field{static_cast<std::uint8_t>(*at), {at + field_header_size, length}};
}

}  // namespace

std::optional<Frame> Frame::parse(std::string_view bytes) {
    if (bytes.size() < header_size || bytes.size() > UINT32_MAX) return std::nullopt;
    const auto version = static_cast<std::uint8_t>(bytes[0]);
    if (version < oldest_version || version > current_version) return std::nullopt;
    Frame frame(bytes);
    std::uint64_t seen[4] = {};
    for (std::size_t offset = header_size; offset < bytes.size();) {
        const std::size_t start = offset;
        const auto field = read_field(bytes, offset);
        if (!field) return std::nullopt;
        const std::uint64_t bit = std::uint64_t{1} << (field->tag % 64);
        if ((seen[field->tag / 64] & bit) != 0) return std::nullopt;
        seen[field->tag / 64] |= bit;
        if (field->tag < indexed) frame.starts_[field->tag] = static_cast<std::uint32_t>(start);
    }
    return frame;
}

std::optional<std::string_view> Frame::find(std::uint8_t tag) const {
    if (tag < indexed && starts_[tag] == 0) return std::nullopt;
    for (std::size_t offset = tag < indexed ? starts_[tag] : header_size; offset < bytes_.size();) {
        const auto field = read_field(bytes_, offset);
        if (!field) break;
        if (field->tag == tag) return field->bytes;
    }
    return std::nullopt;
}

FrameWriter::FrameWriter(std::span<char> buffer, Kind kind) : buffer_(buffer) {
    if (buffer.size() < header_size) {
        failed_ = true;
        return;
    }
    buffer_[0] = static_cast<char>(current_version);
    buffer_[1] = static_cast<char>(kind);
    used_ = header_size;
}

std::span<char> FrameWriter::reserve(std::uint8_t tag, std::size_t size) {
    const std::size_t left = buffer_.size() - used_;
    if (failed_ || size > UINT32_MAX || left < field_header_size || size > left - field_header_size) {
        failed_ = true;
        return {};
    }
    char* at = buffer_.data() + used_;
    at[0] = static_cast<char>(tag);
    store_number(at + 1, static_cast<std::uint32_t>(size));
    used_ += field_header_size + size;
    return {at + field_header_size, size};
}

void FrameWriter::put(std::uint8_t tag, std::string_view bytes) {
    const auto room = reserve(tag, bytes.size());
    if (!failed_ && !bytes.empty()) memcpy(room.data(), bytes.data(), bytes.size());
}

}  // namespace userd::wire
