#include "cli/proof_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/migrate_text.h"

namespace drydock::cli {
namespace {

using prove::Proof;
using prove::Verdict;

constexpr std::array<Verdict, 6> kOrder{
    Verdict::proven,
    Verdict::generated,
    Verdict::not_reversible,
    Verdict::not_provable,
    Verdict::failed,
    Verdict::not_run,
};

Tone tone_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::proven:
        case Verdict::generated:
            return Tone::ok;
        case Verdict::failed:
            return Tone::error;
        case Verdict::not_reversible:
        case Verdict::not_provable:
        case Verdict::not_run:
            return Tone::warn;
    }
    return Tone::plain;
}

bool worth_a_line(const Proof& proof) {
    return proof.verdict != Verdict::proven || !proof.grade.empty() || !proof.notes.empty();
}

std::string error_lines(const Error& error) {
    auto text = fmt::format("    {}\n", printable(error.message));
    if (!error.place.file.empty()) text += fmt::format("      in {}\n", printable(error.place.label()));
    if (!error.hint.empty()) text += fmt::format("      {}\n", printable(error.hint));
    return text;
}

std::string entry(const Proof& proof, const Terminal& terminal) {
    auto text = fmt::format(
        "{:<16} {}{}{}{}\n",
        painted(tone_of(proof.verdict), prove::name(proof.verdict), terminal),
        printable(proof.id),
        proof.grade.empty() ? "" : " [" + printable(proof.grade) + "]",
        proof.reason.empty() ? "" : ": ",
        printable(proof.reason)
    );
    if (proof.error) text += error_lines(*proof.error);
    for (const auto& line : proof.differences) {
        text += fmt::format("    {}\n", painted(Tone::error, printable(line), terminal));
    }
    for (const auto& line : proof.notes) text += fmt::format("    {}\n", printable(line));
    return text;
}

std::string whole_text(const prove::WholeProof& whole, const Terminal& terminal) {
    const auto down_to = whole.stopped_by.empty() ? std::string{"to the empty database"}
                                                  : fmt::format("as far as {}", printable(whole.stopped_by));
    const auto before =
        whole.proven_before == 0
            ? std::string{}
            : fmt::format(" (the {} before were, by an earlier run)", counted(whole.proven_before, "migration"));
    auto text = fmt::format(
        "all together: {} taken back {} and applied again{}{}: {}\n",
        counted(whole.count, "migration"),
        down_to,
        before,
        whole.known ? " by an earlier run" : "",
        whole.failed() ? painted(Tone::error, "failed", terminal) : painted(Tone::ok, "the same catalog", terminal)
    );
    if (whole.error) text += error_lines(*whole.error);
    for (const auto& line : whole.differences) text += fmt::format("    {}\n", printable(line));
    return text;
}

std::string schema_text(const prove::SchemaProof& schema, const Terminal& terminal) {
    auto text = fmt::format(
        "{}: {}\n",
        printable(schema.file),
        schema.failed() ? painted(Tone::error, "not what the migrations make", terminal)
                        : painted(Tone::ok, "what the migrations make", terminal)
    );
    if (schema.error) text += error_lines(*schema.error);
    for (const auto& line : schema.differences) text += fmt::format("    {}\n", printable(line));
    return text;
}

}  // namespace

std::string proof_text(const prove::TestReport& report, const Terminal& terminal) {
    std::string text;
    for (const auto& proof : report.proofs) {
        if (worth_a_line(proof)) text += entry(proof, terminal);
    }
    if (report.schema) text += schema_text(*report.schema, terminal);
    if (report.whole) text += whole_text(*report.whole, terminal);
    std::string sums;
    for (const auto verdict : kOrder) {
        const auto count = report.count(verdict);
        if (count == 0) continue;
        sums += fmt::format("{}{} {}", sums.empty() ? "" : ", ", count, prove::name(verdict));
    }
    const auto known = std::count_if(report.proofs.begin(), report.proofs.end(), [](const auto& p) { return p.known; });
    text += fmt::format(
        "{}: {}{} in {} on PostgreSQL {}\n",
        counted(report.proofs.size(), "migration"),
        sums.empty() ? "nothing to prove" : sums,
        known > 0 ? fmt::format(" ({} of them by an earlier run)", known) : "",
        human_duration(report.total),
        server_version(report.server_version)
    );
    return text;
}

}  // namespace drydock::cli
