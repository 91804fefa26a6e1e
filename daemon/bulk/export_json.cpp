// SPDX-License-Identifier: LGPL-2.1-or-later
// {"users":[…],"groups":[…]}, one object a line, so that it can be read and compared line by line too.
#include "daemon/bulk/exported.h"
#include "daemon/bulk/form.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

constexpr std::size_t piece = 256 * 1024;

template <typename Table>
std::string object(const Table& table, const Fields& record) {
    std::string text;
    for (const auto& field : table) {
        const std::string_view name = field.name;
        if (name.ends_with("_add") || name.ends_with("_remove")) continue;
        const auto value = record.find(name);
        text += fmt::format("{}\"{}\":{}", text.empty() ? "{" : ",", name,
                            json_text(name, value == record.end() ? Value() : value->second));
    }
    return text + "}";
}

class JsonObjects : public ByteSource {
 public:
    explicit JsonObjects(ExportRequest request) : exported_(std::move(request)) {}

    Result<std::string> next() override {
        std::string text;
        while (part_ != Part::end && text.size() < piece) TRY(add(text));
        return text;
    }

 private:
    enum class Part { start, users, groups, end };

    Result<void> add(std::string& text) {
        Fields record;
        if (part_ == Part::start) {
            text += "{\"users\":[";
            part_ = Part::users;
        } else if (part_ == Part::users) {
            User user;
            if (TRY(exported_.next_user(user, record)))
                text += separator() + object(user_fields(), record);
            else
                text += "\n],\"groups\":[", part_ = Part::groups, first_ = true;
        } else {
            Group group;
            if (TRY(exported_.next_group(group, record)))
                text += separator() + object(group_fields(), record);
            else
                text += "\n]}\n", part_ = Part::end;
        }
        return {};
    }

    const char* separator() { return std::exchange(first_, false) ? "\n" : ",\n"; }

    Exported exported_;
    Part part_ = Part::start;
    bool first_ = true;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> export_json(ExportRequest request) {
    return std::make_unique<JsonObjects>(std::move(request));
}

}  // namespace userd
