// SPDX-License-Identifier: LGPL-2.1-or-later
// Users as a table: one line a user, a column for each field. Groups have no place in it but in the users'
// lists.
#include "daemon/bulk/exported.h"
#include "daemon/bulk/form.h"
#include "daemon/directory/fields.h"

namespace userd {

namespace {

constexpr std::size_t piece = 256 * 1024;

bool is_edit(std::string_view field) {
    return field.ends_with("_add") || field.ends_with("_remove");
}

class Csv : public ByteSource {
 public:
    explicit Csv(ExportRequest request) : exported_(std::move(request)) {}

    Result<std::string> next() override {
        std::string text;
        if (!std::exchange(started_, true)) text = header();
        User user;
        Fields record;
        while (!done_ && text.size() < piece) {
            done_ = !TRY(exported_.next_user(user, record));
            if (!done_) text += line(record);
        }
        return text;
    }

 private:
    static std::string header() {
        std::string text;
        for (const auto& field : user_fields())
            if (!is_edit(field.name)) text += fmt::format("{}{}", text.empty() ? "" : ",", field.name);
        return text + "\r\n";
    }

    static std::string line(const Fields& record) {
        std::string text;
        for (const auto& field : user_fields()) {
            if (is_edit(field.name)) continue;
            if (&field != user_fields().data()) text += ',';
            if (const auto value = record.find(field.name); value != record.end())
                text += csv_cell(field.name, value->second);
        }
        return text + "\r\n";
    }

    Exported exported_;
    bool started_ = false, done_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> export_csv(ExportRequest request) {
    return std::make_unique<Csv>(std::move(request));
}

}  // namespace userd
