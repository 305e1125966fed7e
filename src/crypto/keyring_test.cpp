#include "crypto/keyring.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/encoding.h"
#include "base/files.h"
#include "base/random.h"

namespace drydock::crypto {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

const std::string kKey(32, 'k');
const std::string kOne = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
const std::string kTwo = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";

class Keys : public ::testing::Test {
protected:
    Keys() { std::filesystem::create_directory(folder_); }
    ~Keys() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path file(std::string_view text, mode_t mode = 0600) {
        const auto path = folder_ / random_hex(4);
        EXPECT_TRUE(write_file(path, text, mode));
        ::chmod(path.c_str(), mode);
        return path;
    }
    static Result<Keyring> load(KeySources sources) { return Keyring::load(sources, Limits{}); }
    std::filesystem::path folder_{std::filesystem::temp_directory_path() / ("drydock-test-" + random_hex(6))};
};

TEST_F(Keys, takes_a_key_alone_as_k1_in_each_spelling) {
    for (const auto& text :
         {kOne, kTwo, std::string{"ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8"}, "  " + kTwo + "\n"}) {
        const auto ring = load({.text = Secret{text}});
        ASSERT_TRUE(ring) << ring.error().message;
        EXPECT_EQ(ring->current(), "k1");
    }
    EXPECT_EQ(*load({.text = Secret{kOne}})->reveal("k1"), *from_hex(kOne));
}

TEST_F(Keys, takes_several_keys_from_several_places_and_wraps_with_the_last) {
    const auto path = file("# ours\nold " + kOne + "\n\n  new\t" + kTwo + "\n");
    const auto ring = load({.file = path, .command = {"/bin/echo", "kms", hex(std::string(31, 'x') + "y")}});
    ASSERT_TRUE(ring) << ring.error().message;
    EXPECT_THAT(ring->ids(), ElementsAre("kms", "new", "old"));
    EXPECT_EQ(ring->current(), "kms");
    EXPECT_EQ(load({.file = path, .current = "old"})->current(), "old");
    const auto missing = load({.file = path, .current = "gone"});
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().hint, HasSubstr("new, old"));
}

TEST_F(Keys, refuses_texts_that_are_no_keys_without_showing_them) {
    for (const std::string text :
         {"geheimes-wort",
          "K1 geheim",
          "k1 AAAA",
          "",
          "# nothing\n",
          "k1 0000000000000000000000000000000000000000000000000000000000000000"}) {
        const auto ring = load({.file = file(text)});
        ASSERT_FALSE(ring) << text;
        EXPECT_THAT(ring.error().message + ring.error().hint + ring.error().detail, Not(HasSubstr("geheim")));
    }
    const auto twice = load({.file = file("k1 " + kOne + "\nk1 " + kTwo)});
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().message, HasSubstr("line 2"));
    EXPECT_FALSE(load({.file = file(kOne), .text = Secret{kTwo}}));
    EXPECT_EQ(load({}).error().code, ErrorCode::not_found);
    EXPECT_EQ(load({.file = folder_ / "none"}).error().code, ErrorCode::not_found);
}

TEST_F(Keys, refuses_a_file_that_others_can_read_or_change) {
    for (const mode_t mode : {0644U, 0604U, 0660U, 0602U}) {
        const auto ring = load({.file = file(kOne, mode)});
        ASSERT_FALSE(ring) << mode;
        EXPECT_EQ(ring.error().code, ErrorCode::permission_denied);
        EXPECT_THAT(ring.error().hint, HasSubstr("chmod 600"));
    }
    EXPECT_TRUE(load({.file = file(kOne, 0440)}));
}

TEST_F(Keys, tells_when_the_command_fails_and_shows_nothing_it_printed) {
    const auto ring = load({.command = {"/bin/sh", "-c", "echo geheim; exit 3"}});
    ASSERT_FALSE(ring);
    EXPECT_EQ(ring.error().code, ErrorCode::unavailable);
    EXPECT_THAT(ring.error().message, HasSubstr("code 3"));
    EXPECT_THAT(ring.error().message + ring.error().detail, Not(HasSubstr("geheim")));
}

TEST_F(Keys, takes_the_key_out_of_the_environment) {
    ::setenv("DRYDOCK_KEK", kOne.c_str(), 1);
    ::setenv("DRYDOCK_KEK_CMD", "/usr/bin/env", 1);
    const auto sources = KeySources::take_from_environment();
    ::unsetenv("DRYDOCK_KEK_CMD");
    ASSERT_TRUE(sources);
    EXPECT_EQ(sources->text.reveal(), kOne);
    EXPECT_EQ(std::getenv("DRYDOCK_KEK"), nullptr);
    // The command shows its environment: the key is not in it, so what is loaded fails as no key.
    const auto failed = load(*sources);
    ASSERT_FALSE(failed);
    const auto shown = load({.command = {"/bin/sh", "-c", "echo ${DRYDOCK_KEK:-" + kTwo + "}"}});
    ASSERT_TRUE(shown);
    EXPECT_EQ(base64(*shown->reveal("k1")), kTwo);
}

TEST(SplitCommand, keeps_quoted_words_together) {
    EXPECT_THAT(*split_command("a  'b c' d\"e f\"''"), ElementsAre("a", "b c", "de f"));
    EXPECT_THAT(*split_command(" '' "), ElementsAre(""));
    EXPECT_THAT(*split_command(""), SizeIs(0));
    EXPECT_FALSE(split_command("a 'b"));
}

TEST_F(Keys, knows_the_right_key_by_its_check_value) {
    const auto one = load({.text = Secret{kOne}});
    const auto two = load({.text = Secret{kTwo}});
    const auto value = one->check_value("k1");
    ASSERT_TRUE(value);
    EXPECT_EQ(value->size(), 32U);
    EXPECT_TRUE(one->verify("k1", *value));
    EXPECT_EQ(two->verify("k1", *value).error().code, ErrorCode::conflict);
    EXPECT_EQ(one->verify("k2", *value).error().code, ErrorCode::not_found);
}

TEST_F(Keys, derives_one_key_for_each_purpose) {
    const auto ring = load({.text = Secret{"a " + kOne + "\nb " + kTwo}});
    const auto jwt = ring->derive("a", "jwt");
    EXPECT_EQ(jwt->reveal(), ring->derive("a", "jwt")->reveal());
    EXPECT_NE(jwt->reveal(), ring->derive("a", "totp")->reveal());
    EXPECT_NE(jwt->reveal(), ring->derive("b", "jwt")->reveal());
    EXPECT_FALSE(ring->derive("c", "jwt"));
}

TEST_F(Keys, makes_a_file_for_the_owner_alone_and_never_overwrites) {
    const auto path = folder_ / "kek";
    ASSERT_TRUE(create_key_file(path));
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    const auto before = *read_file(path);
    ASSERT_TRUE(load({.file = path}));
    EXPECT_EQ(create_key_file(path).error().code, ErrorCode::conflict);
    EXPECT_EQ(*read_file(path), before);
    EXPECT_EQ(create_key_file(folder_ / "none" / "kek").error().code, ErrorCode::not_found);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1) << "no temporary file is left";
}

TEST_F(Keys, adds_keys_and_keeps_those_that_were_there) {
    const auto path = file(kOne);
    const auto link = folder_ / "link";
    std::filesystem::create_symlink(path, link);
    ASSERT_EQ(*add_key(path), "k2");
    ASSERT_EQ(*add_key(link), "k3");
    EXPECT_TRUE(std::filesystem::is_symlink(link));
    const auto ring = load({.file = path});
    ASSERT_TRUE(ring) << ring.error().message;
    EXPECT_EQ(ring->current(), "k3");
    EXPECT_EQ(*ring->reveal("k1"), *from_hex(kOne));
    EXPECT_NE(*ring->reveal("k2"), *ring->reveal("k3"));
    EXPECT_FALSE(add_key(folder_ / "none"));
}

TEST_F(Keys, adds_keys_from_many_threads_without_losing_one) {
    const auto path = file(kOne);
    {
        std::vector<std::jthread> threads;
        for (int n = 0; n < 8; ++n) threads.emplace_back([&] { EXPECT_TRUE(add_key(path)); });
    }
    EXPECT_THAT(load({.file = path})->ids(), SizeIs(9));
}

TEST_F(Keys, TakeInANewOneWhereverTheyAreHeld) {
    const auto path = file("k1 " + kOne + "\n");
    auto ring = load({.file = path});
    ASSERT_TRUE(ring) << ring.error().message;
    const auto held = *ring;
    const auto& before = held.current();
    ASSERT_TRUE(write_file(path, "k1 " + kOne + "\nk2 " + kTwo + "\n", 0600));
    const auto fresh = ring->load_again({});
    ASSERT_TRUE(fresh) << fresh.error().message;
    EXPECT_FALSE(held.has("k2"));
    ring->become(*fresh);
    EXPECT_EQ(held.current(), "k2");
    EXPECT_EQ(before, "k1") << "what was given out stays good";
    ASSERT_TRUE(write_file(path, "no key\n", 0600));
    EXPECT_FALSE(ring->load_again({}));
    EXPECT_EQ(held.current(), "k2");
}

TEST_F(Keys, AreLookedForAgainWhenOneIsMissing) {
    const auto path = file("k1 " + kOne + "\n");
    const auto ring = load({.file = path});
    ASSERT_TRUE(ring) << ring.error().message;
    ASSERT_TRUE(write_file(path, "k1 " + kOne + "\nk2 " + kTwo + "\n", 0600));
    EXPECT_TRUE(ring->reveal("k2"));
    EXPECT_EQ(ring->current(), "k2");
    EXPECT_FALSE(ring->reveal("k3"));
}

// The command stands for a key management service that hangs: it ends when somebody writes into the pipe.
TEST_F(Keys, ThatAreThereAreNotWaitedForWhileAnotherIsLookedFor) {
    const auto pipe = folder_ / "pipe";
    const auto runs = folder_ / "runs";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    // To load it, it answers at once.
    const auto script =
        fmt::format("echo '{}'; cd {}; [ -e runs ] || exit 0; echo >> runs; cat pipe", "k1 " + kOne, folder_.string());
    const auto ring = load({.command = {"/bin/sh", "-c", script}});
    ASSERT_TRUE(ring) << ring.error().message;
    ASSERT_TRUE(write_file(runs, "", 0600));
    std::vector<std::jthread> waiting;
    for (int n = 0; n < 4; ++n) waiting.emplace_back([&] { EXPECT_TRUE(ring->reveal("k2")); });
    const int hanging = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC);  // once it is there to read
    ASSERT_GE(hanging, 0);

    EXPECT_EQ(*ring->reveal("k1"), *from_hex(kOne));
    auto copy = *ring;
    copy.become(*load({.text = Secret{kOne}}));
    EXPECT_EQ(ring->current(), "k1");
    EXPECT_FALSE(ring->has("k2")) << "all this came before the command's answer";

    const auto answer = "k2 " + kTwo + "\n";
    EXPECT_EQ(::write(hanging, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    ::close(hanging);
    waiting.clear();
    EXPECT_EQ(ring->current(), "k2");
    EXPECT_EQ(*read_file(runs), "\n") << "one looks for all";
}

TEST_F(Keys, AreKeptOnceHoweverOftenTheyAreReadAgain) {
    const auto path = file("k1 " + kOne + "\n");
    auto ring = load({.file = path});
    ASSERT_TRUE(ring) << ring.error().message;
    const auto* const before = ring->reveal("k1")->data();
    ring->become(*ring->load_again({}));
    EXPECT_EQ(ring->reveal("k1")->data(), before);
    ASSERT_TRUE(write_file(path, "k1 " + kOne + "\nk2 " + kTwo + "\n", 0600));
    ring->become(*ring->load_again({}));
    EXPECT_EQ(ring->reveal("k1")->data(), before);
    const auto* const current = &ring->current();
    ring->become(*ring->load_again({}));
    EXPECT_EQ(&ring->current(), current) << "not even the list of them is kept twice";
}

TEST_F(Keys, AreNotTakenInWhereOneInUseIsAnotherNowOrGone) {
    for (const auto& text : {"k1 " + kTwo + "\nk2 " + kOne + "\n", "k2 " + kTwo + "\n", std::string{"k2 x\n"}}) {
        const auto path = file("k1 " + kOne + "\n");
        const auto ring = load({.file = path});
        ASSERT_TRUE(ring) << ring.error().message;
        ASSERT_TRUE(write_file(path, text, 0600));
        EXPECT_FALSE(ring->reveal("k2")) << text;
        EXPECT_EQ(ring->current(), "k1");
        EXPECT_TRUE(ring->reveal("k1"));
    }
}

TEST_F(Keys, DoNotBecomeCurrentBeforeAnybodySealsWithThem) {
    const auto path = file("k1 " + kOne + "\n");
    const auto ring = load({.file = path});
    ASSERT_TRUE(ring) << ring.error().message;
    ASSERT_TRUE(write_file(
        path,
        "k1 " + kOne + "\nk2 " + kTwo + "\nk3 8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225\n",
        0600
    ));
    EXPECT_TRUE(ring->reveal("k2"));
    EXPECT_EQ(ring->current(), "k1");
}

}  // namespace
}  // namespace drydock::crypto
