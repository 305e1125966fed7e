#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/settings.h"

namespace drydock::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

This page is made from the table of settings in `src/config/settings.cpp`.

A setting has its value from the strongest of these that names it:

1. an option of the command line;
2. a variable of the environment (an empty one counts as not set);
3. `.env` in the project folder;
4. `[env.NAME]` in `drydock.toml`, for the NAME of `--env` or `DRYDOCK_ENV`;
5. the rest of `drydock.toml`;
6. the default.

`drydock config show` says what each setting is and where that was said, without secrets. `drydock.toml` is looked for in
the working directory; `--config FILE` or `DRYDOCK_CONFIG` names another. Its folder is the project folder: paths in
`drydock.toml` and `.env`, and defaults, start there; paths in options and the environment start in the working directory.
An unknown key in `drydock.toml` is an error.

```toml
dir = "db/migrations"

[migrate]
lock_timeout = "5s"
late = "refuse"

[placeholders]
APP_ROLE = "shop"

[env.production]
database_url = "postgresql://deploy@db.example.com/shop"

[env.production.migrate]
statement_timeout = "10min"
```

- A **duration** is `500ms`, `3s`, `5min`, `1h`, `2d`, or a number alone: milliseconds.
- A **size** is `512kB`, `20MB`, `1GB`, `2TB` in steps of 1024, or a number alone: bytes.
- A **flag** is `true` or `false`; outside of `drydock.toml` also `on`, `off`, `yes`, `no`, `1`, `0`.
- A **list** is `["a", "b"]`; outside of `drydock.toml` `a, b`.
- A key with a dot stands in a section: `migrate.late` is `late` in `[migrate]`.
- `[placeholders]` gives the values of `${NAME}` in migrations that ask for them; a variable of the environment or of
  `.env` with that name is stronger.
- `.env` has lines `NAME=value` or `export NAME=value`. Values may be in single quotes (taken as they are) or double
  quotes (with `\n`, `\t`, `\"`, `\\`); `#` begins a comment; nothing is expanded.
)";

std::string code(std::string_view text) {
    return text.empty() ? std::string{} : fmt::format("`{}`", text);
}

std::string environment_of(const Setting& setting) {
    std::string result;
    for (const auto variable : setting.environment) {
        if (variable.empty()) continue;
        result += (result.empty() ? "" : ", ") + code(variable);
    }
    return result;
}

std::string values_of(const Setting& setting) {
    if (setting.type != Type::choice) return std::string{name(setting.type)};
    std::string result;
    for (const auto choice : setting.choices) {
        if (!choice.empty()) result += (result.empty() ? "" : ", ") + code(choice);
    }
    return result;
}

}  // namespace

std::string markdown() {
    std::string page{kIntroduction};
    auto out = std::back_inserter(page);
    fmt::format_to(out, "\n| key | value | default | option | environment | what it is |\n|---|---|---|---|---|---|\n");
    for (const auto& setting : settings()) {
        fmt::format_to(
            out,
            "| {} | {} | {} | {} | {} | {}{}{} |\n",
            code(setting.key),
            values_of(setting),
            code(setting.fallback),
            code(setting.option),
            environment_of(setting),
            setting.description,
            setting.secret ? " Shown masked." : "",
            setting.in_file ? "" : " Not in `drydock.toml`."
        );
    }
    return page;
}

}  // namespace drydock::config
