#include "drift/drift.h"

#include <fmt/format.h>

#include "drift/expected.h"

namespace drydock::drift {

std::string_view name(Source source) {
    switch (source) {
        case Source::history:
            return "history";
        case Source::files:
            return "files";
        case Source::snapshot:
            break;
    }
    return "snapshot";
}

Result<Report> find(const migrate::Context& context, const Options& options, Progress& progress, const Limits& limits) {
    DRYDOCK_TRY(auto target, migrate::Target::open(context.where, context.options, limits));
    Report report;
    report.source = options.source;
    report.compare = options.compare;
    if (options.source == Source::snapshot) {
        DRYDOCK_TRY(report.found, catalog::read_snapshot(target.connection(), {.dependencies = true}, limits));
        DRYDOCK_TRY_VOID(expect_stored(report, options));
    } else {
        report.compare.database = false;
        // First what ran, then what stands: a migration that runs between the two shows up as drift and not as nothing.
        DRYDOCK_TRY(const auto applied, read_applied(target, context, options, limits));
        DRYDOCK_TRY(report.found, catalog::read_snapshot(target.connection(), {.dependencies = true}, limits));
        DRYDOCK_TRY_VOID(expect_replayed(report, target, applied, options, progress, limits));
    }
    report.difference = catalog::compare(report.expected, report.found, report.compare);
    return report;
}

catalog::Script script(const Report& report, bool reverse) {
    const auto& from = reverse ? report.expected : report.found;
    const auto& to = reverse ? report.found : report.expected;
    return catalog::transition(from, to, report.compare);
}

}  // namespace drydock::drift
