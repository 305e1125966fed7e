#include "targets/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drydock::targets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Address, ReadsEachPartOfAUrl) {
    const auto address = Address::parse(
        "postgresql://app%40shop:p%3Aw%2F%25@db1.example:6432,[2001:db8::1],db3/sh%20op?sslmode=verify-ca"
        "&target_session_attrs=read-write"
    );
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->type, Type::postgresql);
    EXPECT_EQ(address->user, "app@shop");
    EXPECT_EQ(address->password.reveal(), "p:w/%");
    EXPECT_EQ(address->database, "sh op");
    EXPECT_THAT(address->hosts, ElementsAre(Host{"db1.example", 6432}, Host{"2001:db8::1", 5432}, Host{"db3", 5432}));
    EXPECT_EQ(address->tls_mode(), net::TlsMode::verify_ca);
    EXPECT_EQ(address->option("target_session_attrs"), "read-write");
    EXPECT_EQ(address->display(), "postgresql://app%40shop@db1.example:6432,[2001:db8::1]:5432,db3:5432/sh%20op");
}

TEST(Address, IsTheSameAfterItWasWritten) {
    for (const auto* const url : {
             "postgresql://u:p%40@h:1/d?sslmode=disable&auth=any",
             "postgresql://u@%2Frun%2Fpostgresql:5432/d",
             "mongodb://u:p@a:1,b:2/admin?tls=false&replicaSet=rs0",
             "redis://:secret@127.0.0.1:6379/3",
             "rediss://user:secret@cache.example:6380/0?protocol=2",
         }) {
        const auto once = Address::parse(url);
        ASSERT_TRUE(once) << url << ": " << once.error().message;
        const auto twice = Address::parse(once->url().reveal());
        ASSERT_TRUE(twice) << url;
        EXPECT_EQ(once->url().reveal(), twice->url().reveal());
        EXPECT_EQ(once->hosts, twice->hosts);
        EXPECT_EQ(once->password.reveal(), twice->password.reveal());
        EXPECT_EQ(once->tls_mode(), twice->tls_mode());
    }
}

TEST(Address, VerifiesTheServerUnlessItIsThisMachineOrSaysOtherwise) {
    EXPECT_EQ(Address::parse("postgresql://u@db.example/d")->tls_mode(), net::TlsMode::verify_full);
    EXPECT_EQ(Address::parse("postgresql://u@10.0.0.1/d")->tls_mode(), net::TlsMode::verify_full);
    EXPECT_EQ(Address::parse("postgresql://u@127.0.0.1/d")->tls_mode(), net::TlsMode::off);
    EXPECT_EQ(Address::parse("postgresql://u@localhost,db.example/d")->tls_mode(), net::TlsMode::verify_full);
    EXPECT_EQ(Address::parse("postgresql://u@[::1]/d")->tls_mode(), net::TlsMode::off);
    EXPECT_EQ(Address::parse("mongodb://h/d?tls=false")->tls_mode(), net::TlsMode::off);
    EXPECT_EQ(Address::parse("redis://h")->tls_mode(), net::TlsMode::verify_full);
}

// Each of these is a way to make a client read a part as another part, or to send a secret where it was not meant for.
TEST(Address, RefusesWhatCouldBecomeSomethingElse) {
    for (const auto* const url : {
             "host=evil.example user=u password=hunter2",
             "postgresql://u:hunter2@good@evil.example/d",
             "postgresql://u:hunter2/@evil.example/d",
             "postgresql://u:hunter2@h/d?host=evil.example",
             "postgresql://u:hunter2@h/d?hostaddr=169.254.169.254",
             "postgresql://u:hunter2@h/d?service=x",
             "postgresql://u:hunter2@h/d?passfile=/etc/shadow",
             "postgresql://u:hunter2@h/d?sslrootcert=/etc/passwd",
             "postgresql://u:hunter2@h/d?sslkey=/etc/ssl/private/key.pem",
             "postgresql://u:hunter2@h/d?options=-csearch_path%3Devil",
             "postgresql://u:hunter2@h/d?sslmode=prefer",
             "postgresql://u:hunter2@h/d?sslmode=allow",
             "postgresql://u:hunter2@h/d?auth=scram&auth=any",
             "postgresql://u:hunter2@h%00evil/d",
             "postgresql://u:hunter2@h%20host%3Devil/d",
             "postgresql://u:hunter2@h'/d",
             "postgresql://u:hunter2@-oProxyCommand/d",
             "postgresql://u:hunter2@h:0/d",
             "postgresql://u:hunter2@h:65536/d",
             "postgresql://u:hunter2@h:5432x/d",
             "postgresql://u:hunter2@[::1/d",
             "postgresql://u:hunter2@[evil]/d",
             "postgresql://u:hunter2@h,/d",
             "postgresql://u:hunter2@/d",
             "postgresql://u:hunter2@h/a/b",
             "postgresql://u:hunter2@h/d#x",
             "postgresql://u:hunter2@h/d%0a",
             "postgresql://u:hunter2%zz@h/d",
             "postgresql://u:hunter2%4@h/d",
             "postgresql://:hunter2@h/d",
             "mongodb+srv://u:hunter2@h/d",
             "mongodb://u:hunter2@h/d?tlsAllowInvalidCertificates=true",
             "mongodb://u:hunter2@h/d?tlsCAFile=/etc/passwd",
             "mongodb://u:hunter2@h/d?authMechanism=MONGODB-AWS",
             "redis://hunter2@h",
             "redis://:hunter2@h/name",
             "file:///hunter2",
         }) {
        const auto address = Address::parse(url);
        ASSERT_FALSE(address) << url;
        EXPECT_EQ(address.error().code, ErrorCode::invalid_argument) << url;
        EXPECT_THAT(address.error().message, Not(HasSubstr("hunter2"))) << url;
        EXPECT_THAT(address.error().hint, Not(HasSubstr("hunter2"))) << url;
        EXPECT_THAT(address.error().detail, Not(HasSubstr("hunter2"))) << url;
    }
}

TEST(Address, IsJudgedBySameRulesWhenPutTogetherFromParts) {
    Address address{.hosts = {{"db.example", 5432}}, .user = "u"};
    EXPECT_TRUE(address.check());
    address.hosts[0].name = "db.example hostaddr=1.2.3.4";
    EXPECT_FALSE(address.check());
    address.hosts[0].name = "db.example";
    address.options = {{"sslrootcert", "/etc/passwd"}};
    EXPECT_FALSE(address.check());
    address.options.clear();
    address.database = std::string{"d\0x", 3};
    EXPECT_FALSE(address.check());
    address.database = "dbname=x host=y";
    EXPECT_TRUE(address.check()) << "a value stays a value: nobody reads it as keywords";
}

}  // namespace
}  // namespace drydock::targets
