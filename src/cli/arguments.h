#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// CLI11 stays in arguments.cpp: it takes seconds to compile.
namespace CLI {
class App;
}

namespace drydock::cli {

class Session;

// What a command does once its arguments are read. Gives the exit code.
using Handler = std::function<Result<int>(Session&)>;

// What the options that every command has said.
struct CommonOptions {
    std::map<std::string, std::string> settings{};  // key of config's table -> text
    std::string config_file{};
    bool json = false;
    bool yes = false;
    bool quiet = false;
    bool no_color = false;
};

// A command while it is declared. What is bound must live until the arguments are read.
class Verb {
public:
    Verb& flag(std::string names, bool& into, std::string what);
    Verb& option(std::string names, std::optional<std::string>& into, std::string value, std::string what);
    Verb& choice(std::string names, std::string& into, std::vector<std::string> values, std::string what);
    // One value an option, which may be given again; beside arguments of the command, where list() would take those
    // too.
    Verb& each(std::string names, std::vector<std::string>& into, std::string value, std::string what);
    Verb& list(std::string names, std::vector<std::string>& into, std::string value, std::string what);
    Verb& count(std::string names, std::optional<std::size_t>& into, std::string what);
    Verb& argument(std::string name, std::string& into, std::string what);
    Verb& optional_argument(std::string name, std::optional<std::string>& into, std::string what);
    Verb& arguments(std::string name, std::vector<std::string>& into, std::string what);
    Verb& engine_options();                          // all of config's table under "migrate."
    Verb& section_options(std::string_view prefix);  // all of it under another one: "validate."
    Verb& passes_on();                               // what is not known here is for another program
    Verb& without_settings();
    Verb& example(std::string_view line);

private:
    friend class Arguments;
    Verb(CLI::App& app, CommonOptions& common, bool& settings) : app_(app), common_(common), settings_(settings) {}
    CLI::App& app_;
    CommonOptions& common_;
    bool& settings_;
};

// The tree of commands: declared once, then read, described and completed from.
class Arguments {
public:
    Arguments();
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;
    ~Arguments();

    void noun(const std::string& name, std::string what);
    // `drydock NOUN NAME`, or with an empty noun `drydock NAME`.
    Verb verb(const std::string& noun, const std::string& name, std::string what, Handler handler);

    struct Choice {
        const Handler* handler = nullptr;  // none: `answer` is all there is to say
        bool needs_settings = true;
        std::vector<std::string> rest{};  // of a command that passes arguments on
        std::string answer{};             // --help, --version, a noun without its verb
        int exit_code = 0;                // of the answer
    };
    // Errors (invalid_argument): an unknown command or option ("did you mean"), a value that doesn't fit.
    // common() is filled as far as it could be read, in either case.
    Result<Choice> read(int argc, const char* const* argv);
    const CommonOptions& common() const;

    // One command of the tree, for what is generated from it.
    struct Description {
        std::string path;  // "migrate up"; empty: the program itself
        std::string what;
        std::vector<std::string> commands;  // the names below it
        std::vector<std::string> options;   // with their dashes
    };
    std::vector<Description> describe() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace drydock::cli
