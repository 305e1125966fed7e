#include "effects/estimate.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/text.h"

namespace drydock::effects {

namespace {

constexpr double kCatalogSeconds = 0.01;
// The pages that VACUUM, ANALYZE and the planner leave out are not known.
constexpr double kFixed = 0.001;

// What has to be read, written anew and built: for sure, and at most.
struct Bytes {
    double sure = 0;
    double most = 0;

    void add(Certainty certainty, double bytes) {
        if (certainty == Certainty::no) return;
        if (certainty == Certainty::yes) sure += bytes;
        most += bytes;
    }
};

struct Load {
    Bytes read;
    Bytes rewritten;
    Bytes built;
    bool unknown = false;
};

Load load_of(const Effect& effect, const SizeOf& size_of) {
    Load load;
    const bool indexes_listed = effect.exact;
    for (const RelationEffect& relation : effect.relations) {
        if (relation.rewrites == Certainty::no && relation.scans == Certainty::no) continue;
        if (relation.created_here) continue;
        const auto size = size_of(relation);
        if (!size) {
            load.unknown = true;
            continue;
        }
        const auto heap = static_cast<double>(size->heap);
        if (relation.kind == RelationKind::index) {
            load.built.add(relation.rewrites, heap);
            continue;
        }
        load.rewritten.add(relation.rewrites, heap);
        if (!indexes_listed) load.built.add(relation.rewrites, static_cast<double>(size->total - size->heap));
        // A rewrite and the builds of its indexes come with their readings.
        if (relation.rewrites != Certainty::yes) {
            load.read.add(relation.scans, heap * std::max(1, relation.scan_count));
        }
    }
    return load;
}

std::string amount(double bytes) {
    return human_bytes(static_cast<std::uint64_t>(std::max(bytes, 0.0)));
}

void tell(std::string& why, const Bytes& bytes, const Rate& rate, std::string_view verb) {
    if (bytes.most <= 0) return;
    const bool sure = bytes.sure >= bytes.most;
    const std::string size = sure             ? amount(bytes.most)
                             : bytes.sure > 0 ? fmt::format("{} to {}", amount(bytes.sure), amount(bytes.most))
                                              : "up to " + amount(bytes.most);
    why += fmt::format(
        "{}{} {} at {} to {} a second", why.empty() ? "" : ", ", verb, size, amount(rate.slow), amount(rate.fast)
    );
}

std::string number(double value) {
    return value < 10 && value != std::floor(value) ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

}  // namespace

Throughput Throughput::from_reading(double bytes, double seconds) {
    Throughput throughput;
    if (bytes <= 0 || seconds <= 0) return throughput;
    const double rate = bytes / seconds;
    // A table that writes can't be faster than it is read.
    throughput.read = {rate / 2, rate * 2};
    throughput.rewrite = {std::min(throughput.rewrite.slow, rate / 2), std::min(throughput.rewrite.fast, rate * 2)};
    throughput.build = {std::min(throughput.build.slow, rate / 2), std::min(throughput.build.fast, rate * 2)};
    throughput.measured = true;
    return throughput;
}

Estimate estimate(
    const Effect& effect, const SizeOf& size_of, const Throughput& throughput, std::optional<double> longest_transaction
) {
    const Load load = load_of(effect, size_of);
    const double most_bytes = load.read.most + load.rewritten.most + load.built.most;
    Estimate out;
    out.work = most_bytes > 0 || load.unknown;
    if (effect.opaque || !effect.analysed) {
        out.why = "what it does is only known when it runs";
        return out;
    }
    if (load.unknown) {
        out.why = "it reads or writes all of a relation whose size is not known";
        return out;
    }
    if (!out.work && !effect.outside) {
        out.least = 0;
        out.most = kCatalogSeconds;
        out.why = "only the catalog changes";
        return out;
    }
    out.least = load.read.sure / throughput.read.fast + load.rewritten.sure / throughput.rewrite.fast +
                load.built.sure / throughput.build.fast + kFixed;
    out.most = load.read.most / throughput.read.slow + load.rewritten.most / throughput.rewrite.slow +
               load.built.most / throughput.build.slow + kCatalogSeconds;
    tell(out.why, load.read, throughput.read, "reads");
    tell(out.why, load.rewritten, throughput.rewrite, "writes anew");
    tell(out.why, load.built, throughput.build, "builds indexes of");
    if (out.why.empty()) out.why = "only the catalog changes";
    if (throughput.measured) out.why += " (measured)";
    if (effect.outside) {
        const double oldest = longest_transaction.value_or(0);
        *out.most += oldest;
        out.why += oldest >= 1 ? fmt::format(
                                     "; waits for older transactions to end, the oldest runs for {}",
                                     human_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                         std::chrono::duration<double>(std::round(oldest))
                                     ))
                                 )
                               : "; waits for older transactions to end";
    }
    return out;
}

std::string range_text(double least, double most) {
    struct Unit {
        double seconds;
        std::string_view name;
    };
    static constexpr Unit kUnits[] = {{3600, "h"}, {60, "min"}, {1, "s"}, {0.001, "ms"}};
    if (most <= kCatalogSeconds) return "under 10 ms";
    for (const Unit& unit : kUnits) {
        if (most < unit.seconds && unit.seconds > 0.001) continue;
        const double high = most / unit.seconds;
        const std::string from = number(least / unit.seconds);
        const std::string to = number(high);
        return from == to ? fmt::format("{} {}", to, unit.name) : fmt::format("{}–{} {}", from, to, unit.name);
    }
    return "under 10 ms";
}

}  // namespace drydock::effects
