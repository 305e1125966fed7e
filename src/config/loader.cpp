#include "config/loader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/files.h"
#include "base/text.h"
#include "config/check.h"
#include "config/database_url.h"
#include "config/dotenv.h"

namespace drydock::config {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFileName = "drydock.toml";

Error bad(std::string message, Place place, std::string hint = {}) {
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = std::move(message),
        .hint = std::move(hint),
        .place = std::move(place)
    };
}

std::string joined(const std::vector<std::string>& path) {
    return fmt::format("{}", fmt::join(path, "."));
}

// What a value of the file must be, in the words of TOML; empty when it is that.
std::string_view wanted(const Setting& setting, TomlEntry::Kind kind) {
    using Kind = TomlEntry::Kind;
    switch (setting.type) {
        case Type::text:
        case Type::path:
            return kind == Kind::text ? "" : "a text in quotes";
        case Type::duration:
            return kind == Kind::text || kind == Kind::integer ? "" : "a duration such as \"3s\"";
        case Type::size:
            return kind == Kind::text || kind == Kind::integer ? "" : "a size such as \"1GB\"";
        case Type::count:
            return kind == Kind::integer ? "" : "a whole number without quotes";
        case Type::flag:
            return kind == Kind::boolean ? "" : "true or false without quotes";
        case Type::choice:
            return kind == Kind::text || kind == Kind::boolean ? "" : "a text in quotes";
        case Type::list:
            return kind == Kind::text || kind == Kind::list ? "" : "a list of texts, such as [\"a\", \"b\"]";
    }
    return {};
}

bool is_name(std::string_view text) {
    const auto letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const bool digit_first = !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
    return !text.empty() && !digit_first && std::all_of(text.begin(), text.end(), letter);
}

}  // namespace

Result<Settings> Loader::run() {
    settings_.environment_ = options_.environment;
    for (const auto& setting : settings()) {
        settings_.values_[std::string{setting.key}] = {.text = std::string{setting.fallback}, .origin = "default"};
    }
    DRYDOCK_TRY_VOID(find_files());
    DRYDOCK_TRY_VOID(choose_overlay());
    for (const auto& setting : settings()) {  // only now is it known where they start
        auto& value = settings_.values_[std::string{setting.key}];
        if (setting.type == Type::path && !value.text.empty()) {
            value.text = (settings_.folder_ / value.text).lexically_normal().string();
        }
    }
    DRYDOCK_TRY_VOID(apply_file());
    DRYDOCK_TRY_VOID(apply_variables(Layer::dotenv));
    DRYDOCK_TRY_VOID(apply_variables(Layer::environment));
    DRYDOCK_TRY_VOID(apply_options());
    compose_database_url();
    default_data_dir();
    return std::move(settings_);
}

std::string Loader::label(const fs::path& file) const {
    return file.parent_path().lexically_normal() == options_.working_directory.lexically_normal()
               ? file.filename().string()
               : file.lexically_normal().string();
}

Result<> Loader::find_files() {
    auto file = options_.file;
    if (file.empty()) file = options_.environment("DRYDOCK_CONFIG").value_or("");
    const bool asked_for = !file.empty();
    file = options_.working_directory / (asked_for ? file : fs::path{kFileName});
    settings_.folder_ = file.parent_path();
    std::error_code ignored;
    if (asked_for || fs::exists(file, ignored)) {
        DRYDOCK_TRY(const auto text, read_file(file));
        DRYDOCK_TRY(entries_, read_toml(text, label(file)));
        settings_.file_ = file;
    }
    const auto dotenv = settings_.folder_ / ".env";
    if (!fs::is_regular_file(dotenv, ignored)) return {};
    DRYDOCK_TRY(const auto text, read_file(dotenv));
    DRYDOCK_TRY(const auto entries, read_dotenv(text, label(dotenv)));
    for (const auto& entry : entries) {
        settings_.dotenv_[entry.name] = {
            .text = entry.value,
            .origin = fmt::format("{}:{}", label(dotenv), entry.line),
            .given = true,
            .layer = Layer::dotenv
        };
    }
    return {};
}

Result<> Loader::choose_overlay() {
    std::string origin;
    if (const auto option = options_.options.find("env"); option != options_.options.end()) {
        overlay_ = option->second;
        origin = "--env";
    } else {
        for (const auto layer : {Layer::environment, Layer::dotenv}) {
            const auto found = variable("DRYDOCK_ENV", layer);
            if (!found) continue;
            overlay_ = found->text;
            origin = "DRYDOCK_ENV";
            break;
        }
    }
    std::vector<std::string> known;
    for (const auto& entry : entries_) {
        if (entry.path.size() == 2 && entry.path[0] == "env") known.push_back(entry.path[1]);
    }
    if (overlay_.empty() || std::find(known.begin(), known.end(), overlay_) != known.end()) return {};
    // A variable may be set for other programs too; but where environments are listed, it has to be one of them.
    if (known.empty() && origin != "--env") return {};
    const auto near = did_you_mean(overlay_, known);
    auto hint = near            ? fmt::format("did you mean \"{}\"?", *near)
                : known.empty() ? fmt::format("{} has no [env.{}]", kFileName, overlay_)
                                : fmt::format("there are: {}", fmt::join(known, ", "));
    return bad(fmt::format("{}: there is no environment \"{}\"", origin, overlay_), {}, std::move(hint));
}

Result<> Loader::apply_file() {
    for (const auto layer : {Layer::file, Layer::overlay}) {
        for (const auto& entry : entries_) {
            const bool in_overlay = entry.path[0] == "env";
            if (in_overlay != (layer == Layer::overlay)) continue;
            if (!in_overlay) {
                DRYDOCK_TRY_VOID(apply_entry(entry, entry.path, layer, true));
                continue;
            }
            const bool right_depth = entry.path.size() > 2 || entry.kind == TomlEntry::Kind::table;
            if (!right_depth) {
                return bad(
                    "env is not set in the file",
                    entry.key,
                    "choose with --env or DRYDOCK_ENV; what an environment changes stands in [env.NAME]"
                );
            }
            if (entry.path.size() <= 2) continue;
            const std::vector<std::string> path{entry.path.begin() + 2, entry.path.end()};
            DRYDOCK_TRY_VOID(apply_entry(entry, path, layer, entry.path[1] == overlay_));
        }
    }
    return {};
}

Result<> Loader::apply_entry(const TomlEntry& entry, std::vector<std::string> path, Layer layer, bool chosen) {
    if (path[0] == "placeholders") return apply_placeholder(entry, path, layer, chosen);
    const auto key = joined(path);
    const auto* setting = find_setting(key);
    if (entry.kind == TomlEntry::Kind::table) {
        if (setting != nullptr)
            return bad(fmt::format("{} is a {}, not a section", key, name(setting->type)), entry.key);
        if (is_section(key)) return {};
        return unknown_key(entry, path);
    }
    if (setting == nullptr || !setting->in_file) return unknown_key(entry, path);
    if (const auto want = wanted(*setting, entry.kind); !want.empty()) {
        return bad(fmt::format("{} must be {}", key, want), entry.value);
    }
    DRYDOCK_TRY(auto text, [&]() -> Result<std::string> {
        auto good = checked(*setting, entry.text);
        if (!good) return std::move(good).error().at(entry.value);
        return good;
    }());
    if (!chosen) return {};
    Value value{.origin = fmt::format("{}:{}", entry.key.file, entry.key.line), .given = true, .layer = layer};
    return set(*setting, text, std::move(value));
}

Result<> Loader::apply_placeholder(
    const TomlEntry& entry, const std::vector<std::string>& path, Layer layer, bool chosen
) {
    const bool table = entry.kind == TomlEntry::Kind::table;
    if (path.size() == 1 && table) return {};
    if (path.size() == 1) return bad("placeholders is a section, not a value", entry.key, "write [placeholders]");
    if (path.size() > 2 || !is_name(path[1])) {
        return bad(
            fmt::format("\"{}\" can't name a placeholder", path.back()),
            entry.key,
            "a name has letters, digits and underscores"
        );
    }
    if (entry.kind != TomlEntry::Kind::text) {
        return bad(fmt::format("the placeholder {} must be a text in quotes", path[1]), entry.value);
    }
    if (!chosen) return {};
    settings_.placeholders_[path[1]] = {
        .text = entry.text,
        .origin = fmt::format("{}:{}", entry.key.file, entry.key.line),
        .given = true,
        .layer = layer
    };
    return {};
}

Error Loader::unknown_key(const TomlEntry& entry, const std::vector<std::string>& path) const {
    const auto key = joined(path);
    if (is_section(key)) return bad(fmt::format("{} is a section, not a value", key), entry.key, "write [" + key + "]");
    const auto near = suggestion_for(key);
    auto hint =
        near.empty() ? std::string{"drydock config show lists the keys"} : fmt::format("did you mean {}?", near);
    return bad(fmt::format("there is no setting \"{}\"", key), entry.key, std::move(hint));
}

// An empty variable counts as not set: that is how compose files and CI pass on what they don't have.
std::optional<Value> Loader::variable(std::string_view name, Layer layer) const {
    if (layer == Layer::dotenv) {
        const auto found = settings_.dotenv_.find(name);
        if (found == settings_.dotenv_.end() || found->second.text.empty()) return std::nullopt;
        return found->second;
    }
    auto text = options_.environment(name);
    if (!text || text->empty()) return std::nullopt;
    return Value{
        .text = *std::move(text),
        .origin = fmt::format("environment {}", name),
        .given = true,
        .layer = Layer::environment
    };
}

Result<> Loader::apply_variables(Layer layer) {
    for (const auto& setting : settings()) {
        for (const auto name : setting.environment) {
            if (name.empty()) continue;
            auto found = variable(name, layer);
            if (!found) continue;
            const auto text = found->text;
            if (auto done = set(setting, text, *std::move(found)); !done) {
                return std::move(done).error().in(name);
            }
            break;
        }
    }
    return {};
}

Result<> Loader::apply_options() {
    for (const auto& [key, text] : options_.options) {
        const auto* setting = find_setting(key);
        if (setting == nullptr) return bad(fmt::format("there is no setting \"{}\"", key), {});
        const auto option = setting->option.empty() ? setting->key : setting->option;
        Value value{.origin = fmt::format("option {}", option), .given = true, .layer = Layer::option};
        if (auto done = set(*setting, text, std::move(value)); !done) return std::move(done).error().in(option);
    }
    return {};
}

Result<> Loader::set(const Setting& setting, std::string_view text, Value value) {
    auto good = checked(setting, text);
    if (!good) {
        Place place{.file = value.layer == Layer::dotenv ? value.origin : std::string{}};
        return std::move(good).error().at(std::move(place));
    }
    value.text = *std::move(good);
    if (setting.type == Type::path && !value.text.empty()) {
        if (value.text.starts_with("~/")) {
            if (const auto home = variable("HOME", Layer::environment)) value.text = home->text + value.text.substr(1);
        }
        const bool from_shell = value.layer == Layer::environment || value.layer == Layer::option;
        const auto& base = from_shell ? options_.working_directory : settings_.folder_;
        value.text = (base / value.text).lexically_normal().string();
    }
    settings_.values_.find(setting.key)->second = std::move(value);
    return {};
}

// The parts make the address when they are said more strongly than a whole address is.
void Loader::compose_database_url() {
    auto& url = settings_.values_.find("database_url")->second;
    const auto& host = settings_.value("database.host");
    const auto& name = settings_.value("database.name");
    const auto& chosen = host.given && host.layer >= name.layer ? host : name;
    if (chosen.given && chosen.layer > url.layer) {
        url.text = compose_url(
            {.host = host.given ? host.text : "localhost",
             .port = settings_.text("database.port"),
             .name = name.text,
             .user = settings_.text("database.user"),
             .password = settings_.text("database.password")}
        );
        url.origin = chosen.origin;
        url.given = true;
        url.layer = chosen.layer;
    }
    url.text = with_ssl(url.text, settings_.text("database_ssl"));
}

void Loader::default_data_dir() {
    auto& value = settings_.values_.find("data_dir")->second;
    if (!value.text.empty()) return;
    if (options_.user_id.value_or(::geteuid()) == 0) {
        value.text = "/var/lib/drydock";
    } else if (const auto data = variable("XDG_DATA_HOME", Layer::environment)) {
        value.text = data->text + "/drydock";
    } else if (const auto home = variable("HOME", Layer::environment)) {
        value.text = home->text + "/.local/share/drydock";
    } else {
        value.text = (settings_.folder_ / ".drydock").lexically_normal().string();
    }
}

}  // namespace drydock::config
