#include "cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <deque>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "cli/version.h"
#include "config/settings.h"

namespace drydock::cli {
namespace {

// Settings of a section are options of the commands that are about it.
constexpr std::string_view kEngineKeys = "migrate.";
constexpr char kSection = '.';
constexpr int kUsage = 3;

// What every command takes stands once, at the root; a command's own help shows it too.
class HelpPage final : public CLI::Formatter {
public:
    HelpPage() {
        column_width(34);
        label("Positionals", "Arguments");
        label("SUBCOMMAND", "COMMAND");
    }

    std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
        if (app->get_parent() == nullptr || !app->get_subcommands({}).empty())
            return CLI::Formatter::make_subcommands(app, mode);
        const auto* root = app;
        while (root->get_parent() != nullptr) root = root->get_parent();
        // What a command means something else by stands with the command alone.
        const auto common = root->get_options([&](const CLI::Option* option) {
            const auto& names = option->get_lnames();
            const bool own = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
                return app->get_option_no_throw("--" + name) != nullptr;
            });
            return option->nonpositional() && !own && option != root->get_help_ptr() &&
                   option != root->get_version_ptr();
        });
        return make_group("Common options", false, common);
    }

    std::string make_option_name(const CLI::Option* option, bool positional) const override {
        if (positional) return option->get_name(true, false);
        std::string names;
        for (const auto& name : option->get_snames()) names += (names.empty() ? "-" : ", -") + name;
        for (const auto& name : option->get_lnames()) names += (names.empty() ? "--" : ", --") + name;
        return names;
    }

    std::string make_usage(const CLI::App* app, std::string name) const override {
        return "\n" + CLI::Formatter::make_usage(app, std::move(name));
    }
};

std::string value_of(const config::Setting& setting) {
    switch (setting.type) {
        case config::Type::path:
            return "PATH";
        case config::Type::duration:
            return "DURATION";
        case config::Type::count:
            return "N";
        case config::Type::choice: {
            std::string choices;
            for (const auto choice : setting.choices) {
                if (!choice.empty()) choices += (choices.empty() ? "" : "|") + std::string{choice};
            }
            return choices;
        }
        default:
            return "TEXT";
    }
}

std::string described(const config::Setting& setting) {
    auto text = std::string{setting.description};
    if (!setting.fallback.empty()) text += fmt::format(" [{}]", setting.fallback);
    return text;
}

void add_setting(CLI::App& app, CommonOptions& common, const config::Setting& setting) {
    const auto key = std::string{setting.key};
    std::string names{setting.option};
    if (key == "migrate.lock_retries") names += ",--retries";
    if (setting.type == config::Type::flag) {
        app.add_flag_callback(names, [&common, key] { common.settings[key] = "true"; }, described(setting));
        return;
    }
    app.add_option_function<std::string>(
           names, [&common, key](const std::string& text) { common.settings[key] = text; }, described(setting)
    )
        ->type_name(value_of(setting))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_common_settings(CLI::App& app, CommonOptions& common) {
    for (const auto& setting : config::settings()) {
        if (!setting.option.empty() && setting.key.find(kSection) == setting.key.npos)
            add_setting(app, common, setting);
    }
    app.add_option("--config", common.config_file, "The configuration file [drydock.toml]")->type_name("FILE");
}

std::string path_of(const CLI::App* app) {
    std::string path;
    for (; app != nullptr && app->get_parent() != nullptr; app = app->get_parent()) {
        path = app->get_name() + (path.empty() ? "" : " ") + path;
    }
    return path;
}

Error usage(std::string message, std::string hint) {
    return Error{.code = ErrorCode::invalid_argument, .message = std::move(message), .hint = std::move(hint)};
}

std::string help_hint(const CLI::App* app) {
    const auto path = path_of(app);
    return fmt::format("`drydock {}{}--help` shows what it takes", path, path.empty() ? "" : " ");
}

std::vector<std::string> option_names(const CLI::App* app) {
    std::vector<std::string> names;
    for (; app != nullptr; app = app->get_parent()) {
        for (const auto* option : app->get_options()) {
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
        }
    }
    return names;
}

std::vector<std::string> command_names(const CLI::App* app) {
    std::vector<std::string> names;
    for (const auto* command : app->get_subcommands({})) names.push_back(command->get_name());
    return names;
}

// The command that the arguments led to, whether or not they fit it.
const CLI::App* reached(const CLI::App* app) {
    while (!app->get_subcommands().empty()) app = app->get_subcommands().back();
    return app;
}

Error unexpected(const CLI::App* app, const std::string& word) {
    const bool option = word.starts_with('-') && word.size() > 1;
    const auto name = option ? word.substr(0, word.find('=')) : word;
    const auto candidates = option ? option_names(app) : command_names(app);
    const auto near = did_you_mean(name, candidates);
    const auto path = path_of(app);
    const auto place = path.empty() ? std::string{"drydock"} : fmt::format("`drydock {}`", path);
    std::string message;
    if (option)
        message = fmt::format("{} knows no option {}", place, name);
    else if (candidates.empty())
        message = fmt::format("{} does not expect the argument \"{}\"", place, name);
    else
        message = fmt::format("{} knows no command \"{}\"", place, name);
    return usage(std::move(message), near ? fmt::format("did you mean {}?", *near) : help_hint(app));
}

}  // namespace

struct Arguments::Impl {
    struct Command {
        CLI::App* app;
        Handler handler;
        bool needs_settings = true;
    };

    // Where the arguments of another program begin: at the "--" of a command that passes them on.
    int own_arguments(int argc, const char* const* argv) const {
        const auto is = [&](int i, std::string_view word) { return i < argc && argv[i] == word; };
        for (int mark = 1; mark < argc; ++mark) {
            if (!is(mark, "--")) continue;
            for (const auto& command : commands) {
                if (!command.app->get_prefix_command()) continue;
                const auto& noun = command.app->get_parent()->get_name();
                for (int i = 1; i < mark; ++i) {
                    if (is(i, noun) && is(i + 1, command.app->get_name())) return mark;
                }
            }
            return argc;
        }
        return argc;
    }

    CommonOptions common;
    CLI::App root{"drydock: a control plane for databases", "drydock"};
    std::deque<Command> commands;

    CLI::App& noun(const std::string& name) { return *root.get_subcommand(name); }
};

Arguments::Arguments() : impl_(std::make_unique<Impl>()) {
    auto& root = impl_->root;
    auto& common = impl_->common;
    root.set_help_flag("-h,--help", "Show this");
    root.set_version_flag("--version", fmt::format("drydock {}", version()), "Show the version");
    root.formatter(std::make_shared<HelpPage>());
    root.fallthrough();
    root.require_subcommand(0, 1);
    add_common_settings(root, common);
    root.add_flag("--json", common.json, "Results, and errors, as one JSON document on standard output");
    root.add_flag("-y,--yes", common.yes, "Answer questions with yes");
    root.add_flag("-q,--quiet", common.quiet, "Only answers, warnings and errors");
    root.add_flag("--no-color", common.no_color, "No colours, as with NO_COLOR");
    root.footer(
        "Examples:\n"
        "  drydock migrate up                     apply what is pending\n"
        "  drydock migrate plan                   show what that would do\n"
        "  drydock serve                          the server: databases, people, health, jobs\n"
        "  drydock db list                        the databases that it knows\n"
        "  drydock pg start                       a PostgreSQL server of its own\n"
        "\nWithout --database-url (or DATABASE_URL) commands work on that server."
    );
}

Arguments::~Arguments() = default;

const CommonOptions& Arguments::common() const {
    return impl_->common;
}

void Arguments::noun(const std::string& name, std::string what) {
    impl_->root.add_subcommand(name, std::move(what))->group("Commands")->footer("")->require_subcommand(0, 1);
}

Verb Arguments::verb(const std::string& noun, const std::string& name, std::string what, Handler handler) {
    auto& parent = noun.empty() ? impl_->root : impl_->noun(noun);
    auto* const app = parent.add_subcommand(name, std::move(what))->group("Commands")->footer("");
    auto& command = impl_->commands.emplace_back(Impl::Command{.app = app, .handler = std::move(handler)});
    return Verb{*app, impl_->common, command.needs_settings};
}

Result<Arguments::Choice> Arguments::read(int argc, const char* const* argv) {
    auto& root = impl_->root;
    // Known before anything can go wrong, so that a wrong command line is told in JSON too.
    for (int i = 1; i < argc && std::string_view{argv[i]} != "--"; ++i) {
        if (std::string_view{argv[i]} == "--json") impl_->common.json = true;
    }
    const int own = impl_->own_arguments(argc, argv);
    try {
        root.parse(own, argv);
    } catch (const CLI::CallForHelp&) {
        return Choice{.needs_settings = false, .answer = root.help()};
    } catch (const CLI::CallForVersion& asked) {
        return Choice{.needs_settings = false, .answer = fmt::format("{}\n", asked.what())};
    } catch (const CLI::ExtrasError&) {
        const auto extras = root.remaining(true);
        return unexpected(reached(&root), extras.empty() ? std::string{} : extras.front());
    } catch (const CLI::ParseError& error) {
        return usage(error.what(), help_hint(reached(&root)));
    }
    const auto* const app = reached(&root);
    const auto found =
        std::find_if(impl_->commands.begin(), impl_->commands.end(), [&](const auto& c) { return c.app == app; });
    if (found == impl_->commands.end())
        return Choice{.needs_settings = false, .answer = root.help(), .exit_code = kUsage};
    auto rest = app->remaining();
    for (int i = own + 1; i < argc; ++i) rest.emplace_back(argv[i]);
    return Choice{.handler = &found->handler, .needs_settings = found->needs_settings, .rest = std::move(rest)};
}

std::vector<Arguments::Description> Arguments::describe() const {
    std::vector<Description> all;
    const auto add = [&](const auto& self, const CLI::App* app) -> void {
        auto options = option_names(app);
        std::sort(options.begin(), options.end());
        options.erase(std::unique(options.begin(), options.end()), options.end());
        all.push_back({path_of(app), app->get_description(), command_names(app), std::move(options)});
        for (const auto* command : app->get_subcommands({})) self(self, command);
    };
    add(add, &impl_->root);
    return all;
}

Verb& Verb::flag(std::string names, bool& into, std::string what) {
    app_.add_flag(std::move(names), into, std::move(what));
    return *this;
}

Verb& Verb::option(std::string names, std::optional<std::string>& into, std::string value, std::string what) {
    app_.add_option_function<std::string>(
            std::move(names), [&into](const std::string& text) { into = text; }, std::move(what)
    )
        ->type_name(std::move(value))
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    return *this;
}

Verb& Verb::choice(std::string names, std::string& into, std::vector<std::string> values, std::string what) {
    const auto shown = fmt::format("{}", fmt::join(values, "|"));
    app_.add_option(std::move(names), into, into.empty() ? what : fmt::format("{} [{}]", what, into))
        ->type_name(shown)
        ->check(
            [values = std::move(values)](const std::string& text) -> std::string {
                if (std::find(values.begin(), values.end(), text) != values.end()) return {};
                const auto near = did_you_mean(text, values);
                return fmt::format(
                    "\"{}\" is not one of {}{}",
                    text,
                    fmt::join(values, ", "),
                    near ? fmt::format("; did you mean {}?", *near) : ""
                );
            },
            ""
        );
    return *this;
}

Verb& Verb::list(std::string names, std::vector<std::string>& into, std::string value, std::string what) {
    app_.add_option(std::move(names), into, std::move(what))->type_name(std::move(value));
    return *this;
}

Verb& Verb::each(std::string names, std::vector<std::string>& into, std::string value, std::string what) {
    app_.add_option(std::move(names), into, std::move(what))->type_name(std::move(value))->allow_extra_args(false);
    return *this;
}

Verb& Verb::count(std::string names, std::optional<std::size_t>& into, std::string what) {
    app_.add_option_function<std::string>(
            std::move(names),
            [&into](const std::string& text) {
                std::size_t number = 0;
                std::from_chars(text.data(), text.data() + text.size(), number);
                into = number;
            },
            std::move(what)
    )
        ->type_name("N")
        ->check(
            [](const std::string& text) -> std::string {
                std::size_t number = 0;
                const auto* const end = text.data() + text.size();
                const auto parsed = std::from_chars(text.data(), end, number);
                if (parsed.ec == std::errc{} && parsed.ptr == end && number > 0) return {};
                return fmt::format("\"{}\" is not a number from 1 on", text);
            },
            ""
        );
    return *this;
}

Verb& Verb::argument(std::string name, std::string& into, std::string what) {
    app_.add_option(std::move(name), into, std::move(what))->required()->type_name("");
    return *this;
}

Verb& Verb::optional_argument(std::string name, std::optional<std::string>& into, std::string what) {
    app_.add_option_function<std::string>(
            std::move(name), [&into](const std::string& text) { into = text; }, std::move(what)
    )
        ->type_name("");
    return *this;
}

Verb& Verb::arguments(std::string name, std::vector<std::string>& into, std::string what) {
    app_.add_option(std::move(name), into, std::move(what))->type_name("");
    return *this;
}

Verb& Verb::engine_options() {
    return section_options(kEngineKeys);
}

Verb& Verb::section_options(std::string_view prefix) {
    for (const auto& setting : config::settings()) {
        if (!setting.option.empty() && setting.key.starts_with(prefix)) add_setting(app_, common_, setting);
    }
    return *this;
}

Verb& Verb::passes_on() {
    // What falls through to the root would be refused there, so the common options that the other program can't mean
    // are given to this command itself.
    app_.prefix_command()->fallthrough(false);
    add_common_settings(app_, common_);
    return *this;
}

Verb& Verb::without_settings() {
    settings_ = false;
    return *this;
}

Verb& Verb::example(std::string_view line) {
    auto text = app_.get_footer();
    if (text.empty()) text = "Examples:";
    app_.footer(fmt::format("{}\n  {}", text, line));
    return *this;
}

}  // namespace drydock::cli
