#include "effects/estimate.h"

#include <gtest/gtest.h>

namespace drydock::effects {
namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

Effect reading(Certainty scans, Certainty rewrites = Certainty::no) {
    Effect effect{.analysed = true, .exact = true};
    effect.relations.push_back(
        {.schema = "app",
         .name = "big",
         .kind = RelationKind::table,
         .rewrites = rewrites,
         .scans = scans,
         .scan_count = 1}
    );
    return effect;
}

std::optional<RelationSizes> four_gib(const RelationEffect& relation) {
    if (relation.kind == RelationKind::index) return RelationSizes{.heap = 1 << 30, .total = 1 << 30};
    return RelationSizes{.heap = std::int64_t{4} << 30, .total = std::int64_t{6} << 30};
}

TEST(Estimate, AScanTakesTheBytesByTheRate) {
    const Throughput throughput{.read = {1 * kGiB, 2 * kGiB}};
    const Estimate time = estimate(reading(Certainty::yes), four_gib, throughput, std::nullopt);
    EXPECT_NEAR(*time.least, 2, 0.1);
    EXPECT_NEAR(*time.most, 4, 0.1);
    EXPECT_EQ(time.why, "reads 4.0 GiB at 1.0 GiB to 2.0 GiB a second");
    EXPECT_EQ(range_text(*time.least, *time.most), "2.0–4.0 s");
}

TEST(Estimate, WhatMayBeReadOnlyRaisesTheUpperEnd) {
    const Estimate time = estimate(reading(Certainty::maybe), four_gib, {}, std::nullopt);
    EXPECT_LT(*time.least, 0.01);
    EXPECT_GT(*time.most, 30);
    EXPECT_NE(time.why.find("up to 4.0 GiB"), std::string::npos);
}

TEST(Estimate, ARewriteBuildsTheIndexesToo) {
    Effect effect = reading(Certainty::yes, Certainty::yes);
    const double alone = *estimate(effect, four_gib, {}, std::nullopt).most;
    effect.relations.push_back({.name = "i", .kind = RelationKind::index, .rewrites = Certainty::yes});
    const Estimate with_index = estimate(effect, four_gib, {}, std::nullopt);
    EXPECT_NEAR(*with_index.most - alone, kGiB / Throughput{}.build.slow, 1);
    effect.exact = false;
    effect.relations.pop_back();
    EXPECT_GT(*estimate(effect, four_gib, {}, std::nullopt).most, alone)
        << "the indexes' bytes count without a catalog";
}

TEST(Estimate, ConcurrentlyWaitsForTheOldestTransaction) {
    Effect effect = reading(Certainty::yes);
    effect.outside = true;
    const Estimate idle = estimate(effect, four_gib, {}, std::nullopt);
    const Estimate busy = estimate(effect, four_gib, {}, 720);
    EXPECT_NEAR(*busy.most - *idle.most, 720, 1);
    EXPECT_NE(busy.why.find("the oldest runs for 12 min"), std::string::npos) << busy.why;
}

TEST(Estimate, NothingIsSaidOfWhatIsNotKnown) {
    const auto unknown = [](const RelationEffect&) { return std::optional<RelationSizes>{}; };
    EXPECT_FALSE(estimate(reading(Certainty::yes), unknown, {}, std::nullopt).most.has_value());
    Effect opaque{.analysed = true};
    opaque.opaque = true;
    EXPECT_FALSE(estimate(opaque, unknown, {}, std::nullopt).most.has_value());
}

TEST(Estimate, AChangeOfTheCatalogTakesNoTime) {
    const Estimate time = estimate(reading(Certainty::no), four_gib, {}, std::nullopt);
    EXPECT_FALSE(time.work);
    EXPECT_EQ(range_text(*time.least, *time.most), "under 10 ms");
}

TEST(Estimate, AMeasuredRateBoundsTheOthers) {
    const Throughput slow = Throughput::from_reading(10e6, 1);
    EXPECT_TRUE(slow.measured);
    EXPECT_EQ(slow.read.slow, 5e6);
    EXPECT_EQ(slow.rewrite.slow, 5e6);
    EXPECT_EQ(Throughput::from_reading(5e9, 1).rewrite.slow, Throughput{}.rewrite.slow);
}

TEST(Estimate, RangesReadWell) {
    EXPECT_EQ(range_text(0.05, 0.4), "50–400 ms");
    EXPECT_EQ(range_text(3, 90), "0.1–1.5 min");
    EXPECT_EQ(range_text(3600, 3 * 3600), "1–3 h");
}

}  // namespace
}  // namespace drydock::effects
