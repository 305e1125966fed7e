#pragma once

#include <span>
#include <string_view>

namespace drydock::validate {

// A file that was compiled in. The texts live as long as the program.
struct EmbeddedFile {
    std::string_view name;  // without its folder
    std::string_view text;
};

// The files of src/validate/checks/<group>, by name.
std::span<const EmbeddedFile> schema_checks();
std::span<const EmbeddedFile> data_checks();
std::span<const EmbeddedFile> performance_checks();
std::span<const EmbeddedFile> security_checks();

}  // namespace drydock::validate
