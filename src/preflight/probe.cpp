#include "preflight/probe.h"

#include <fmt/format.h>

namespace drydock::preflight {

std::string all_rows_of(std::string_view probe, std::string_view keys) {
    constexpr std::string_view kBegin = "select 1 from ";
    constexpr std::string_view kEnd = " limit 1";
    if (!probe.starts_with(kBegin) || !probe.ends_with(kEnd)) return std::string{probe};
    const auto from = probe.substr(kBegin.size(), probe.size() - kBegin.size() - kEnd.size());
    constexpr std::string_view kGroup = " group by ";
    constexpr std::string_view kHaving = " having count(*) > 1";
    if (from.ends_with(kHaving)) {
        const auto group = from.rfind(kGroup);
        if (group == std::string_view::npos) return std::string{probe};
        const auto columns = from.substr(group + kGroup.size(), from.size() - group - kGroup.size() - kHaving.size());
        return fmt::format("select {}, count(*) as times from {}", columns, from);
    }
    return fmt::format("select {} from {}", keys, from);
}

}  // namespace drydock::preflight
