#pragma once

#include <span>
#include <string_view>

#include "http/static_files.h"

namespace drydock::app {

// A file that was compiled in. The texts live as long as the program.
struct EmbeddedFile {
    std::string_view name;  // without its folder
    std::string_view text;
};

// The files of src/app/pages, by name.
std::span<const EmbeddedFile> page_files();

// The same, ready to be served.
std::span<const http::Asset> pages();

}  // namespace drydock::app
