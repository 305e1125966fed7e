#include "crypto/scram.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/text.h"
#include "testing/postgres.h"

namespace drydock::crypto {
namespace {

// Roles belong to the server and not to the database, so each test has one of its own.
class Role {
public:
    Role(const testing::Database& database, std::string name) : database_(database), name_(std::move(name)) {
        database_.run(fmt::format("CREATE ROLE {} LOGIN", name_));
    }
    ~Role() { database_.run(fmt::format("DROP ROLE {}", name_)); }
    Role(const Role&) = delete;
    Role& operator=(const Role&) = delete;

    std::string set(std::string_view password) const {
        database_.run(fmt::format("ALTER ROLE {} PASSWORD {}", name_, pg::quote_literal(password)));
        return database_.run(fmt::format("SELECT rolpassword FROM pg_authid WHERE rolname = '{}'", name_));
    }

private:
    const testing::Database& database_;
    std::string name_;
};

TEST(ScramOnServer, computes_what_the_server_computes_from_the_password) {
    const testing::Database database;
    const Role role{database, "drydock_scram_same"};
    for (const std::string_view password : {"pencil", " ~!'\"\\ ", "x"}) {
        const auto stored = role.set(password);
        const auto salt = from_base64(split(split(stored, '$')[1], ':')[1]);
        ASSERT_TRUE(salt) << stored;
        EXPECT_EQ(*scram_verifier(password, *salt, 4096), stored);
    }
}

TEST(ScramOnServer, is_stored_as_it_is_and_not_hashed_again) {
    const testing::Database database;
    const Role role{database, "drydock_scram_kept"};
    const auto verifier = *scram_verifier(generate_password().reveal());
    EXPECT_EQ(role.set(verifier), verifier);
}

}  // namespace
}  // namespace drydock::crypto
