#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "sql/parser.h"

namespace drydock::lint {

// As sql::for_each_tree, with the parser on a thread of its own, some way ahead of the visits: parsing is half of the
// work.
std::string parse_ahead(
    std::span<const std::string_view> statements, const std::function<void(std::size_t, const sql::Parsed&)>& visit
);

}  // namespace drydock::lint
