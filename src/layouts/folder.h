#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace drydock::layouts {

// A value of a header comment and the line it stands on.
struct HeaderValue {
    std::string text;
    std::size_t line = 0;
};

// What the comment block at the top of a migration says (docs/migrations.md lists the keys).
struct Header {
    std::string title;                      // Migration
    std::string purpose;                    // Purpose
    std::vector<HeaderValue> dependencies;  // Dependencies
    std::optional<HeaderValue> rollback;    // Rollback: a file name
    std::vector<HeaderValue> environments;  // Environment; empty is "all"
    std::optional<HeaderValue> hold;        // Hold: the reason
    std::vector<HeaderValue> placeholders;  // Placeholders: the ${NAME}s that the file asks for
    bool no_transaction = false;            // Transaction: none
    std::optional<HeaderValue> problem;     // the first line that looks like one of these and is none
};

Header parse_header(std::string_view text);

// One migration as its files say it. The texts are not kept: a folder may hold thousands, and most have run.
struct Migration {
    std::string id;      // the file's name without ".sql"; what history knows it by
    std::string number;  // its digits, as written
    std::string name;    // the rest
    std::filesystem::path path;
    std::uint64_t size = 0;
    std::string raw_hash;  // SHA-256 of the bytes
    Header header;
    std::optional<std::filesystem::path> rollback;
    std::optional<std::filesystem::path> verify;
};

// A file that runs around a run or around one migration.
struct Hook {
    std::string when;  // "before-run", "after-run", "before-<id>", "after-<id>"
    std::filesystem::path path;
    bool executable = false;
};

struct Folder {
    std::filesystem::path dir;
    std::string layout;
    std::vector<Migration> migrations;  // by number, then name
    std::vector<Hook> hooks;
};

// Reads drydock's own layout: NNN_name.sql, rollback-NNN[_name].sql, verify-NNN[_name].sql, in `dir` and the folders
// below it, and hooks in `dir`/hooks. Errors name the files: a name that fits no pattern, two files with one name,
// a rollback or verify file without its migration or with several, bytes that are not UTF-8.
Result<Folder> read_native(const std::filesystem::path& dir);

// Orders numbers of any length by value: "9" before "010", "10" equal to "010".
int compare_numbers(std::string_view a, std::string_view b);

}  // namespace drydock::layouts
