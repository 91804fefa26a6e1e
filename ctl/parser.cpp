// SPDX-License-Identifier: LGPL-2.1-or-later
// Why not CLI11: the table must feed help, completion and man page as well, so CLI11 would be a second copy
// of it and do no more than split words. What our rules ask for it does not do: `--first_name` for
// `--first-name`, an optional value that leaves the next argument alone (`--json alice`), values that begin
// with a dash
// (`--tag -old`), suggestions, errors with an exit code and a field. It throws, and costs 8 s of compile
// time.
#include "ctl/parser.h"

#include <algorithm>

#include "ctl/suggest.h"

namespace userd::ctl {
namespace {

class Parser {
 public:
    explicit Parser(std::span<const std::string> words) : words_(words) {}

    Answer<Args> run() {
        for (; at_ < words_.size(); ++at_) {
            const std::string& word = words_[at_];
            if (only_words_ || word.size() < 2 || word[0] != '-') {
                TRY(take_word(word));
            } else if (word == "--") {
                only_words_ = true;
            } else if (word[1] == '-') {
                TRY(take_long(word.substr(2)));
            } else {
                TRY(take_letters(word.substr(1)));
            }
        }
        TRY(check_count());
        return std::move(args_);
    }

 private:
    Answer<void> take_word(const std::string& word) {
        if (args_.command) {
            args_.words.push_back(word);
            return {};
        }
        std::string name = word;
        if (!word.starts_with("__")) std::replace(name.begin(), name.end(), '_', '-');
        if (noun_.empty()) {
            const auto known = nouns();
            if ((args_.command = find_command("user", name))) return {};
            if (std::find(known.begin(), known.end(), name) == known.end())
                return refuse(unknown_command(word));
            args_.noun = noun_ = name;
            args_.command = find_command(noun_, "");
            return {};
        }
        args_.command = find_command(noun_, name);
        if (!args_.command) return refuse(unknown_verb(noun_, word));
        return {};
    }

    const Option* find_option(std::string_view name) const {
        for (const Option* option : known_options())
            if (option->name == name) return option;
        return nullptr;
    }

    std::vector<const Option*> known_options() const {
        if (args_.command) return options_of(*args_.command);
        std::vector<const Option*> list;
        for (const Option& option : global_options()) list.push_back(&option);
        return list;
    }

    Answer<void> take_long(const std::string& word) {
        const std::size_t equals = word.find('=');
        std::string name = word.substr(0, equals);
        std::replace(name.begin(), name.end(), '_', '-');
        const Option* option = find_option(name);
        if (!option) return refuse(unknown_option(args_.command, name));
        if (equals == std::string::npos) return take_value(*option);
        if (option->value.empty()) return refuse(Exit::usage, "--{} takes no value", name);
        return store(*option, word.substr(equals + 1));
    }

    Answer<void> take_letters(const std::string& letters) {
        for (std::size_t i = 0; i < letters.size(); ++i) {
            const auto known = known_options();
            const auto found = std::find_if(known.begin(), known.end(), [&](const Option* option) {
                return option->letter == letters[i];
            });
            if (found == known.end())
                return refuse(unknown_option(args_.command, std::string_view(letters).substr(i, 1)));
            if (!takes_value(**found)) {
                TRY(store(**found, {}));
                continue;
            }
            if (i + 1 == letters.size()) return take_value(**found);
            return store(**found, letters.substr(i + (letters[i + 1] == '=' ? 2 : 1)));
        }
        return {};
    }

    Answer<void> take_value(const Option& option) {
        if (!takes_value(option)) return store(option, {});
        if (at_ + 1 >= words_.size())
            return refuse(problem(Exit::usage, "--{} needs a value: {}", option.name, option.value)
                              .with_field(std::string(option.name)));
        return store(option, words_[++at_]);
    }

    Answer<void> store(const Option& option, std::string value) {
        const auto allowed = choices(option);
        const bool left_out = value.empty() && !takes_value(option);
        if (!allowed.empty() && !left_out &&
            std::find(allowed.begin(), allowed.end(), value) == allowed.end())
            return refuse(unknown_choice(option, value));
        auto& values = args_.options[std::string(option.name)];
        if (!values.empty() && !option.repeats && takes_value(option) && values.back() != value)
            return refuse(Exit::usage, "--{} was given twice: \"{}\" and \"{}\"", option.name, values.back(),
                          value);
        values.push_back(std::move(value));
        return {};
    }

    Answer<void> check_count() const {
        if (args_.has("help") || args_.has("version")) return {};
        if (!args_.command) {
            if (noun_.empty()) return {};
            return refuse(missing_verb(noun_));
        }
        const Arity count = arity(*args_.command);
        if (args_.words.size() < count.least)
            return refuse(
                problem(Exit::usage, "\"{}\" needs: {}", title(*args_.command), args_.command->arguments)
                    .with_hint("userctl " + title(*args_.command) + " --help"));
        if (args_.words.size() > count.most)
            return refuse(problem(Exit::usage, "\"{}\" is one argument too many for \"{}\"",
                                  args_.words[count.most], title(*args_.command))
                              .with_hint("userctl " + title(*args_.command) + " --help"));
        return {};
    }

    std::span<const std::string> words_;
    std::size_t at_ = 0;
    bool only_words_ = false;
    std::string noun_;
    Args args_;
};

}  // namespace

Answer<Args> parse(std::span<const std::string> words) {
    return Parser(words).run();
}

}  // namespace userd::ctl
