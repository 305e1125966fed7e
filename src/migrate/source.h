#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "layouts/folder.h"
#include "migrate/options.h"
#include "sql/script.h"

namespace drydock::migrate {

// The SQL of one migration, rollback or verify file, read when it is needed: as it stands in the file, as it runs
// (placeholders filled in) and cut into statements. Places always are those of the file.
class Source {
public:
    // Errors: as sql::Script::read, and a placeholder without a value (with its place).
    static Result<Source> read(
        const std::filesystem::path& path,
        const std::vector<layouts::HeaderValue>& placeholders,
        const PlaceholderValues& values
    );
    // SQL that history keeps; `label` is what places are called.
    static Result<Source> stored(
        std::string text,
        std::string_view label,
        const std::vector<layouts::HeaderValue>& placeholders,
        const PlaceholderValues& values
    );

    std::string_view original() const;  // what hashes and history are made of: no value of a placeholder is in it
    const sql::Script& script() const { return *script_; }
    const std::string& label() const { return label_; }  // what places are called
    Place place(std::size_t script_offset) const;
    // The values of placeholders taken out of a text that came back from the server.
    std::string mask(std::string text) const;
    // The same of what the server says about a place: inside a value it may quote any piece of it.
    std::string mask(std::string text, std::size_t script_offset) const;

private:
    struct Filled {
        std::size_t at = 0;  // where the value begins in the text that runs
        std::size_t length = 0;
        std::size_t original = 0;  // where "${NAME}" begins in the file
        std::string placeholder;
        std::string value;
    };
    Result<> fill(const std::vector<layouts::HeaderValue>& placeholders, const PlaceholderValues& values);
    Result<> cut();

    std::string label_;
    MappedFile file_;
    std::unique_ptr<std::string> stored_;   // on the heap: the script holds a view that must survive a move
    std::unique_ptr<std::string> running_;  // only with placeholders
    std::vector<Filled> filled_;
    std::unique_ptr<sql::Script> script_;
};

}  // namespace drydock::migrate
