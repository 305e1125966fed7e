#include "jobs/kinds.h"

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::jobs {

Result<> Kinds::add(Kind kind) {
    if (kind.name.empty() || kind.max_attempts < 1 || kind.concurrency < 0 || kind.timeout.count() <= 0) {
        return Error{
            .code = ErrorCode::internal,
            .message = fmt::format("the kind of job \"{}\" is not well described", kind.name),
        };
    }
    const auto name = kind.name;
    if (!kinds_.emplace(name, std::move(kind)).second) {
        return Error{.code = ErrorCode::internal, .message = fmt::format("two kinds of job are named {}", name)};
    }
    return {};
}

const Kind* Kinds::find(std::string_view name) const {
    const auto found = kinds_.find(name);
    return found == kinds_.end() ? nullptr : &found->second;
}

Result<const Kind*> Kinds::get(std::string_view name) const {
    if (const auto* const kind = find(name)) return kind;
    std::vector<std::string> names;
    for (const auto& [known, kind] : kinds_) names.push_back(known);
    const auto meant = did_you_mean(name, names);
    return Error{
        .code = ErrorCode::invalid_argument,
        .message = fmt::format("there is no kind of job named \"{}\"", name),
        .hint =
            meant ? fmt::format("Did you mean {}?", *meant) : fmt::format("The kinds are: {}.", fmt::join(names, ", ")),
    };
}

}  // namespace drydock::jobs
