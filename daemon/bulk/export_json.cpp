// SPDX-License-Identifier: LGPL-2.1-or-later
// {"users":[…],"groups":[…]}, one object a line, so that it can be read and compared line by line too.
#include "daemon/bulk/exported.h"
#include "daemon/bulk/form.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

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

class JsonObjects : public ExportWalk {
 public:
    explicit JsonObjects(ExportRequest request) : ExportWalk(std::move(request)) {}

 private:
    Result<std::string> head() override { return std::string("{\"users\":["); }
    Result<std::string> told(const User&, const Fields& record) override {
        return separator() + object(user_fields(), record);
    }
    std::string between() override {
        first_ = true;
        return "\n],\"groups\":[";
    }
    Result<std::string> told(const Group&, const Fields& record) override {
        return separator() + object(group_fields(), record);
    }
    std::string tail() override { return "\n]}\n"; }

    const char* separator() { return std::exchange(first_, false) ? "\n" : ",\n"; }

    bool first_ = true;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> export_json(ExportRequest request) {
    return std::make_unique<JsonObjects>(std::move(request));
}

}  // namespace userd
