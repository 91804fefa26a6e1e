// SPDX-License-Identifier: LGPL-2.1-or-later
// After libpam's own _pam_parse_conf_file() and _pam_dispatch_aux(), which pam.conf(5) describes.
#include "ctl/doctor/pam_stack.h"

#include <algorithm>
#include <cctype>

#include "common/base/text.h"

namespace userd::ctl {
namespace {

constexpr unsigned deepest = 16;         // files within files, as many as libpam takes substacks
constexpr std::size_t most_files = 200;  // in one stack, each as often as it is included

const std::pair<std::string_view, std::string_view> control_words[] = {
    {"required", "success=ok new_authtok_reqd=ok ignore=ignore default=bad"},
    {"requisite", "success=ok new_authtok_reqd=ok ignore=ignore default=die"},
    {"optional", "success=ok new_authtok_reqd=ok default=ignore"},
    {"sufficient", "success=done new_authtok_reqd=done default=ignore"},
};

std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return small;
}

// The next word; brackets keep blanks together, and are left out.
std::string_view take_word(std::string_view& text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    if (!text.empty() && text.front() == '[') {
        const std::size_t end = text.find(']');
        if (end != std::string_view::npos) {
            const std::string_view word = text.substr(1, end - 1);
            text.remove_prefix(end + 1);
            return word;
        }
    }
    std::size_t size = 0;
    while (size < text.size() && !std::isspace(static_cast<unsigned char>(text[size]))) ++size;
    const std::string_view word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

// Lines without remarks, those that end with a backslash put together; each with the number of its first.
struct Line {
    std::string text;
    std::size_t number = 0;
};
std::vector<Line> logical_lines(std::string_view text) {
    std::vector<Line> lines;
    bool goes_on = false;
    std::size_t number = 0;
    for (std::string_view line : split(text, '\n')) {
        ++number;
        line = line.substr(0, line.find('#'));
        if (!goes_on) lines.push_back({{}, number});
        goes_on = !line.empty() && line.back() == '\\';
        if (goes_on) line.remove_suffix(1);
        lines.back().text += std::string(line) + " ";
    }
    return lines;
}

void read_actions(std::string_view control, PamModule& module) {
    for (const auto& [word, meaning] : control_words)
        if (lower(control) == word) control = meaning;
    for (std::string_view word = take_word(control); !word.empty(); word = take_word(control))
        if (const std::size_t equals = word.find('='); equals != std::string_view::npos)
            module.actions[lower(word.substr(0, equals))] = lower(word.substr(equals + 1));
}

class StackReader {
 public:
    StackReader(const PamFiles& files, std::string_view type) : files_(files), type_(type) {}

    Answer<void> read(const std::string& file, unsigned level, unsigned depth) {
        if (depth > deepest || ++files_read_ > most_files)
            return refuse(Exit::failed, "/etc/pam.d/{} includes itself", escaped(file));
        const auto text = files_(file);
        if (!text) return refuse(Exit::failed, "there is no /etc/pam.d/{}", escaped(file));
        for (const Line& line : logical_lines(*text)) TRY(read_line(file, line, level, depth));
        return {};
    }
    PamStack take() { return std::move(stack_); }

 private:
    Answer<void> read_line(const std::string& file, const Line& line, unsigned level, unsigned depth) {
        std::string_view text = line.text;
        std::string type = lower(take_word(text));
        if (type == "@include") return read(std::string(take_word(text)), level, depth + 1);
        if (!type.empty() && type.front() == '-') type.erase(0, 1);
        if (type != type_) return {};
        const std::string_view control = take_word(text);
        const std::string module(take_word(text));
        if (lower(control) == "include") return read(module, level, depth + 1);
        if (lower(control) == "substack") {
            stack_.push_back({{}, {}, {}, where_of(file, line), level});
            return read(module, level + 1, depth + 1);
        }
        PamModule& one = stack_.emplace_back();
        one.name = module.substr(module.rfind('/') + 1);
        read_actions(control, one);
        for (std::string_view word = take_word(text); !word.empty(); word = take_word(text))
            one.arguments.emplace_back(word);
        one.where = where_of(file, line);
        one.level = level;
        return {};
    }

    static std::string where_of(const std::string& file, const Line& line) {
        return fmt::format("/etc/pam.d/{}:{}", escaped(file), line.number);
    }

    const PamFiles& files_;
    const std::string type_;
    std::size_t files_read_ = 0;
    PamStack stack_;
};

// One pass, as libpam goes: an impression so far, and what it was where each substack began.
class Pass {
 public:
    Pass(const PamStack& stack, const std::function<std::string(const PamModule&)>& says)
        : stack_(stack), says_(says) {}

    PamRun run() {
        unsigned before = 0;
        while (at_ < stack_.size()) {
            const PamModule& module = stack_[at_];
            while (kept_.size() <= module.level) kept_.push_back(now_);
            if (before < module.level) kept_[module.level] = now_;
            before = module.level;
            if (!module.name.empty()) {
                run_.asked.push_back(&module);
                act(module, says_(module));
            }
            ++at_;
        }
        run_.succeeds = now_.impression == Impression::good && now_.is_success;
        return run_;
    }

 private:
    enum class Impression { none, good, bad };
    struct State {
        Impression impression = Impression::none;
        bool is_success = false;
    };

    void act(const PamModule& module, const std::string& word) {
        const std::string_view action = action_for(module, word);
        if (action == "reset") {
            now_ = kept_[module.level];
        } else if (action == "ok" || action == "done") {
            accept(word);
            if (action == "done" && now_.impression == Impression::good) leave(module.level);
        } else if (action == "bad" || action == "die") {
            fail();
            if (action == "die") leave(module.level);
        } else if (const auto jump = parse_number(action); jump && *jump > 0) {
            skip(module.level, *jump);
        } else if (action != "ignore") {
            fail();
        }
    }
    void accept(std::string_view word) {
        if (word == "ignore" || (now_.impression != Impression::none && !now_.is_success)) return;
        const bool is_success = word == "success";
        if (now_.impression == Impression::none && is_success) now_.impression = Impression::good;
        now_.is_success = is_success;
    }
    void fail() { now_ = {Impression::bad, false}; }
    bool has_next(unsigned level) const { return at_ + 1 < stack_.size() && stack_[at_ + 1].level >= level; }
    void leave(unsigned level) {
        while (has_next(level)) ++at_;
    }
    // A substack counts as one. To jump past the end is an error.
    void skip(unsigned level, std::uint64_t count) {
        for (; count > 0 && has_next(level); --count) {
            ++at_;
            while (has_next(level + 1)) ++at_;
        }
        if (count > 0) fail();
    }

    const PamStack& stack_;
    const std::function<std::string(const PamModule&)>& says_;
    std::size_t at_ = 0;
    State now_;
    std::vector<State> kept_;
    PamRun run_;
};

}  // namespace

Answer<PamStack> read_pam_stack(const PamFiles& files, const std::string& service, std::string_view type) {
    for (const std::string& file : {service, std::string("other")}) {
        if (!files(file)) continue;
        StackReader reader(files, type);
        TRY(reader.read(file, 0, 0));
        if (PamStack stack = reader.take(); !stack.empty()) return stack;
    }
    return refuse(Exit::failed, "no file of /etc/pam.d has a line of type {} for {}", type, escaped(service));
}

PamRun run_pam_stack(const PamStack& stack, const std::function<std::string(const PamModule&)>& says) {
    return Pass(stack, says).run();
}

std::string_view action_for(const PamModule& module, std::string_view word) {
    if (const auto found = module.actions.find(word); found != module.actions.end()) return found->second;
    const auto otherwise = module.actions.find("default");
    return otherwise == module.actions.end() ? std::string_view("bad") : std::string_view(otherwise->second);
}

}  // namespace userd::ctl
