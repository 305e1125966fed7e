#include "net/egress.h"

#include <rapidcheck.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace drydock::net {
namespace {

Address address(const std::string& text) {
    const auto result = Address::parse(text, 5432);
    EXPECT_TRUE(result.has_value()) << text;
    return result.value_or(Address{});
}

bool allows(const EgressPolicy& policy, const std::string& text) {
    return policy.judge(address(text)).has_value();
}

constexpr EgressPolicy kStrict{.loopback = false, .private_ranges = false, .unix_sockets = false};
const EgressPolicy kOpen = EgressPolicy::everything();

// Refused whatever the settings say.
const std::vector<std::string> kNever{
    "169.254.169.254",
    "169.254.170.2",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:42::42",
    "fe80::1",
    "febf::1",
    "::",
    "ff02::1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::169.254.169.254",
    "64:ff9b:1:a9fe:a9:fe00::",
    "64:ff9b:1:a9:fe:a9fe::",
    "64:ff9b:1:0:a9:fea9:fe00::",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::",
    "2001:0:102:304:0:0:5601:5601",
    "100::1",
    "::ffff:100.100.100.200",
};
const std::vector<std::string> kLoopback{
    "127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "::127.0.0.1"
};
const std::vector<std::string> kPrivate{
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "fc00::1",
    "fdff::1",
    "fec0::1",
    "::ffff:10.1.2.3",
    "64:ff9b::10.1.2.3",
    "2002:a01:203::1",
};
const std::vector<std::string> kPublic{
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "192.169.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "169.253.255.255",
    "169.255.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2002:101:101::1",
};

TEST(Egress, NeverAllowsMetadataLinkLocalAndWhatIsNoHost) {
    for (const auto& text : kNever) {
        const auto verdict = kOpen.judge(address(text));
        ASSERT_FALSE(verdict.has_value()) << text;
        EXPECT_EQ(verdict.error().code, ErrorCode::permission_denied) << text;
    }
}

TEST(Egress, AllowsThisMachineAndPrivateNetworksBySettingOnly) {
    for (const auto& text : kLoopback) {
        EXPECT_FALSE(allows(kStrict, text)) << text;
        EXPECT_FALSE(allows({.loopback = false, .private_ranges = true}, text)) << text;
        EXPECT_TRUE(allows({.loopback = true, .private_ranges = false}, text)) << text;
    }
    for (const auto& text : kPrivate) {
        EXPECT_FALSE(allows({.loopback = true, .private_ranges = false}, text)) << text;
        EXPECT_TRUE(allows({.loopback = false, .private_ranges = true}, text)) << text;
    }
}

TEST(Egress, AllowsThePublicNetworkUpToTheEdgesOfEachRange) {
    for (const auto& text : kPublic) EXPECT_TRUE(allows(kStrict, text)) << text;
}

TEST(Egress, JudgesUnixSocketsBySetting) {
    const auto path = Address::unix_path("/run/postgresql/.s.PGSQL.5432");
    ASSERT_TRUE(path.has_value());
    EXPECT_FALSE(kStrict.judge(*path).has_value());
    EXPECT_TRUE(kOpen.judge(*path).has_value());
}

TEST(Egress, TellsTheKindOfAddressAndNotTheAddress) {
    const auto verdict = kStrict.judge(address("10.20.30.40"));
    ASSERT_FALSE(verdict.has_value());
    EXPECT_EQ(verdict.error().message, "connecting to a private network is not allowed here");
    EXPECT_EQ(verdict.error().hint.find("10.20"), std::string::npos);
    EXPECT_EQ(verdict.error().detail, "egress refused: 10.20.30.40");
    EXPECT_NE(verdict.error().hint.find("egress.private"), std::string::npos);
    const auto own = kStrict.judge(address("127.0.0.1"));
    ASSERT_FALSE(own.has_value());
    EXPECT_NE(own.error().hint.find("egress.loopback"), std::string::npos);
}

// Whatever an IPv4 address is, wrapping it up changes nothing for the better.
RC_GTEST_PROP(EgressProperty, AWrappedAddressIsNeverAllowedWhereTheBareOneIsNot, ()) {
    const auto a = *rc::gen::inRange(0, 256);
    const auto b = *rc::gen::inRange(0, 256);
    const auto c = *rc::gen::inRange(0, 256);
    const auto d = *rc::gen::inRange(0, 256);
    const auto bare = fmt::format("{}.{}.{}.{}", a, b, c, d);
    const EgressPolicy policy{
        .loopback = *rc::gen::arbitrary<bool>(), .private_ranges = *rc::gen::arbitrary<bool>(), .unix_sockets = false
    };
    const bool allowed = policy.judge(*Address::parse(bare, 1)).has_value();
    for (const auto& wrapped : {
             fmt::format("::ffff:{}", bare),
             fmt::format("::ffff:0:{}", bare),
             fmt::format("64:ff9b::{}", bare),
             fmt::format("2002:{:02x}{:02x}:{:02x}{:02x}::1", a, b, c, d),
             fmt::format("2001:0:808:808:0:0:{:02x}{:02x}:{:02x}{:02x}", 255 - a, 255 - b, 255 - c, 255 - d),
         }) {
        RC_ASSERT(policy.judge(*Address::parse(wrapped, 1)).has_value() == allowed);
    }
}

TEST(Address, ReadsNumbersOnlyInTheirPlainForm) {
    for (const char* text :
         {"127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1", "localhost", "", "1.2.3", "fe80::1%lo"}) {
        EXPECT_FALSE(Address::parse(text, 1).has_value()) << text;
    }
    EXPECT_EQ(address("[2001:db8::1]").host(), "2001:db8::1");
    EXPECT_EQ(address("192.0.2.7").port(), 5432);
    EXPECT_FALSE(Address::unix_path(std::string(200, 'x')).has_value());
}

}  // namespace
}  // namespace drydock::net
