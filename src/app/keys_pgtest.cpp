#include "app/keys.h"

#include <filesystem>

#include <gmock/gmock.h>

#include "app/control_plane.h"
#include "base/files.h"
#include "base/random.h"
#include "testing/postgres.h"

namespace drydock::app {
namespace {

using ::testing::HasSubstr;

class KeysTest : public ::testing::Test {
protected:
    KeysTest() : folder_(std::filesystem::temp_directory_path() / ("drydock-keys-" + random_hex(8))) {
        std::filesystem::create_directory(folder_);
        NoProgress progress;
        plane_ = ControlPlane::open({.where = database_.conninfo()}, progress, limits()).value();
    }
    ~KeysTest() override { std::filesystem::remove_all(folder_); }

    static Limits limits() { return Limits::within(std::chrono::seconds{120}); }
    Result<crypto::Keyring> load(const std::filesystem::path& own) {
        return load_master_keys({}, own, plane_->store(), limits());
    }
    std::filesystem::path folder_;
    testing::Database database_;
    std::unique_ptr<ControlPlane> plane_;
};

TEST_F(KeysTest, MakesAKeyFileOnceAndFindsItAgain) {
    const auto file = folder_ / "master.key";
    const auto first = load(file);
    ASSERT_TRUE(first) << first.error().message << first.error().detail;
    const auto text = read_file(file).value();
    ASSERT_TRUE(load(file));
    EXPECT_EQ(read_file(file).value(), text);
    EXPECT_EQ(database_.run("SELECT id FROM platform.master_keys"), "k1");
}

TEST_F(KeysTest, DoesNotMakeAnotherKeyInPlaceOfALostOne) {
    ASSERT_TRUE(load(folder_ / "master.key"));
    std::filesystem::remove(folder_ / "master.key");
    const auto again = load(folder_ / "master.key");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::not_found);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "master.key"));
}

TEST_F(KeysTest, RefusesAKeyThatBearsTheNameOfAnother) {
    ASSERT_TRUE(load(folder_ / "master.key"));
    ASSERT_TRUE(crypto::create_key_file(folder_ / "other.key"));
    const auto other = load(folder_ / "other.key");
    ASSERT_FALSE(other);
    EXPECT_THAT(other.error().message, HasSubstr("k1"));
}

TEST_F(KeysTest, DemandsAKeyThatItKnows) {
    ASSERT_TRUE(load(folder_ / "master.key"));
    ASSERT_TRUE(write_file(folder_ / "new.key", "k2 " + random_hex(32) + "\n", 0600));
    const auto without = load(folder_ / "new.key");
    ASSERT_FALSE(without);
    EXPECT_THAT(without.error().message, HasSubstr("k1"));
}

TEST_F(KeysTest, SaysWhatToDoWhenThereIsNone) {
    const auto none = load({});
    ASSERT_FALSE(none);
    EXPECT_THAT(none.error().hint, HasSubstr("DRYDOCK_KEK_FILE"));
}

}  // namespace
}  // namespace drydock::app
